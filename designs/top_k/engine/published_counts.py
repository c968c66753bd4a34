"""What a published ranking must say, judged by a record of its own: who viewed what, and when it was told."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from designs.top_k.config import Config
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.rankings import STORED
from designs.top_k.engine.windows import LONGEST, slice_at
from sdlab.lab import EngineContext

TRACKED = 200


@dataclass(frozen=True, slots=True)
class Compared:
    """A video in the rows: what they say, and between which numbers it has to be."""

    video: str
    rows: int
    least: int
    most: int

    @property
    def holds(self) -> bool:
        """Whether the rows count every view that was told before their time, and none that nobody made."""
        return self.least <= self.rows <= self.most

    @property
    def when(self) -> str:
        """Which views these are."""
        return "told before the ranking's time and until now"

    @property
    def wanted(self) -> str:
        """What would have been right."""
        return f"{self.least:,}" if self.least == self.most else f"{self.least:,} to {self.most:,}"


class PublishedCounts:
    """Views of up to `TRACKED` videos by slice of the hour, since the pipeline began without them.

    A view that was acknowledged before the end of the last interval was in the log by then: it must be
    in the rows. A view that nobody had begun by now cannot be. Between the two are views of the
    intervals that are still counted.
    """

    def __init__(self, context: EngineContext[Config], ledger: Ledger) -> None:
        self._clock = context.clock
        self._ledger = ledger
        self._slices = 1
        self._fresh: deque[tuple[float, str, int]] = deque()
        self._told: dict[str, Counter[int]] = {}
        self._begun: dict[str, Counter[int]] = {}

    def begin_anew(self, slices: int) -> None:
        """Another pipeline, or none."""
        self._slices = slices
        self._fresh.clear()
        self._told.clear()
        self._begun.clear()

    def begins(self, video: str, t: float, *, alone: bool) -> None:
        """Somebody views the video at `t` (Unix seconds); `alone` when no other view of it is on its way."""
        fresh = alone and len(self._begun) < TRACKED and not self._ledger.knows(video)
        if not fresh and video not in self._begun:
            return
        self._begun.setdefault(video, Counter())[self._slice(t)] += 1

    def told(self, video: str, t: float) -> None:
        """Whoever viewed it at `t` is told that it counts."""
        if video in self._begun:
            self._fresh.append((self._clock.time(), video, self._slice(t)))

    def compared(self, rows: Mapping[str, int], as_of: float) -> Iterator[Compared]:
        """The tracked videos beside the rows of the hour, which count until `as_of` (Unix seconds)."""
        while self._fresh and self._fresh[0][0] < as_of:
            _, video, number = self._fresh.popleft()
            self._told.setdefault(video, Counter())[number] += 1
        if not as_of:
            return
        # The oldest slice leaves when the ranking of its time is made: of it one cannot be sure.
        oldest = self._slice(as_of) - self._slices + 1
        least_of_all = min(rows.values(), default=0)
        for video, begun in self._begun.items():
            least = sum(n for at, n in self._told.get(video, Counter()).items() if at > oldest + 1)
            most = sum(n for at, n in begun.items() if at >= oldest - 1)
            if video in rows:
                yield Compared(video, rows[video], least, most)
            elif least > least_of_all or (len(rows) < STORED and least):
                yield Compared(video, 0, least, most)

    def _slice(self, t: float) -> int:
        return slice_at(LONGEST, self._slices, t)
