"""A count-min sketch: counts of a stream in constant memory, never too small, seldom much too large.

G. Cormode and S. Muthukrishnan, "An improved data stream summary: the count-min sketch and its
applications", J. Algorithms 55 (2005); the conservative update is from C. Estan and G. Varghese,
"New directions in traffic measurement and accounting", SIGCOMM 2002. Rows are hashed by
multiply-add-shift (M. Dietzfelbinger, "Universal hashing and k-wise independent random variables
via integer arithmetic without primes", STACS 1996), a column taken from the upper 32 bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

MASK = (1 << 64) - 1
HALF = np.uint64(32)
CELL = 4
BLOCK = 1 << 14


class CountMin:
    """`depth` rows of `width` counters; each key adds to one counter of every row, and reads the least.

    For every key `estimate >= true count`, and `estimate <= true count + error_bound` with a
    probability of at least `1 - e ** -depth`. Memory is `depth * width * 4` bytes, whatever is
    added. Keys are stable 64-bit hashes. A `conservative` sketch raises a counter only as far as
    the key needs it: smaller errors, but two such sketches cannot be added to one another.

    >>> sketch = CountMin(width=64, depth=4)
    >>> sketch.add(np.array([7, 7, 9], dtype=np.uint64))
    >>> sketch.estimate(np.array([7, 9, 1000], dtype=np.uint64)).tolist()
    [2, 1, 0]
    """

    __slots__ = ("_factors", "_shifts", "_table", "conservative", "depth", "seed", "total", "width")

    def __init__(self, *, width: int, depth: int, seed: int = 0, conservative: bool = False) -> None:
        if width < 1 or depth < 1:
            raise ValueError("a sketch has at least one row of one counter")
        self.width, self.depth, self.seed = width, depth, seed
        self.conservative = conservative
        self.total = 0
        chance = Random(f"count-min {seed}")
        self._factors = [chance.getrandbits(64) | 1 for _ in range(depth)]
        self._shifts = [chance.getrandbits(64) for _ in range(depth)]
        self._table = np.zeros((depth, width), dtype=np.uint32)

    # Batches

    def columns(self, hashes: Hashes) -> list[npt.NDArray[np.intp]]:
        """The column of every key, row by row."""
        width = np.uint64(self.width)
        found = []
        for factor, shift in zip(self._factors, self._shifts, strict=True):
            mixed = hashes * np.uint64(factor)
            mixed += np.uint64(shift)
            mixed >>= HALF
            mixed *= width
            mixed >>= HALF
            found.append(mixed.view(np.int64))
        return found

    def add(self, hashes: Hashes, counts: Sequence[int] | Counts | None = None) -> None:
        """Count every key once, or `counts[i]` (>= 0) times. One call for many keys is what is fast."""
        for start in range(0, len(hashes), BLOCK):  # a block and its columns stay in the processor's cache
            some = hashes[start : start + BLOCK]
            times = None if counts is None else np.asarray(counts[start : start + BLOCK], dtype=np.int64)
            self.total += len(some) if times is None else int(times.sum())
            if self.conservative:
                self._raise(some, times)
            else:
                self._add(some, times)

    def _add(self, hashes: Hashes, counts: Counts | None) -> None:
        for row, columns in zip(self._table, self.columns(hashes), strict=True):
            row += np.bincount(columns, weights=counts, minlength=self.width).astype(np.uint32)

    def _raise(self, hashes: Hashes, counts: Counts | None) -> None:
        """Every key of the batch at once: each ends at no less than what it was known to have, plus its own."""
        keys, where = np.unique(hashes, return_inverse=True)
        own = np.bincount(where, weights=counts, minlength=len(keys)).astype(np.uint32)
        columns = self.columns(keys)
        least = np.minimum.reduce([row[at] for row, at in zip(self._table, columns, strict=True)]) + own
        for row, at in zip(self._table, columns, strict=True):
            np.maximum.at(row, at, least)

    def estimate(self, hashes: Hashes) -> Counts:
        """At least the count of every key."""
        rows = [row[at] for row, at in zip(self._table, self.columns(hashes), strict=True)]
        least: Counts = np.minimum.reduce(rows).astype(np.int64)
        return least

    # One key

    def cells(self, key: int) -> tuple[int, ...]:
        """The column of this key in every row."""
        return tuple(
            ((((key * factor + shift) & MASK) >> 32) * self.width) >> 32
            for factor, shift in zip(self._factors, self._shifts, strict=True)
        )

    def read(self, cells: Sequence[int]) -> int:
        """The least of these counters, one per row."""
        return min(self._table.item(row, column) for row, column in enumerate(cells))

    def raise_to(self, cells: Sequence[int], count: int) -> None:
        """Make each of these counters at least `count`; the total is left alone."""
        for row, column in enumerate(cells):
            if self._table.item(row, column) < count:
                self._table[row, column] = count

    def add_one(self, cells: Sequence[int], count: int = 1) -> None:
        """Count the key with these cells `count` times."""
        self.total += count
        if self.conservative:
            self.raise_to(cells, self.read(cells) + count)
            return
        for row, column in enumerate(cells):
            self._table[row, column] += count

    def values(self, cells: Sequence[int]) -> tuple[int, ...]:
        """These counters, one per row."""
        return tuple(self._table.item(row, column) for row, column in enumerate(cells))

    def write(self, cells: Sequence[int], values: Sequence[int]) -> None:
        """Set these counters; what others added since they were read is lost."""
        for row, (column, value) in enumerate(zip(cells, values, strict=True)):
            self._table[row, column] = value

    # The whole

    def clear(self) -> None:
        """All counters back to 0."""
        self._table[:] = 0
        self.total = 0

    def take(self, other: CountMin) -> None:
        """Become equal to `other`, which has the same shape."""
        self._table[:] = other._table
        self.total = other.total

    @property
    def rows(self) -> npt.NDArray[np.uint32]:
        """The counters, `depth` by `width`; not to be changed."""
        return self._table

    @property
    def nbytes(self) -> int:
        """Memory of the counters in bytes; depends on width and depth alone."""
        return int(self._table.nbytes)

    @property
    def epsilon(self) -> float:
        """The error as a share of everything counted: e / width."""
        return math.e / self.width

    @property
    def delta(self) -> float:
        """The chance that one estimate is further off than `error_bound`: e ** -depth."""
        return math.exp(-self.depth)

    @property
    def error_bound(self) -> float:
        """How much too large an estimate may be, but for the chance `delta`: epsilon times everything counted."""
        return self.epsilon * self.total


def width_for(epsilon: float) -> int:
    """The least width whose error is at most `epsilon` (0 < epsilon < 1) of everything counted.

    >>> width_for(0.01)
    272
    """
    return math.ceil(math.e / epsilon)


def depth_for(delta: float) -> int:
    """The least depth that misses the bound with a chance of at most `delta` (0 < delta < 1).

    >>> depth_for(0.01)
    5
    """
    return max(1, math.ceil(math.log(1 / delta)))
