"""What went to viewers: how much, by which way, and how late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from designs.live_comments.comments import Event
from designs.live_comments.config import Config
from designs.live_comments.strategies import DELIVERIES
from designs.live_comments.truth import Delays
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import Clock

if TYPE_CHECKING:
    from designs.live_comments.servers import Server


@dataclass(slots=True)
class Counted:
    """Since the engine was opened. Bytes are what went to viewers by the delivery in force."""

    delivered: int = 0
    by_kind: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DELIVERIES, 0))
    bytes_by_kind: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DELIVERIES, 0))
    polls: int = 0
    empty_polls: int = 0
    poll_reads: int = 0
    reconnects: int = 0
    refused: int = 0
    dropped: int = 0
    told: int = 0
    log_reads: int = 0
    store_reads: int = 0


class Deliveries:
    """Counts deliveries when they happen."""

    def __init__(self, *, clock: Clock, config: Callable[[], Config]) -> None:
        self.counted = Counted()
        self.delays = Delays()
        self.rate = SlidingCounter(seconds=60)
        self._clock, self._config = clock, config

    def add(self, server: Server | None, events: Sequence[Event], count: int, *, late: bool = False) -> None:
        """These events made `count` deliveries in all; `late` ones are no measure of the delay."""
        if not events or not count:
            return
        kind = self._config().delivery
        delivery = DELIVERIES[kind]
        now, wall = self._clock.monotonic(), self._clock.time()
        each = count / len(events)
        if not late:
            for event in events:
                self.delays.add(now, max(0.0, (wall - event.at) * 1000), max(1, round(each)))
        framed = sum(len(one.body) + delivery.framing(one.seq, len(one.body)) for one in events)
        self.counted.bytes_by_kind[kind] += round(framed * each)
        self.counted.by_kind[kind] += count
        self.counted.delivered += count
        self.rate.add(now, count)
        if server is not None:
            server.delivered += count
