"""What a host holds of a slot: views per video in three sliding windows, exactly or in a sketch."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from designs.top_k.engine.windows import LONGEST, WINDOWS
from sdlab.blocks.count_min import CELL, CountMin
from sdlab.blocks.hash_ring import hash64
from sdlab.blocks.ranked_counts import RankedCounts
from sdlab.blocks.sub_windows import SubWindows
from sdlab.blocks.top_heap import TopHeap

NAME_BYTES = sys.getsizeof("x" * 40)  # of the longest id of a video

Ranking = list[tuple[str, int]]
Reading = list[tuple[str, int, tuple[int, ...]]]


class Store(Protocol):
    """Counts of views. Times are Unix seconds and roughly in order; windows are keys of `WINDOWS`."""

    slices: int

    def roll(self, now: float) -> None:
        """Let slices that have left their window go."""
        ...

    def add(self, video: str, t: float) -> None:
        """Count one view at `t`, in one step."""
        ...

    def read(self, video: str, t: float) -> Reading:
        """The counters that a view at `t` touches, as they are now."""
        ...

    def write(self, video: str, reading: Reading) -> bool:
        """Write back what was read, plus one; whether nobody had written in between."""
        ...

    def take_back(self, video: str, t: float) -> None:
        """Undo `add`, as far as this store can."""
        ...

    def fill(self, window: str, number: int, counts: Mapping[str, int]) -> None:
        """Take over a slice as it was counted elsewhere."""
        ...

    def top(self, window: str, k: int) -> Ranking:
        """The `k` most viewed, most first."""
        ...

    def count(self, video: str, window: str) -> int:
        """The views of a video; of a sketch: at least the views."""
        ...

    def pairs(self, window: str) -> Iterator[tuple[str, int]]:
        """Every video that is known by name, with its views."""
        ...

    def total(self, window: str) -> int:
        """All views."""
        ...

    def first_slice(self, window: str) -> int:
        """The number of the oldest slice that is still in the window."""
        ...

    def slice_totals(self, window: str) -> Mapping[int, int]:
        """The views of each slice of the window, by its number."""
        ...

    def copy(self) -> Store:
        """The same counts, independent from now on."""
        ...

    @property
    def known(self) -> int:
        """How many videos are held by name."""
        ...

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        ...


def _rings(slices: int) -> dict[str, SubWindows[dict[str, int]]]:
    return {
        name: SubWindows(seconds=seconds, count=slices, make=dict[str, int])
        for name, seconds in WINDOWS.items()
    }


class ExactStore:
    """A hash map per slice, and per window the sum of its slices, kept ranked."""

    def __init__(self, *, slices: int) -> None:
        self.slices = slices
        self.rings = _rings(slices)
        self.sums = {name: RankedCounts() for name in WINDOWS}
        self._totals: dict[str, dict[int, int]] = {name: {} for name in WINDOWS}

    def roll(self, now: float) -> None:
        for name, ring in self.rings.items():
            for number, gone in ring.roll(now):
                self._totals[name].pop(number, None)
                for video, count in gone.items():
                    self.sums[name].add(video, -count)

    def add(self, video: str, t: float) -> None:
        self.roll(t)
        for name, ring in self.rings.items():
            self._add(name, ring.number(t), video, 1)

    def _add(self, window: str, number: int, video: str, by: int) -> None:
        bucket = self.rings[window].slice(number)
        if bucket is not None:
            bucket[video] = bucket.get(video, 0) + by
            self._totals[window][number] = self._totals[window].get(number, 0) + by
            self.sums[window].add(video, by)

    def read(self, video: str, t: float) -> Reading:
        self.roll(t)
        found: Reading = []
        for name, ring in self.rings.items():
            number = ring.number(t)
            found.append((name, number, ((ring.peek(number) or {}).get(video, 0),)))
        return found

    def write(self, video: str, reading: Reading) -> bool:
        undisturbed = True
        for name, number, (was,) in reading:
            now = (self.rings[name].peek(number) or {}).get(video, 0)
            undisturbed &= now == was
            self._add(name, number, video, was + 1 - now)
        return undisturbed

    def take_back(self, video: str, t: float) -> None:
        for name, ring in self.rings.items():
            if (ring.peek(ring.number(t)) or {}).get(video, 0) > 0:
                self._add(name, ring.number(t), video, -1)

    def fill(self, window: str, number: int, counts: Mapping[str, int]) -> None:
        for video, count in counts.items():
            self._add(window, number, video, count)

    def top(self, window: str, k: int) -> Ranking:
        return self.sums[window].top(k)

    def count(self, video: str, window: str) -> int:
        return self.sums[window].get(video)

    def pairs(self, window: str) -> Iterator[tuple[str, int]]:
        return self.sums[window].pairs()

    def total(self, window: str) -> int:
        return self.sums[window].total

    def first_slice(self, window: str) -> int:
        return self.rings[window].newest - self.slices + 1

    def slice_totals(self, window: str) -> Mapping[int, int]:
        return self._totals[window]

    def copy(self) -> ExactStore:
        other = ExactStore(slices=self.slices)
        for name, ring in self.rings.items():
            for number, bucket in sorted(ring.live()):
                other.fill(name, number, bucket)
        return other

    @property
    def known(self) -> int:
        return len(self.sums[LONGEST])

    @property
    def nbytes(self) -> int:
        slices = sum(sys.getsizeof(bucket) for ring in self.rings.values() for _, bucket in ring.live())
        return slices + sum(one.nbytes for one in self.sums.values())


@dataclass(frozen=True, slots=True)
class Shape:
    """How every sketch of a store is made; `heap` is how many videos are kept by name."""

    width: int
    depth: int
    seed: int
    conservative: bool
    heap: int

    def empty(self) -> CountMin:
        """A sketch of this shape."""
        return CountMin(width=self.width, depth=self.depth, seed=self.seed, conservative=self.conservative)


class SketchStore:
    """A count-min sketch per slice and a heap of the largest per window: memory that traffic cannot grow.

    An estimate for a window is the sum of its slices' estimates, so it is never too small either,
    and no sketch has to be added to or taken from another one.
    """

    def __init__(self, *, slices: int, shape: Shape) -> None:
        self.slices, self.shape = slices, shape
        self._spare = {name: [shape.empty() for _ in range(slices)] for name in WINDOWS}
        self.rings = {
            name: SubWindows(seconds=seconds, count=slices, make=self._spare[name].pop)
            for name, seconds in WINDOWS.items()
        }
        self.heaps = {name: TopHeap(shape.heap) for name in WINDOWS}
        self._cells = shape.empty()

    def cells(self, video: str) -> tuple[int, ...]:
        """The column of this video in every row; the same in all slices."""
        return self._cells.cells(hash64(video))

    def roll(self, now: float) -> None:
        for name, ring in self.rings.items():
            gone = ring.roll(now)
            for _, sketch in gone:
                sketch.clear()
                self._spare[name].append(sketch)
            if gone:
                self.heaps[name].recount(lambda video, name=name: self.count(video, name))  # type: ignore[misc]

    def add(self, video: str, t: float) -> None:
        self.roll(t)
        cells = self.cells(video)
        for name, ring in self.rings.items():
            sketch = ring.at(t)
            if sketch is not None:
                sketch.add_one(cells)
                self.heaps[name].offer(video, self._estimate(name, cells))

    def _estimate(self, window: str, cells: tuple[int, ...]) -> int:
        return sum(sketch.read(cells) for _, sketch in self.rings[window].live())

    def read(self, video: str, t: float) -> Reading:
        self.roll(t)
        cells = self.cells(video)
        found: Reading = []
        for name, ring in self.rings.items():
            sketch = ring.at(t)
            found.append((name, ring.number(t), sketch.values(cells) if sketch else ()))
        return found

    def write(self, video: str, reading: Reading) -> bool:
        undisturbed, cells = True, self.cells(video)
        for name, number, was in reading:
            sketch = self.rings[name].peek(number)
            if sketch is None:
                continue
            undisturbed &= sketch.values(cells) == was
            least = min(was) + 1
            sketch.write(cells, [max(one, least) if sketch.conservative else one + 1 for one in was])
            sketch.total += 1
            self.heaps[name].offer(video, self._estimate(name, cells))
        return undisturbed

    def take_back(self, video: str, t: float) -> None:
        """A sketch cannot forget one view: what others share its cells with would become too small."""

    def fill(self, window: str, number: int, counts: Mapping[str, int]) -> None:
        sketch = self.rings[window].slice(number)
        if sketch is None or not counts:
            return
        hashes = np.fromiter(map(hash64, counts), dtype=np.uint64, count=len(counts))
        sketch.add(hashes, np.fromiter(counts.values(), dtype=np.int64, count=len(counts)))
        estimates = np.zeros(len(counts), dtype=np.int64)
        for _, one in self.rings[window].live():
            estimates += one.estimate(hashes)
        for video, estimate in zip(counts, estimates.tolist(), strict=True):
            self.heaps[window].offer(video, estimate)

    def top(self, window: str, k: int) -> Ranking:
        return self.heaps[window].ranked(k)

    def count(self, video: str, window: str) -> int:
        return self._estimate(window, self.cells(video))

    def pairs(self, window: str) -> Iterator[tuple[str, int]]:
        return iter(self.heaps[window].ranked())

    def total(self, window: str) -> int:
        return sum(sketch.total for _, sketch in self.rings[window].live())

    def first_slice(self, window: str) -> int:
        return self.rings[window].newest - self.slices + 1

    def slice_totals(self, window: str) -> Mapping[int, int]:
        return {number: sketch.total for number, sketch in self.rings[window].live()}

    def error_bound(self, window: str) -> float:
        """How much too large an estimate may be, but for a chance of e^-depth."""
        return self._cells.epsilon * self.total(window)

    def copy(self) -> SketchStore:
        other = SketchStore(slices=self.slices, shape=self.shape)
        for name, ring in self.rings.items():
            for number, sketch in sorted(ring.live(), key=lambda one: one[0]):
                copied = other.rings[name].slice(number)
                if copied is not None:
                    copied.take(sketch)
            other.heaps[name] = self.heaps[name].copy()
        return other

    @property
    def known(self) -> int:
        return len(self.heaps[LONGEST])

    @property
    def nbytes(self) -> int:
        return self.sketch_bytes + sum(heap.nbytes for heap in self.heaps.values())

    @property
    def sketch_bytes(self) -> int:
        """Memory of the sketches without the heaps."""
        live = sum(one.nbytes for ring in self.rings.values() for _, one in ring.live())
        return live + sum(one.nbytes for spare in self._spare.values() for one in spare)

    @property
    def most_bytes(self) -> int:
        """What it may take at most, by its shape alone: all sketches, and heaps full of the longest names."""
        shape = self.shape
        sketches = CELL * shape.width * shape.depth * self.slices * len(WINDOWS)
        return sketches + TopHeap.most_bytes(shape.heap, name_bytes=NAME_BYTES) * len(WINDOWS)
