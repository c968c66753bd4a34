"""What a run did, looked back at: requests, hottest parts, refusals by reason, broken claims, high-water marks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sdlab.lab import Engine, LabSnapshot

MOST_LISTED = 6
MARKS = (("rate", "most requests", "/s"), ("p95", "slowest p95", "ms"), ("errors", "most errors", "/s"))


@dataclass(frozen=True, slots=True)
class Counted:
    """Something by name, and how often."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A figure at its highest, or a claim when it broke; `seq` is the number of that frame, `t` its time."""

    label: str
    value: float
    unit: str
    seq: int
    t: float


@dataclass(frozen=True, slots=True)
class Debrief:
    """A run that is over. `t` are Unix seconds; lists begin with the largest."""

    workload: str
    rate: float
    seed: int
    seconds: float
    issued: int
    shed: int
    done: tuple[Counted, ...]
    hottest: tuple[Counted, ...]
    refused: tuple[Counted, ...]
    broken: tuple[Moment, ...]
    marks: tuple[Moment, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data, and the same as text."""
        return {**asdict(self), "text": self.text()}

    def text(self) -> str:
        """In lines that can be pasted anywhere."""
        lines = [f"{self.workload}, {self.rate:g}/s, seed {self.seed}, for {self.seconds:.0f} s"]
        lines.append(f"{self.issued:,} operations, {self.shed:,} shed")
        for title, counted in (
            ("requests", self.done),
            ("hottest parts", self.hottest),
            ("refused", self.refused),
        ):
            if counted:
                lines.append(f"{title}: " + ", ".join(f"{one.name} × {one.count:,}" for one in counted))
        lines += [f"BROKEN at {_clock(one.t)}: {one.label} ({one.value:,.0f} ×)" for one in self.broken]
        lines += [f"{one.label}: {one.value:,.4g} {one.unit} at {_clock(one.t)}" for one in self.marks]
        return "\n".join(lines)


def _clock(t: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(t)) + " UTC"


@dataclass(slots=True)
class _Run:
    """A run under way, or over: what had been counted when it began."""

    began: float
    calls: Mapping[str, int]
    titles: Counter[str]
    reasons: Counter[str]
    violations: Mapping[str, int]
    marks: dict[str, Moment] = field(default_factory=dict)
    broken: dict[str, Moment] = field(default_factory=dict)
    over: Debrief | None = None


class RunLog:
    """Follows the traffic of one lab; remembers the last run."""

    def __init__(self) -> None:
        self._run: _Run | None = None

    def begin(self, engine: Engine[Any]) -> None:
        """Traffic begins: what is counted from here on is the run's."""
        requests = engine.context.requests
        self._run = _Run(
            began=engine.clock.time(),
            calls={node.spec.label: node.calls for node in engine.nodes.values()},
            titles=Counter(requests.titles),
            reasons=Counter(requests.reasons),
            violations={claim: monitor.violations for claim, monitor in engine.monitors.items()},
        )

    def look(self, engine: Engine[Any], snapshot: LabSnapshot, *, seq: int) -> None:
        """A picture was taken: it may show a new height, a broken claim, or that the run is over."""
        run = self._run
        if run is None or run.over is not None:
            return
        now = engine.clock.time()
        for name, label, unit in MARKS:
            value = float(getattr(snapshot.traffic, name))
            if value > (run.marks[name].value if name in run.marks else 0.0):
                run.marks[name] = Moment(label, value, unit, seq, now)
        for one in snapshot.invariants:
            more = one.violations - run.violations.get(one.id, 0)
            if more > 0:
                first = run.broken.get(one.id)
                run.broken[one.id] = Moment(
                    one.claim, more, "×", first.seq if first else seq, first.t if first else now
                )
        if not snapshot.workload.running:
            run.over = _sum_up(run, engine, snapshot, now)

    def debrief(self) -> Debrief | None:
        """Of the last run; nothing before one is over."""
        return self._run.over if self._run else None


def _sum_up(run: _Run, engine: Engine[Any], snapshot: LabSnapshot, now: float) -> Debrief:
    traffic, requests = snapshot.workload, engine.context.requests
    calls = Counter({node.spec.label: node.calls for node in engine.nodes.values()}) - Counter(run.calls)
    return Debrief(
        workload=traffic.label,
        rate=traffic.rate,
        seed=traffic.seed,
        seconds=round(now - run.began, 1),
        issued=traffic.issued,
        shed=traffic.shed,
        done=_largest(requests.titles - run.titles),
        hottest=_largest(calls),
        refused=_largest(requests.reasons - run.reasons),
        broken=tuple(sorted(run.broken.values(), key=lambda one: one.t)),
        marks=tuple(run.marks.values()),
    )


def _largest(counts: Counter[str]) -> tuple[Counted, ...]:
    return tuple(Counted(name, count) for name, count in counts.most_common(MOST_LISTED))
