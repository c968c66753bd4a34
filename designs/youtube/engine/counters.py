"""Counts since opened."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingCounter


@dataclass(slots=True)
class Counters:
    """What has happened. Bytes are counted where they are read and written, makespans are ms."""

    announced: int = 0
    uploads: int = 0
    chunks: int = 0
    refused_chunks: int = 0
    cuts: int = 0
    app_bytes: int = 0
    direct_bytes: int = 0
    stored_bytes: int = 0
    sent_bytes: int = 0
    again_bytes: int = 0
    again_chunks: int = 0
    puts: int = 0
    cells: int = 0
    earlier_cells: int = 0
    fenced: int = 0
    failed_cells: int = 0
    taken_again: int = 0
    deaths: int = 0
    dead: int = 0
    refused_files: int = 0
    ready: int = 0
    published: int = 0
    unplayable: int = 0
    served: int = 0
    served_bytes: int = 0
    makespans: LogHistogram = field(default_factory=LogHistogram)
    upload_ms: LogHistogram = field(default_factory=LogHistogram)
    last_makespan_ms: float = 0.0
    last_encoder_ms: float = 0.0
    ratios: deque[float] = field(default_factory=lambda: deque(maxlen=200))
    sessions: int = 0
    played_s: float = 0.0
    stalls: int = 0
    stalled_s: float = 0.0
    switches: int = 0
    kbits: float = 0.0
    fetched_s: float = 0.0
    cell_rate: SlidingCounter = field(default_factory=SlidingCounter)

    @property
    def again_share(self) -> float:
        """Bytes that had been sent before, of all that were sent, in percent."""
        return 100 * self.again_bytes / self.sent_bytes if self.sent_bytes else 0.0

    @property
    def mean_kbits(self) -> float:
        """Of what players fetched, for each second of video."""
        return self.kbits / self.fetched_s if self.fetched_s else 0.0

    @property
    def ratio(self) -> float:
        """The median of makespan over the time that one encoder needs for the same cells."""
        ordered = sorted(self.ratios)
        return ordered[len(ordered) // 2] if ordered else 0.0
