"""What each approach really cost: writes per post, lists read per view, times, and the delay of feeds."""

from __future__ import annotations

from dataclasses import dataclass, field

from designs.facebook_feed.engine.strategies import FANOUTS
from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingHistogram


@dataclass(slots=True)
class ApproachCosts:
    """What one approach cost since the lab was opened. Times in ms."""

    posts: int = 0
    writes: int = 0
    views: int = 0
    reads: int = 0
    posting: LogHistogram = field(default_factory=LogHistogram)
    reading: LogHistogram = field(default_factory=LogHistogram)

    def posted(self, ms: float) -> None:
        """An author was answered after so long."""
        self.posts += 1
        self.posting.add(ms)

    def viewed(self, lists_read: int, ms: float) -> None:
        """A reader was given a page after so long."""
        self.views += 1
        self.reads += lists_read
        self.reading.add(ms)


class Costs:
    """Costs by approach, and how late entries were in the last seconds, ms."""

    def __init__(self) -> None:
        self.by_approach = {name: ApproachCosts() for name in FANOUTS}
        self.delays = SlidingHistogram()
