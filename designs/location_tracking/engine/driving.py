"""The fleet on the road: buses drive on, and report where that is due."""

from __future__ import annotations

import numpy as np

from designs.location_tracking.config import Config
from designs.location_tracking.engine.fleet import Fleet, bus_id
from designs.location_tracking.engine.ingestion import Ingestion, ReportResult
from designs.location_tracking.engine.latest import LatestPositions
from designs.location_tracking.engine.nodes import BUSES
from designs.location_tracking.engine.position import DIGITS, Position
from designs.location_tracking.engine.strategies import SPREADS
from sdlab.blocks import city as streets
from sdlab.lab import EngineContext

SLICES = 10
MAX_STRIDE_S = 4.0
DUE_TOLERANCE_S = 0.02


class FleetDriver:
    """Drives a slice of the fleet at a time: every tenth bus."""

    def __init__(
        self, context: EngineContext[Config], fleet: Fleet, latest: LatestPositions, ingestion: Ingestion
    ) -> None:
        self._context, self._fleet = context, fleet
        self._latest, self._ingestion = latest, ingestion
        self._moved_at = [0.0] * SLICES

    @property
    def silent_percent(self) -> float:
        """The share of buses that drive and send nothing."""
        faults = self._context.node(BUSES).faults()
        return next((fault.value for fault in faults if fault.kind == "silent"), 0.0)

    async def drive(self, slice: int, *, jitter_m: float = 0.0, nonce: int = 0) -> list[ReportResult]:
        """Buses whose interval has passed report. `jitter_m` is how far receivers err, with chance from `nonce`."""
        numbers = self._advance(slice)
        positions = self._reports(self._due(numbers), jitter_m, nonce)
        if not positions:
            return []
        async with self._context.request("WS positions") as trace:
            SPREADS[self._context.config.spread].explain(self._context.decide, len(positions))
            results = await self._ingestion.take(positions)
            stored = sum(one.stored for one in results)
            trace.sentence = f"{stored} of {len(results)} buses said where they are"
            if stored < len(results):
                trace.outcome = "miss"
            return results

    def _advance(self, slice: int) -> np.ndarray:
        now, before = self._context.clock.monotonic(), self._moved_at[slice]
        self._moved_at[slice] = now
        seconds = min(MAX_STRIDE_S, now - before) if before else 1.0
        numbers = np.arange(slice, self._fleet.size, SLICES)
        self._fleet.advance(numbers, seconds, SPREADS[self._context.config.spread].pull)
        return numbers

    def _due(self, numbers: np.ndarray) -> np.ndarray:
        since = self._context.clock.time() - self._context.config.interval_s + DUE_TOLERANCE_S
        due = numbers[self._latest.measured_at[numbers] <= since]
        return np.asarray(due[(due * 37) % 100 >= self.silent_percent])

    def _reports(self, numbers: np.ndarray, jitter_m: float, nonce: int) -> list[Position]:
        x, y = self._fleet.x[numbers], self._fleet.y[numbers]
        if jitter_m:
            noise = np.random.default_rng(nonce)
            x = x + noise.normal(0, jitter_m, len(numbers))
            y = y + noise.normal(0, jitter_m, len(numbers))
        lats, lngs = streets.to_degrees(x, y)  # type: ignore[arg-type]
        stamp = round(self._context.clock.time(), 3)
        rows = zip(
            numbers.tolist(), np.round(lats, DIGITS).tolist(), np.round(lngs, DIGITS).tolist(), strict=True
        )
        return [Position(bus_id(number), stamp, lat, lng) for number, lat, lng in rows]
