"""The ground truth: every acknowledged view of the last hour, by video and by slice of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from designs.top_k.engine.stores import ExactStore, Ranking
from designs.top_k.engine.windows import LONGEST, WINDOWS

FINE = 60


class Ledger:
    """An exact store with sixty slices per window, and which slices have changed since the last checkpoint.

    It is what the log says, kept ready; answers of the approaches are held against it.
    """

    def __init__(self) -> None:
        self._store = ExactStore(slices=FINE)
        self.per_slice: dict[str, dict[int, int]] = {name: {} for name in WINDOWS}
        self.dirty: set[tuple[str, int]] = set()
        self.seen = 0
        self._arrivals: list[Counter[str]] = []

    def add(self, video: str, t: float) -> None:
        """One acknowledged view."""
        self._store.add(video, t)
        self.seen += 1
        for arrived in self._arrivals:
            arrived[video] += 1
        for name, ring in self._store.rings.items():
            number = ring.number(t)
            totals = self.per_slice[name]
            totals[number] = totals.get(number, 0) + 1
            self.dirty.add((name, number))
            if len(totals) > FINE:
                del totals[min(totals)]

    def restore(self, window: str, number: int, counts: dict[str, int]) -> None:
        """A slice as a checkpoint has it; call `roll` first."""
        self._store.fill(window, number, counts)
        self.per_slice[window][number] = sum(counts.values())

    def roll(self, now: float) -> None:
        """Let time go on."""
        self._store.roll(now)
        for name, ring in self._store.rings.items():
            totals = self.per_slice[name]
            for gone in [number for number in totals if number <= ring.newest - FINE]:
                del totals[gone]

    def live(self, window: str) -> Iterator[tuple[int, dict[str, int]]]:
        """The slices of a window with their numbers, oldest first."""
        return iter(sorted(self._store.rings[window].live(), key=lambda one: one[0]))

    def slice(self, window: str, number: int) -> dict[str, int]:
        """A slice, as far as it is in the window."""
        return self._store.rings[window].peek(number) or {}

    def newest(self, window: str) -> int:
        """The number of the slice of now."""
        return self._store.rings[window].newest

    def top(self, window: str, k: int) -> Ranking:
        """The true ranking."""
        return self._store.top(window, k)

    def count(self, video: str, window: str) -> int:
        """The true number of views."""
        return self._store.count(video, window)

    def count_since(self, video: str, window: str, first: float) -> int:
        """The true number of views in slices that begin at `first` (Unix seconds) or later."""
        ring = self._store.rings[window]
        return sum(
            counts.get(video, 0) for number, counts in ring.live() if number * ring.width >= first - 1e-6
        )

    def top_since(self, window: str, k: int, first: float) -> Ranking:
        """The true ranking of the slices that begin at `first` (Unix seconds) or later."""
        ring = self._store.rings[window]
        slices = sorted(ring.live(), key=lambda one: -one[0])
        inside = [counts for number, counts in slices if number * ring.width >= first - 1e-6]
        outside = [counts for _, counts in slices[len(inside) :]]
        if not outside:
            return self._store.top(window, k)
        if len(inside) <= len(outside):
            return _summed(inside).most_common(k)
        return self._without(window, k, outside)

    def _without(self, window: str, k: int, outside: list[dict[str, int]]) -> Ranking:
        """The ranking less some slices. Who has more in all may have less without: look on until nobody can."""
        looked_at = 2 * k
        while True:
            found = self._store.top(window, looked_at)
            less = [(video, count - sum(one.get(video, 0) for one in outside)) for video, count in found]
            ranked = sorted(((video, count) for video, count in less if count > 0), key=lambda one: -one[1])
            known = len(found) < looked_at or (len(ranked) >= k and ranked[k - 1][1] >= found[-1][1])
            if known:
                return ranked[:k]
            looked_at *= 4

    def total_since(self, window: str, first: float) -> int:
        """All views of the slices that begin at `first` (Unix seconds) or later."""
        width = self._store.rings[window].width
        return sum(
            count for number, count in self.per_slice[window].items() if number * width >= first - 1e-6
        )

    @contextmanager
    def arriving(self) -> Iterator[Counter[str]]:
        """Views that come during the block, by video."""
        arrived: Counter[str] = Counter()
        self._arrivals.append(arrived)
        try:
            yield arrived
        finally:
            self._arrivals = [one for one in self._arrivals if one is not arrived]

    def total(self, window: str) -> int:
        """All views of a window."""
        return self._store.total(window)

    @property
    def known(self) -> int:
        """Different videos of the last hour."""
        return self._store.known

    @property
    def nbytes(self) -> int:
        """Memory of all counters, in bytes."""
        return self._store.nbytes

    def knows(self, video: str) -> bool:
        """Whether this video was viewed within the hour."""
        return self._store.count(video, LONGEST) > 0


def _summed(slices: Iterable[Mapping[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in slices:
        counts.update(one)
    return counts
