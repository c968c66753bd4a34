"""The price thresholds of one stock, sorted: a move of the price touches those that it crosses, and no others.

Two sorted arrays, searched by bisection (D. Knuth, The Art of Computer Programming, volume 3, 6.2.1).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Threshold(NamedTuple):
    """A price (a whole number) to be reached from below (`above`: the price has to be that or more), or from above."""

    above: bool
    price: int
    id: int


class Crossed(NamedTuple):
    """The ids of the thresholds that a move has crossed, and how many entries were looked at to find them."""

    ids: list[int]
    touched: int


class _Side:
    """Prices in order, and beside them the ids; equal prices by id."""

    __slots__ = ("ids", "prices")

    def __init__(self) -> None:
        self.prices = array("q")
        self.ids = array("q")

    def place(self, price: int, id: int) -> int:
        """Where that entry is, or belongs."""
        low, high = bisect_left(self.prices, price), bisect_right(self.prices, price)
        return bisect_left(self.ids, id, low, high)

    def has(self, at: int, price: int, id: int) -> bool:
        """Whether the entry at that place is this one."""
        return at < len(self.ids) and self.ids[at] == id and self.prices[at] == price


class Thresholds:
    """Thresholds of one stock. An entry is its side, price and id, and is there once.

    `crossed(old, new)` gives every `above` with `old < price <= new`, or every `below` with
    `new <= price < old`, the one that is reached first in front, after two bisections.

    >>> some = Thresholds([Threshold(True, 105, 1), Threshold(True, 110, 2), Threshold(False, 95, 3)])
    >>> some.crossed(100, 107).ids, some.crossed(107, 90).ids, some.crossed(100, 100).ids
    ([1], [3], [])
    """

    def __init__(self, entries: Iterable[Threshold] = ()) -> None:
        self._above, self._below = _Side(), _Side()
        for above, price, id in sorted(set(entries)):
            side = self._side(above)
            side.prices.append(price)
            side.ids.append(id)

    def __len__(self) -> int:
        return len(self._above.ids) + len(self._below.ids)

    def __contains__(self, entry: Threshold) -> bool:
        side = self._side(entry.above)
        return side.has(side.place(entry.price, entry.id), entry.price, entry.id)

    def add(self, entry: Threshold) -> bool:
        """Put it in its place; false when it was there."""
        side = self._side(entry.above)
        at = side.place(entry.price, entry.id)
        if side.has(at, entry.price, entry.id):
            return False
        side.prices.insert(at, entry.price)
        side.ids.insert(at, entry.id)
        return True

    def remove(self, entry: Threshold) -> bool:
        """Take it out; false when it was not there."""
        side = self._side(entry.above)
        at = side.place(entry.price, entry.id)
        if not side.has(at, entry.price, entry.id):
            return False
        del side.prices[at], side.ids[at]
        return True

    def crossed(self, old: int, new: int) -> Crossed:
        """What a move of the price from `old` to `new` has crossed; it stays in its place."""
        side = self._side(new > old)
        if new > old:
            low, high = bisect_right(side.prices, old), bisect_right(side.prices, new)
            ids = side.ids[low:high].tolist()
        else:
            low, high = bisect_left(side.prices, new), bisect_left(side.prices, old)
            ids = side.ids[low:high].tolist()
            ids.reverse()
        return Crossed(ids, len(ids) + 2 * len(side.ids).bit_length())

    def _side(self, above: bool) -> _Side:
        return self._above if above else self._below

    def check(self) -> None:
        """`AssertionError` unless both sides are in order."""
        for side in (self._above, self._below):
            pairs = list(zip(side.prices, side.ids, strict=True))
            assert pairs == sorted(set(pairs))
