"""A sliding window as a ring of sub-windows: old counts leave in whole slices, not one by one.

M. Datar, A. Gionis, P. Indyk and R. Motwani, "Maintaining stream statistics over sliding windows",
SIAM J. Comput. 31 (2002), discuss the trade: the more slices, the smoother, and the more memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

B = TypeVar("B")


class SubWindows(Generic[B]):
    """The last `seconds` as `count` (>= 1) slices of equal width; each slice is a `B` made by `make`.

    At any time the live slices cover between `seconds - seconds / count` and `seconds`. With one
    slice this is a tumbling window, which begins from nothing every `seconds`.

    >>> ring = SubWindows(seconds=60, count=6, make=list)
    >>> ring.at(5.0).append("a"); ring.at(31.0).append("b")
    >>> [bucket for _, bucket in ring.roll(65.0)], [bucket for _, bucket in ring.live()]
    ([['a']], [['b']])
    """

    __slots__ = ("_make", "_rolled", "_slices", "count", "newest", "seconds", "width")

    def __init__(self, *, seconds: float, count: int, make: Callable[[], B]) -> None:
        if count < 1 or seconds <= 0:
            raise ValueError("a window has a length and at least one slice")
        self.seconds = seconds
        self.count = count
        self.width = seconds / count
        self.newest = 0
        self._rolled = 0
        self._make = make
        self._slices: dict[int, B] = {}

    def number(self, t: float) -> int:
        """The number of the slice that `t` (seconds) falls into."""
        return math.floor(t / self.width)

    def at(self, t: float) -> B | None:
        """The slice of `t`, made if need be; None when it has left the window. Call `roll` first."""
        return self.slice(self.number(t))

    def slice(self, number: int) -> B | None:
        """The slice of that number, made if need be; None when it is not of this window."""
        self.newest = max(self.newest, number)
        if number <= self.newest - self.count:
            return None
        found = self._slices.get(number)
        if found is None:
            found = self._slices[number] = self._make()
        return found

    def roll(self, now: float) -> list[tuple[int, B]]:
        """Let time go on to `now`; returns the slices that have left the window. Time never goes back."""
        self.newest = max(self.newest, self.number(now))
        if self._rolled == self.newest or not self._slices:
            return []
        self._rolled = self.newest
        gone = sorted(number for number in self._slices if number <= self.newest - self.count)
        return [(number, self._slices.pop(number)) for number in gone]

    def live(self) -> Iterator[tuple[int, B]]:
        """The slices that hold something, with their numbers, in the order they were made."""
        return iter(self._slices.items())

    def peek(self, number: int) -> B | None:
        """The slice of that number if it is there; makes nothing."""
        return self._slices.get(number)

    def __len__(self) -> int:
        return len(self._slices)
