"""Counts of one partition of the log in memory, interval by interval, until they are in a file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Aggregator:
    """May die at any time: its partition is read again from where its last file ends.

    A view belongs to the interval of its time, or of the view before it if that is later: so the
    views of an interval lie one after another in the log, and a file says where its last one is.
    """

    partition: int
    position: str
    committed: str
    interval: int
    counts: dict[int, Counter[str]] = field(default_factory=dict)
    ends: dict[int, str] = field(default_factory=dict)
    read: int = 0
    committed_read: int = 0
    read_again: int = 0
    deaths: int = 0

    @property
    def held(self) -> int:
        """Views in memory, in no file yet."""
        return sum(counts.total() for counts in self.counts.values())

    def take(self, entry: str, video: str, interval: int) -> None:
        """Count one view."""
        newest = max(self.counts, default=self.interval)
        number = max(interval, newest, self.interval)
        self.counts.setdefault(number, Counter())[video] += 1
        self.ends[number] = entry
        self.position = entry
        self.read += 1

    def die(self) -> int:
        """Forget what is in no file; it will be read again. How many views."""
        lost = self.held
        self.deaths += 1
        self.counts.clear()
        self.ends.clear()
        self.position, self.read = self.committed, self.committed_read
        self.read_again += lost
        return lost

    def commit(self, interval: int) -> None:
        """The file of this interval is stored."""
        counts = self.counts.pop(interval, None)
        self.committed = self.ends.pop(interval, self.committed)
        self.committed_read += counts.total() if counts else 0
        self.interval = interval + 1
