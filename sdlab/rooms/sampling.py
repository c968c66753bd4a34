"""Plays the sample traffic of a lab in a room that nobody has used: once, for a minute, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sdlab.lab import Engine, Operation, SampleView, Traffic, WorkloadRunner
from sdlab.lab.sample import LASTS, Sample

SEED = 1


class _Polite:
    """Performs operations unless there is no time for them or something is broken: then they are left out for good."""

    def __init__(self, engine: Engine[Any], traffic: Traffic[Any], busy: Callable[[], bool]) -> None:
        self._engine, self._traffic, self._busy = engine, traffic, busy
        self.resting = False

    async def perform(self, operation: Operation) -> Any:
        if not self.resting and not self._engine.faults() and not self._busy():
            await self._traffic.perform(operation)


class SampleTraffic:
    """`busy` says that the machine has enough to do."""

    def __init__(
        self, sample: Sample, engine: Engine[Any], traffic: Traffic[Any], *, busy: Callable[[], bool]
    ) -> None:
        self._sample, self._engine = sample, engine
        self._polite = _Polite(engine, traffic, busy)
        self._runner = WorkloadRunner(
            clock=engine.clock, perform=self._polite.perform, crashed=engine.crashed
        )
        self._began = False
        self._until = 0.0

    @property
    def rate(self) -> float:
        """Operations per second now; 0 while it does not play."""
        return self._sample.workload.rate if self._runner.running else 0.0

    def begin(self) -> None:
        """Play, unless it has played before or somebody has used the lab already."""
        if self._began or self._engine.context.requests.lifetime.total or self._engine.faults():
            return
        self._began = True
        self._until = round(self._engine.clock.time() + LASTS, 1)
        self._runner.start(self._sample.workload, seed=SEED, seconds=LASTS)
        self._engine.changed()

    def rest(self, resting: bool) -> None:
        """Leave out what comes while nobody watches; whoever lost the connection for a moment finds it playing."""
        self._polite.resting = resting

    def cancel(self) -> None:
        """Play no more, also not later."""
        self._began = True
        if self._runner.running:
            self._runner.cancel()
            self._engine.changed()

    async def end(self) -> None:
        """Play no more; returns when nothing of it is under way."""
        self.cancel()
        await self._runner.stop()

    def view(self) -> SampleView:
        """How the dock shows it. It ends with the first fault: what follows is about that."""
        if self._engine.faults():
            self.cancel()
        if not self._runner.running:
            return SampleView()
        workload = self._sample.workload
        return SampleView(running=True, does=workload.does, rate=workload.rate, until=self._until)
