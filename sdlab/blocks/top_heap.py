"""The k keys with the largest counts seen so far: a heap with the smallest of them on top.

J. W. J. Williams, "Algorithm 232: Heapsort", CACM 7 (1964), with an index of positions so that a
key already on the heap can be moved. Beside a sketch it answers "which keys?", which a sketch cannot.
"""

from __future__ import annotations

import sys
from collections.abc import Callable


class TopHeap:
    """At most `capacity` (>= 1) keys with their counts; the smallest count is at place 0.

    After `offer(key, count)` the key is on the heap if there was room, if it was on it already,
    or if `count` is larger than the smallest count on it, whose key then leaves.

    >>> heap = TopHeap(2)
    >>> for key, count in (("a", 3), ("b", 1), ("c", 2)): heap.offer(key, count)
    True
    True
    True
    >>> heap.ranked()
    [('a', 3), ('c', 2)]
    """

    __slots__ = ("_at", "_places", "capacity")

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a heap holds at least one key")
        self.capacity = capacity
        self._places: list[tuple[int, str]] = []
        self._at: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._at

    @property
    def least(self) -> int:
        """The smallest count on a full heap, 0 while there is room: what a new key must exceed."""
        return self._places[0][0] if len(self._places) == self.capacity else 0

    def offer(self, key: str, count: int) -> bool:
        """Tell the heap that `key` now has `count`; whether it is on the heap afterwards."""
        place = self._at.get(key)
        if place is not None:
            self._put(place, (count, key))
            self._settle(place)
            return True
        if len(self._places) < self.capacity:
            self._places.append((count, key))
            self._at[key] = len(self._places) - 1
            self._up(len(self._places) - 1)
            return True
        if count <= self._places[0][0]:
            return False
        del self._at[self._places[0][1]]
        self._put(0, (count, key))
        self._down(0)
        return True

    def recount(self, count_of: Callable[[str], int]) -> None:
        """Give every key its present count; keys with none left leave."""
        counted = [(count_of(key), key) for _, key in self._places]
        self._places = sorted(one for one in counted if one[0] > 0)  # a sorted list is a heap
        self._at = {key: place for place, (_, key) in enumerate(self._places)}

    def ranked(self, k: int | None = None) -> list[tuple[str, int]]:
        """Keys with counts, largest first; equal counts in the order of their keys."""
        ordered = sorted(self._places, key=lambda one: (-one[0], one[1]))
        return [(key, count) for count, key in ordered[:k]]

    def places(self) -> list[tuple[str, int]]:
        """The heap as it lies: the children of place n are at 2n+1 and 2n+2."""
        return [(key, count) for count, key in self._places]

    @property
    def nbytes(self) -> int:
        """Memory of the heap, its positions, its keys and counts, in bytes."""
        entries = sum(map(_weighed, self._places))
        return sys.getsizeof(self._places) + sys.getsizeof(self._at) + entries

    @staticmethod
    def most_bytes(capacity: int, *, name_bytes: int) -> int:
        """What a heap of that capacity may take at most, when a key takes `name_bytes` at most.

        Lists and tables are allocated for more than they hold: a list for an eighth more, a table from
        which keys come and go for up to four times as many.
        """
        places = sys.getsizeof([]) + (2 * capacity + 16) * 8
        at = sys.getsizeof(dict.fromkeys(range(4 * capacity + 8)))
        return places + at + capacity * (sys.getsizeof((0, "")) + sys.getsizeof(1 << 60) + name_bytes)

    def copy(self) -> TopHeap:
        """The same heap, independent from now on."""
        other = TopHeap(self.capacity)
        other._places, other._at = list(self._places), dict(self._at)
        return other

    def _put(self, place: int, entry: tuple[int, str]) -> None:
        self._places[place] = entry
        self._at[entry[1]] = place

    def _settle(self, place: int) -> None:
        self._down(self._up(place))

    def _up(self, place: int) -> int:
        entry = self._places[place]
        while place and entry < self._places[(place - 1) // 2]:
            self._put(place, self._places[(place - 1) // 2])
            place = (place - 1) // 2
        self._put(place, entry)
        return place

    def _down(self, place: int) -> None:
        entry, size = self._places[place], len(self._places)
        while (child := 2 * place + 1) < size:
            if child + 1 < size and self._places[child + 1] < self._places[child]:
                child += 1
            if entry <= self._places[child]:
                break
            self._put(place, self._places[child])
            place = child
        self._put(place, entry)


def _weighed(entry: tuple[int, str]) -> int:
    count, key = entry
    return sys.getsizeof(entry) + sys.getsizeof(count) + sys.getsizeof(key)
