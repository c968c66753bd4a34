"""What each way of delivering a seat map costs: connections, requests, bytes, and how late news is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from designs.ticketmaster.engine.strategies import DELIVERIES
from sdlab.blocks.windows import SlidingHistogram


@dataclass(slots=True)
class DeliveryMeter:
    """Real traffic of one kind since the lab was opened. Bytes include the headers that we know of."""

    open: int = 0
    most_open: int = 0
    requests: int = 0
    empty: int = 0
    updates: int = 0
    bytes: int = 0
    delays: SlidingHistogram = field(default_factory=lambda: SlidingHistogram(slices=30))

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Count a connection, or a request that waits, for as long as the block runs."""
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            yield
        finally:
            self.open -= 1

    def asked(self, size: int) -> None:
        """A request came in."""
        self.requests += 1
        self.bytes += size

    def sent(self, size: int, *, changes: int, age_s: float | None, now: float) -> None:
        """Something went out; `age_s` is how long its oldest change had waited, None for a whole map."""
        self.bytes += size
        if changes:
            self.updates += 1
        else:
            self.empty += 1
        if changes and age_s is not None:
            self.delays.add(now, age_s * 1000)


def meters() -> dict[str, DeliveryMeter]:
    """One per kind."""
    return {kind: DeliveryMeter() for kind in DELIVERIES}
