"""Where a post stands in time, and the entry that stands for it in every list.

All lists are Redis sorted sets with equal scores, which Redis then keeps in the order of their bytes. An
entry begins with fixed-width digits of its time and id, so that this order is the order of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

WIDTH = 10
MOST = 10**WIDTH - 1


class Position(NamedTuple):
    """Time in whole Unix seconds, then id, 0 to `MOST` each: no two posts share it, and it never changes."""

    at: int
    id: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as lists have it: where it stands, and who wrote it."""

    position: Position
    author: int

    @property
    def written(self) -> str:
        """The member of a sorted set.

        >>> Entry(Position(1_800_000_000, 42), 7).written
        '18000000000000000042:7'
        """
        return f"{self.position.at:0{WIDTH}d}{self.position.id:0{WIDTH}d}:{self.author}"


def read_entry(written: str) -> Entry:
    """The entry that was written so.

    >>> read_entry("18000000000000000042:7") == Entry(Position(1_800_000_000, 42), 7)
    True
    """
    position = Position(int(written[:WIDTH]), int(written[WIDTH : 2 * WIDTH]))
    return Entry(position, int(written[2 * WIDTH + 1 :]))
