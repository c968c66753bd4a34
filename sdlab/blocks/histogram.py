"""A latency histogram with logarithmic buckets: constant memory, bounded relative error.

The idea is that of HdrHistogram (https://hdrhistogram.org) and DDSketch: bucket edges grow by
a constant factor, so a quantile read back is wrong by at most that factor.
"""

from __future__ import annotations

import math

GROWTH = 1.12
SMALLEST = 0.001
BUCKETS = 160


class LogHistogram:
    """Counts positive values; `quantile(q)` is within `GROWTH` of the true value.

    Values below `SMALLEST` count as `SMALLEST`; values above the last edge (some 70,000 in
    the unit of the caller) count as the last edge.

    >>> h = LogHistogram()
    >>> for ms in range(1, 101): h.add(ms)
    >>> 50 / GROWTH <= h.quantile(0.5) <= 50 * GROWTH
    True
    """

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * BUCKETS
        self.total = 0

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bucket_of(value)] += 1
        self.total += 1

    def quantile(self, q: float) -> float:
        """The value below which a share `q` (0..1) of the counted ones lies; 0 when empty."""
        if not self.total:
            return 0.0
        rank = max(1, math.ceil(q * self.total))
        seen = 0
        for index, count in enumerate(self.counts):
            seen += count
            if seen >= rank:
                return middle_of(index)
        raise AssertionError("the counts add up to the total")

    def merge(self, other: LogHistogram) -> None:
        """Add the other's counts to this one."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        self.total += other.total


_SCALE = 1 / math.log(GROWTH)
_OFFSET = math.log(SMALLEST)


def bucket_of(value: float) -> int:
    """Which bucket counts this value."""
    if value <= SMALLEST:
        return 0
    return min(BUCKETS - 1, int((math.log(value) - _OFFSET) * _SCALE))


def middle_of(index: int) -> float:
    """The geometric middle of a bucket."""
    return float(SMALLEST * GROWTH ** (index + 0.5))


def edge_of(index: int) -> float:
    """The lower edge of a bucket."""
    return float(SMALLEST * GROWTH**index)
