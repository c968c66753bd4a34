"""The first k of many ranked lists, read from their heads: a k-way merge that stops early.

D. E. Knuth, "The Art of Computer Programming" vol. 3, section 5.4.1: a heap over the heads.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

Ranked = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Merged:
    """The result, and how many entries of the lists were looked at."""

    first: list[Ranked]
    read: int


def merge_ranked(lists: Sequence[Sequence[Ranked]], k: int) -> Merged:
    """The `k` largest entries of `lists`, each of which is ranked (largest count first).

    When no key is in two lists, and each list holds the k largest of its part, this is the first k
    of everything. It looks at no more than `k + len(lists)` entries. Keys that are in two lists
    make it wrong: their counts would have to be added, and for that the lists are too short.

    >>> merge_ranked([[("a", 5), ("b", 1)], [("c", 4), ("d", 3)]], 3)
    Merged(first=[('a', 5), ('c', 4), ('d', 3)], read=4)
    """
    heads = [(-one[0][1], one[0][0], place, 0) for place, one in enumerate(lists) if one]
    heapq.heapify(heads)
    first: list[Ranked] = []
    read = len(heads)
    while heads and len(first) < k:
        count, key, place, at = heads[0]
        first.append((key, -count))
        if len(first) == k:
            break
        if at + 1 < len(lists[place]):
            key, count = lists[place][at + 1]
            heapq.heapreplace(heads, (-count, key, place, at + 1))
            read += 1
        else:
            heapq.heappop(heads)
    return Merged(first, read)
