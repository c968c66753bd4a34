"""Tumbling windows of event time: a watermark says which are complete, and what comes after that is late.

T. Akidau et al., "The Dataflow Model", VLDB 8 (2015).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class EventWindows(Generic[K]):
    """Counts per window of `width` seconds and key. Events may come in any order.

    The watermark is the newest event's time less `lateness`, and never goes back. A window is closed once the
    watermark has reached its end: an event of it that comes later is refused. As long as no event is later
    than `lateness` seconds behind one that came before it, each is counted.

    >>> windows = EventWindows(width=10, lateness=5)
    >>> [windows.add(at, "ad") for at in (1, 12, 9, 15, 9)]
    [True, True, True, True, False]
    >>> windows.close()
    [(0, Counter({'ad': 2}))]
    """

    width: int
    lateness: float
    newest: float = -math.inf
    watermark: float = -math.inf
    open: dict[int, Counter[K]] = field(default_factory=dict)

    def start(self, at: float) -> int:
        """The window that an event of that time belongs to, by its beginning."""
        return math.floor(at / self.width) * self.width

    def is_late(self, at: float) -> bool:
        """Whether the window of that time is closed."""
        return self.start(at) + self.width <= self.watermark

    def add(self, at: float, key: K, *, hold: bool = False) -> bool:
        """Count an event; false when it is late, and not counted. With `hold` the watermark stays where it is."""
        if self.is_late(at):
            return False
        self.open.setdefault(self.start(at), Counter())[key] += 1
        self.newest = max(self.newest, at)
        if not hold:
            self.advance(self.newest - self.lateness)
        return True

    def advance(self, watermark: float) -> None:
        """Nothing older than this is expected any more."""
        self.watermark = max(self.watermark, watermark)

    def close(self) -> list[tuple[int, Counter[K]]]:
        """The windows that the watermark has passed, oldest first; they are given once."""
        return [(start, self.open.pop(start)) for start in sorted(self.closing())]

    def closing(self) -> Iterator[int]:
        """The windows that the watermark has passed and that were not given yet."""
        return (start for start in self.open if start + self.width <= self.watermark)
