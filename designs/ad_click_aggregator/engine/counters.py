"""What has happened since the lab was opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingCounter


@dataclass(slots=True)
class Counters:
    """Counts since opened."""

    clicks: SlidingCounter = field(default_factory=SlidingCounter)
    logged: int = 0
    repeats: int = 0
    forged: int = 0
    expired: int = 0
    unlogged: int = 0
    pixels: int = 0
    arrivals: int = 0
    database_writes: int = 0
    flushes: int = 0
    rows_flushed: int = 0
    late: int = 0
    dropped: int = 0
    read: int = 0
    closed: int = 0
    version: int = 0  # of the store: grows with each write
    crashes: int = 0
    recoveries: int = 0
    read_again: int = 0
    recovery_ms: float = 0.0
    checkpoints: int = 0
    batches: int = 0
    repaired: int = 0
    compared: int = 0
    most_lag: int = 0
    queries: int = 0
    query_ms: float = 0.0
    fresh: LogHistogram = field(default_factory=LogHistogram)
    final: LogHistogram = field(default_factory=LogHistogram)
