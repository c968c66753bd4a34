"""Counts that know their ranking: add to a key at once, read the largest k without sorting all.

Keys of equal count share a group, as in the stream-summary of A. Metwally, D. Agrawal and A. El
Abbadi, "Efficient computation of frequent and top-k elements in data streams", ICDT 2005, but with
every key kept, so that nothing is approximate.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterator


class RankedCounts:
    """A counter per key. `add` takes constant time; `top(k)` looks at k keys and the distinct counts.

    There are at most about sqrt(2 * total) distinct counts, so a ranking of a million keys costs
    hundreds of steps and not a million. Keys whose count falls to 0 or below are gone.

    >>> counts = RankedCounts()
    >>> for key in "abcab": counts.add(key)
    >>> counts.top(2), counts.total, len(counts)
    ([('a', 2), ('b', 2)], 5, 3)
    """

    __slots__ = ("_count", "_groups", "_key_bytes", "total")

    def __init__(self) -> None:
        self.total = 0
        self._count: dict[str, int] = {}
        self._groups: dict[int, dict[str, None]] = {}
        self._key_bytes = 0

    def add(self, key: str, by: int = 1) -> None:
        """Add `by`, which may be negative."""
        before = self._count.get(key, 0)
        after = max(0, before + by)
        if after == before:
            return
        self.total += after - before
        if before:
            self._leave(key, before)
        else:
            self._key_bytes += sys.getsizeof(key)
        if after:
            self._count[key] = after
            group = self._groups.get(after)
            if group is None:
                group = self._groups[after] = {}
            group[key] = None
        else:
            del self._count[key]
            self._key_bytes -= sys.getsizeof(key)

    def _leave(self, key: str, count: int) -> None:
        group = self._groups[count]
        del group[key]
        if not group:
            del self._groups[count]

    def get(self, key: str) -> int:
        """The count of a key, 0 for one that is unknown."""
        return self._count.get(key, 0)

    def top(self, k: int) -> list[tuple[str, int]]:
        """The `k` largest, largest first; equal counts in the order in which they came to that count."""
        found: list[tuple[str, int]] = []
        for count in heapq.nlargest(k, self._groups):
            for key in self._groups[count]:
                if len(found) == k:
                    return found
                found.append((key, count))
        return found

    def pairs(self) -> Iterator[tuple[str, int]]:
        """Every key with its count."""
        return iter(self._count.items())

    def __len__(self) -> int:
        return len(self._count)

    @property
    def distinct(self) -> int:
        """How many different counts there are."""
        return len(self._groups)

    @property
    def nbytes(self) -> int:
        """Memory of the tables, the groups and the keys in bytes; small whole numbers are shared and free."""
        groups = sum(map(sys.getsizeof, self._groups.values()))
        return sys.getsizeof(self._count) + sys.getsizeof(self._groups) + groups + self._key_bytes
