"""The approach in force: hosts that count, or the batch pipeline, and a sketch beside them."""

from __future__ import annotations

import asyncio
import math

from designs.top_k.config import Config
from designs.top_k.engine.fleet import Fleet
from designs.top_k.engine.layout import overlay_of, shape_of, slices_of, structure_of
from designs.top_k.engine.ledger import FINE, Ledger
from designs.top_k.engine.pipeline import Pipeline
from designs.top_k.engine.stores import SketchStore
from designs.top_k.engine.strategies import COUNTINGS, OVERLAYS
from designs.top_k.engine.view_log import ViewLog
from designs.top_k.engine.windows import WINDOWS, slice_at, slice_seconds
from sdlab.lab import EngineContext, Signal

STEP_EVERY = 0.1
WITHIN = 0.8


class Approach:
    """Either `fleet` or `pipeline` counts. What is exchanged is counted again from the ledger.

    `exchanged` tells of other hosts, another pipeline or another sketch.
    """

    def __init__(self, context: EngineContext[Config], ledger: Ledger, log: ViewLog) -> None:
        self._context = context
        self._ledger = ledger
        self._log = log
        self.exchanged = Signal()
        self.fleet: Fleet | None = None
        self.pipeline: Pipeline | None = None
        self.overlay: SketchStore | None = None
        self._moving = asyncio.Lock()

    def build(self) -> None:
        """Hosts or pipeline, and the sketch beside them."""
        self._ledger.roll(self._context.clock.time())
        self.fleet = self.pipeline = None
        if COUNTINGS[self._context.config.counting].on_hosts:
            self.fleet = Fleet(self._context, self._ledger)
        else:
            self.pipeline = Pipeline(self._context, self._log, self._ledger)
        self._build_overlay()

    def _build_overlay(self) -> None:
        config = self._context.config
        self.overlay = None
        if OVERLAYS[config.overlay].runs and config.counting != "sketch":
            slices = slices_of(config)
            self.overlay = SketchStore(slices=slices, shape=shape_of(config))
            self.overlay.roll(self._context.clock.time())
            for window in WINDOWS:
                for fine, counts in self._ledger.live(window):
                    number = slice_at(window, slices, fine * slice_seconds(window, FINE))
                    self.overlay.fill(window, number, counts)
        self._log.writer.beside = self.overlay
        self.exchanged()

    def begins(self, window: str, now: float) -> float:
        """When the oldest slice began that an answer for the window speaks of at `now`; both Unix seconds."""
        slices = slices_of(self._context.config)
        width = slice_seconds(window, slices)
        return (math.floor(now / width) - slices + 1) * width

    @property
    def exact(self) -> bool:
        """Whether its answers are exact."""
        return self.fleet is None or self.fleet.exact

    @property
    def sketch(self) -> SketchStore | None:
        """The sketch that answers, or the one that runs beside the approach in force."""
        if self.fleet is not None and not self.fleet.exact:
            store = self.fleet.slots.store_of(0)
            return store if isinstance(store, SketchStore) else None
        return self.overlay

    async def reconfigure(self, before: Config) -> None:
        """Move slots where that is enough, exchange what has to be; loses no view."""
        now = self._context.config
        if self.fleet is not None and self._only_moves(self.fleet, before):
            self.fleet.rebalancer.retarget(before)
            self.exchanged()
            await self._settle()
        elif structure_of(now) != structure_of(before):
            self.build()
        if overlay_of(now) != overlay_of(before):
            self._build_overlay()

    def _only_moves(self, fleet: Fleet, before: Config) -> bool:
        """Whether only hosts or copies of movable slots change."""
        now = self._context.config
        same = structure_of(now, with_hosts=False) == structure_of(before, with_hosts=False)
        return same and fleet.slots.counting.movable and structure_of(now) != structure_of(before)

    async def _settle(self) -> None:
        """Give moves a moment, so that they are done when this returns; those of a large room go on."""
        clock = self._context.clock
        until = clock.monotonic() + WITHIN
        while not await self.step_moves() and clock.monotonic() < until:
            await clock.sleep(STEP_EVERY / 4)

    async def step_moves(self) -> bool:
        """One step of moves and repairs, one at a time; whether all is in its place."""
        async with self._moving:
            return self.fleet is None or await self.fleet.rebalancer.step()

    async def step_batch(self) -> None:
        """Let the stages of the pipeline do what they can."""
        if self.pipeline is not None:
            await self.pipeline.step()

    def read_to(self) -> list[str]:
        """Per partition of the log, the position behind which somebody still has to read."""
        return self.pipeline.read_to() if self.pipeline else list(self._log.writer.last)
