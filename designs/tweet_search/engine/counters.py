"""What was counted since opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from sdlab.blocks.windows import SlidingCounter, SlidingHistogram


@dataclass(slots=True)
class Counters:
    """Counts only grow; `found_ms` are the times until new tweets were found, of the last seconds."""

    searches: int = 0
    pages: int = 0
    looked: int = 0
    asked: int = 0
    partial: int = 0
    commits: int = 0
    written: int = 0
    like_writes: int = 0
    merges: int = 0
    commit_ms: float = 0.0
    found: int = 0
    late: int = 0
    in_rate: SlidingCounter = field(default_factory=SlidingCounter)
    found_ms: SlidingHistogram = field(default_factory=lambda: SlidingHistogram(slices=6, width=5.0))
