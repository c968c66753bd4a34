"""What has happened since the lab was opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram


@dataclass(slots=True)
class Counters:
    """Counts since opened; delays are of the last seconds, and since opened."""

    ticks: SlidingCounter = field(default_factory=SlidingCounter)
    late: int = 0
    duplicates: int = 0
    polls: int = 0
    matched: int = 0
    found: int = 0
    dropped_late: int = 0
    excursions: int = 0
    sent: int = 0
    sent_rate: SlidingCounter = field(default_factory=SlidingCounter)
    capped: int = 0
    twice_by_key: int = 0
    twice_by_status: int = 0
    lost_in_hand: int = 0
    deaths: int = 0
    consumer_deaths: int = 0
    delay: SlidingHistogram = field(default_factory=SlidingHistogram)
    delays: LogHistogram = field(default_factory=LogHistogram)
