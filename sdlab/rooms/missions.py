"""Judges a lab's missions while it runs: which goals are met, and for how long all of them have been."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sdlab.lab import InvariantView, LabSnapshot, Mission, Tally
from sdlab.lab.mission import Facts
from sdlab.lab.snapshot import MissionView

MEASURED = ("rate", "p50", "p95", "p99", "total", "failed")


class MissionJudge:
    """Looks at each picture of one running engine; begins anew with another."""

    def __init__(self, missions: Sequence[Mission]) -> None:
        self._missions = missions
        self._since: dict[str, float] = {}
        self._reached: set[str] = set()

    def look(
        self, snapshot: LabSnapshot, tallies: Callable[[], Sequence[Tally]], now: float
    ) -> tuple[MissionView, ...]:
        """The verdicts at `now` (monotonic seconds)."""
        if not self._missions:
            return ()
        found = facts(snapshot, tallies())
        return tuple(self._view(one, found, now) for one in self._missions)

    def _view(self, mission: Mission, found: Facts, now: float) -> MissionView:
        met = tuple(goal.met(found) for goal in mission.goals)
        if not all(met):
            self._since.pop(mission.id, None)
        since = self._since.setdefault(mission.id, now) if all(met) else now
        if now - since >= mission.seconds:
            self._reached.add(mission.id)
        return MissionView(
            id=mission.id,
            met=met,
            measured=tuple(_shown(found.get(goal.fact, 0.0)) for goal in mission.goals),
            held=round(min(now - since, mission.seconds), 1),
            reached=mission.id in self._reached,
        )


def _shown(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"


def facts(snapshot: LabSnapshot, tallies: Sequence[Tally]) -> Facts:
    """What goals may name, by its name."""
    running = snapshot.workload.running
    found: dict[str, float | str] = {f"config.{name}": value for name, value in snapshot.config.items()}
    found["workload.id"] = snapshot.workload.id if running else ""
    found["workload.rate"] = snapshot.workload.rate if running else 0.0
    found |= {f"traffic.{name}": _measured(snapshot, name) for name in MEASURED}
    for one in snapshot.invariants:
        found |= _judged(one)
    found |= {f"tally.{one.id}": one.value for one in tallies}
    return found | {f"fault.{one.node}.{one.kind}": one.value or 1.0 for one in snapshot.faults}


def _measured(snapshot: LabSnapshot, name: str) -> float:
    value: Any = getattr(snapshot.traffic, name)
    return float(value)


def _judged(one: InvariantView) -> dict[str, float | str]:
    return {f"broken.{one.id}": float(one.violations), f"checked.{one.id}": float(one.checked)}
