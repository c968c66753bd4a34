"""The same seeded traffic through two to four variants at once, each in a room of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sdlab.lab import Invalid, LabError, NotFound, Unavailable
from sdlab.lab.scenario import (
    FEWEST_VARIANTS,
    LONGEST_COMPARISON,
    MOST_VARIANTS,
    SHORTEST_COMPARISON,
    Scenario,
)
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager, room_manager
from sdlab.rooms.play import apply
from sdlab.rooms.report import Report, report

log = logging.getLogger("sdlab.compare")

MAX_RUNNING = 6
MAX_KEPT = 64

Status = Literal["running", "done", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One approach, or mix of approaches, with a name that is unique in its comparison."""

    name: str
    scenario: Scenario


@dataclass(slots=True)
class Comparison:
    """A comparison that runs or has run."""

    lab: str
    variants: tuple[Variant, ...]
    seconds: float
    rooms: tuple[str, ...]
    status: Status = "running"
    problem: str = ""
    reports: tuple[Report, ...] = ()
    began: float = 0.0
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Comparisons:
    """The newest comparison of every room and lab; bounded in how many run and how many are kept."""

    def __init__(self, manager: RoomManager) -> None:
        self._manager = manager
        self._kept: dict[tuple[str, str], Comparison] = {}

    async def start(self, room: str, variants: Sequence[Variant], *, seconds: float) -> Comparison:
        """Begin; what the room compared before in this lab is stopped and forgotten.

        `Invalid` unless there are 2 to 4 variants of different names with the same traffic and seed.
        """
        slug = _checked(variants, seconds)
        await self.stop(room, slug)
        if sum(one.status == "running" for one in self._kept.values()) >= MAX_RUNNING:
            raise Unavailable(f"{MAX_RUNNING} comparisons run already; try again soon", retry_after=seconds)
        rooms = tuple(self._manager.temporary_room() for _ in variants)
        timed = tuple(replace(one, scenario=replace(one.scenario, seconds=seconds)) for one in variants)
        labs = [await self._manager.lab(one, slug) for one in rooms]
        started = Comparison(slug, timed, seconds, rooms, began=self._manager.clock.time())
        started.task = asyncio.create_task(self._run(started, labs), name=f"comparison {slug}")
        while len(self._kept) >= MAX_KEPT:
            await self.stop(*next(iter(self._kept)))
        self._kept[room, slug] = started
        return started

    def find(self, room: str, slug: str) -> Comparison:
        """The newest comparison of that room in that lab; `NotFound` when there is none."""
        found = self.newest(room, slug)
        if found is None:
            raise NotFound("nothing was compared in this room yet")
        return found

    def newest(self, room: str, slug: str) -> Comparison | None:
        """The newest comparison of that room in that lab, if there is one."""
        return self._kept.get((room, slug))

    async def stop(self, room: str, slug: str) -> None:
        """Stop and forget, and remove its rooms."""
        found = self._kept.pop((room, slug), None)
        if found is None:
            return
        if found.task is not None:
            found.task.cancel()
            await asyncio.gather(found.task, return_exceptions=True)
            found.status = "stopped" if found.status == "running" else found.status
        for one in found.rooms:
            await self._manager.remove(one)

    async def close(self) -> None:
        """Stop all."""
        for room, slug in list(self._kept):
            await self.stop(room, slug)

    async def _run(self, comparison: Comparison, labs: list[RunningLab]) -> None:
        try:
            for lab, variant in zip(labs, comparison.variants, strict=True):
                await apply(lab, replace(variant.scenario, workload=""))
            for lab, variant in zip(labs, comparison.variants, strict=True):
                lab.start_workload(
                    variant.scenario.workload,
                    rate=variant.scenario.rate or None,
                    seed=variant.scenario.seed,
                    seconds=comparison.seconds,
                )
            await asyncio.gather(*[lab.runner.wait() for lab in labs])
            comparison.reports = tuple(
                [
                    await report(lab, variant.scenario, name=variant.name, seconds=comparison.seconds)
                    for lab, variant in zip(labs, comparison.variants, strict=True)
                ]
            )
            comparison.status = "done"
        except LabError as error:
            comparison.status, comparison.problem = "failed", error.detail
        except Exception:
            log.exception("a comparison of %s failed", comparison.lab)
            comparison.status, comparison.problem = "failed", "the server's log says why"


_of_manager: tuple[RoomManager, Comparisons] | None = None


def comparisons() -> Comparisons:
    """The comparisons of this process."""
    global _of_manager  # noqa: PLW0603 - one process, one manager
    current = room_manager()
    if _of_manager is None or _of_manager[0] is not current:
        _of_manager = (current, Comparisons(current))
        current.on_close.append(_of_manager[1].close)
    return _of_manager[1]


def _checked(variants: Sequence[Variant], seconds: float) -> str:
    if not FEWEST_VARIANTS <= len(variants) <= MOST_VARIANTS:
        raise Invalid(f"a comparison has {FEWEST_VARIANTS} to {MOST_VARIANTS} variants", field="variants")
    if len({one.name for one in variants}) < len(variants):
        raise Invalid("the variants have different names", field="variants")
    if not SHORTEST_COMPARISON <= seconds <= LONGEST_COMPARISON:
        raise Invalid(f"seconds is from {SHORTEST_COMPARISON:g} to {LONGEST_COMPARISON:g}", field="seconds")
    first = variants[0].scenario
    if not first.workload:
        raise Invalid("a comparison needs a workload", field="workload")
    for one in variants[1:]:
        same = (one.scenario.lab, one.scenario.workload, one.scenario.seed, one.scenario.rate)
        if same != (first.lab, first.workload, first.seed, first.rate):
            raise Invalid("all variants get the same workload, rate and seed", field="variants")
    return first.lab
