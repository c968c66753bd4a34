"""Which shard has a key: a consistent-hash ring with virtual nodes, and its twin, the remainder.

Karger et al., "Consistent hashing and random trees", STOC 1997. Adding an n-th shard to a ring
moves about 1/n of the keys; with `hash mod n` it moves about (n-1)/n of them.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SPACE = 1 << 64


def hash64(text: str) -> int:
    """A stable 64-bit hash; the same in every process and on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the key space, `start` <= x < `end`, both in 0..1, that belongs to `owner`."""

    start: float
    end: float
    owner: int


class Placement(Protocol):
    """A fixed rule from keys to owners."""

    owners: tuple[int, ...]

    def owner(self, key: str) -> int:
        """Who has this key; always the same answer."""
        ...

    def segments(self) -> tuple[Segment, ...]:
        """The key space as owned stretches, in order, without gaps."""
        ...


class HashRing:
    """Each owner stands at `virtual_nodes` places of a circle; a key belongs to the next place after it.

    >>> ring = HashRing([0, 1, 2])
    >>> ring.owner("aZ3kP9q") in (0, 1, 2)
    True
    """

    def __init__(self, owners: Sequence[int], *, virtual_nodes: int = 64) -> None:
        if not owners or virtual_nodes < 1:
            raise ValueError("a ring needs an owner and a place for it")
        self.owners = tuple(owners)
        self.virtual_nodes = virtual_nodes
        places = sorted((hash64(f"{one}#{n}"), one) for one in owners for n in range(virtual_nodes))
        self._places = [place for place, _ in places]
        self._owners = [one for _, one in places]

    def owner(self, key: str) -> int:
        """The owner of the first place after the key's hash, around the end if need be."""
        return self._owners[bisect_right(self._places, hash64(key)) % len(self._owners)]

    def segments(self) -> tuple[Segment, ...]:
        """The arcs between places, neighbours of one owner joined."""
        joined: list[Segment] = []
        starts = [0.0, *(place / SPACE for place in self._places)]
        ends = [*starts[1:], 1.0]
        for start, end, owner in zip(starts, ends, [*self._owners, self._owners[0]], strict=True):
            if joined and joined[-1].owner == owner:
                joined[-1] = Segment(joined[-1].start, end, owner)
            else:
                joined.append(Segment(start, end, owner))
        return tuple(joined)


class ModuloMap:
    """The remainder of the key's hash picks the owner: simplest, evenest, and nearly all keys move.

    >>> ModuloMap([0, 1]).owner("aZ3kP9q") in (0, 1)
    True
    """

    def __init__(self, owners: Sequence[int]) -> None:
        if not owners:
            raise ValueError("somebody must own the keys")
        self.owners = tuple(owners)

    def owner(self, key: str) -> int:
        """The owner at place `hash mod n`."""
        return self.owners[hash64(key) % len(self.owners)]

    def segments(self) -> tuple[Segment, ...]:
        """One equal share per owner: of the remainders, not of neighbouring hashes."""
        n = len(self.owners)
        return tuple(Segment(i / n, (i + 1) / n, owner) for i, owner in enumerate(self.owners))


def share_moved(keys: Sequence[str], before: Placement, after: Placement) -> float:
    """The share of `keys` (0..1) whose owner differs; 0 for no keys."""
    if not keys:
        return 0.0
    return sum(before.owner(key) != after.owner(key) for key in keys) / len(keys)
