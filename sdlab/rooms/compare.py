"""The same seeded traffic through two to four variants, one after another, each in a room of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sdlab.blocks.histogram import LogHistogram
from sdlab.lab import Design, Invalid, LabError, NotFound, PreparedComparison, Unavailable
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

MAX_WAITING = 6
MAX_KEPT = 64
LAG_SAMPLE = 0.05
BUSY_MS = 20.0

Status = Literal["queued", "running", "done", "void", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One approach, or mix of approaches, with a name that is unique in its comparison."""

    name: str
    scenario: Scenario


@dataclass(slots=True)
class Comparison:
    """A comparison that waits, runs or has run.

    Void means that it compares nothing, because not every operation was done for every variant;
    `problem` says why. `began` has the time at which each variant so far began; `lag_ms` how long the
    event loop was late, at the 95th percentile, while it ran. `prepared` is the id of the lab's
    prepared comparison that it is, and `playing` the lab that plays now.
    """

    lab: str
    variants: tuple[Variant, ...]
    seconds: float
    rooms: tuple[str, ...]
    status: Status = "queued"
    problem: str = ""
    reports: tuple[Report, ...] = ()
    began: tuple[float, ...] = ()
    lag_ms: tuple[float, ...] = ()
    prepared: str = ""
    playing: RunningLab | None = field(default=None, repr=False)
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def under_way(self) -> bool:
        """Whether it waits or runs."""
        return self.status in ("queued", "running")

    @property
    def busy(self) -> bool:
        """Whether the machine had so much else to do that latencies say little."""
        return any(one > BUSY_MS for one in self.lag_ms)


class Comparisons:
    """The newest comparison of every room and lab; bounded in how many wait and how many are kept.

    One variant runs at a time in this process: none shares the event loop with another.
    """

    def __init__(self, manager: RoomManager) -> None:
        self._manager = manager
        self._kept: dict[tuple[str, str], Comparison] = {}
        self._alone = asyncio.Lock()

    async def start(
        self, room: str, variants: Sequence[Variant], *, seconds: float, prepared: str = ""
    ) -> Comparison:
        """Begin; what the room compared before in this lab is stopped and forgotten.

        `Invalid` unless there are 2 to 4 variants of different names with the same traffic and seed.
        """
        slug = _checked(variants, seconds)
        await self.stop(room, slug)
        if sum(one.under_way for one in self._kept.values()) >= MAX_WAITING:
            raise Unavailable(f"{MAX_WAITING} comparisons wait already; try again soon", retry_after=seconds)
        rooms = tuple(self._manager.rooms.temporary_room() for _ in variants)
        timed = tuple(replace(one, scenario=replace(one.scenario, seconds=seconds)) for one in variants)
        started = Comparison(slug, timed, seconds, rooms, prepared=prepared)
        started.task = asyncio.create_task(self._run(started), name=f"comparison {slug}")
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

    def ahead(self, comparison: Comparison) -> int:
        """How many comparisons come before one that waits."""
        waiting = [one for one in self._kept.values() if one.under_way]
        return waiting.index(comparison) if comparison in waiting else 0

    async def stop(self, room: str, slug: str) -> None:
        """Stop and forget, and remove its rooms."""
        found = self._kept.pop((room, slug), None)
        if found is None:
            return
        if found.task is not None:
            found.task.cancel()
            await asyncio.gather(found.task, return_exceptions=True)
            found.status = "stopped" if found.under_way else found.status
        for one in found.rooms:
            await self._manager.remove(one)

    async def close(self) -> None:
        """Stop all."""
        for room, slug in list(self._kept):
            await self.stop(room, slug)

    async def _run(self, comparison: Comparison) -> None:
        try:
            async with self._alone:
                comparison.status = "running"
                for room, variant in zip(comparison.rooms, comparison.variants, strict=True):
                    await self._play(comparison, room, variant)
            short = [one for one in comparison.reports if one.skipped]
            comparison.status = "void" if short else "done"
            comparison.problem = _why_void(short)
        except LabError as error:
            comparison.status, comparison.problem = "failed", error.detail
        except Exception:
            log.exception("a comparison of %s failed", comparison.lab)
            comparison.status, comparison.problem = "failed", "the server's log says why"

    async def _play(self, comparison: Comparison, room: str, variant: Variant) -> None:
        lab = await self._manager.lab(room, comparison.lab)
        await apply(lab, replace(variant.scenario, workload=""))
        comparison.playing = lab
        comparison.began += (self._manager.clock.time(),)
        lab.start_workload(
            variant.scenario.workload,
            rate=variant.scenario.rate or None,
            seed=variant.scenario.seed,
            seconds=comparison.seconds,
            catch_up=comparison.seconds,  # each variant gets every operation, late if need be
        )
        late = LogHistogram()
        watch = asyncio.create_task(_watch(lab, late), name="lag of the event loop")
        try:
            await lab.runner.wait()
        finally:
            watch.cancel()
        comparison.lag_ms += (round(late.quantile(0.95), 1),)
        done = await report(lab, variant.scenario, name=variant.name, seconds=comparison.seconds)
        comparison.reports += (done,)
        comparison.playing = None
        await self._manager.close_lab(room, comparison.lab)  # what it does in the background is over, too


async def _watch(lab: RunningLab, late: LogHistogram) -> None:
    """Count by how many ms a short sleep ends late; and the lab is in use, though nobody looks at it."""
    loop = asyncio.get_running_loop()
    while True:
        lab.touch()
        due = loop.time() + LAG_SAMPLE
        await asyncio.sleep(LAG_SAMPLE)
        late.add((loop.time() - due) * 1000)


def _why_void(short: Sequence[Report]) -> str:
    """Which variants got fewer operations than the others, in words; nothing where none did."""
    if not short:
        return ""
    counts = ", ".join(f"{one.name}: {one.skipped:,} of {one.planned:,}" for one in short)
    return f"not all operations were done ({counts}), so that the rows compare nothing; lower the rate"


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
        if _terms(one.scenario) != _terms(first):
            raise Invalid("all variants get the same workload, rate and seed", field="variants")
    return first.lab


def _terms(scenario: Scenario) -> tuple[object, ...]:
    """What is the same for all."""
    return scenario.lab, scenario.workload, scenario.seed, scenario.rate


def variants_of(prepared: PreparedComparison, design: Design) -> list[Variant]:
    """The alternatives of a prepared comparison, each as a scenario of that design."""
    return [
        Variant(
            one.name,
            Scenario(
                lab=design.slug,
                seed=prepared.seed,
                toggles=one.toggles,
                knobs=one.knobs,
                workload=prepared.workload,
                rate=prepared.rate,
                faults=prepared.faults,
            ),
        )
        for one in prepared.alternatives
    ]
