"""Who follows whom: a power-law graph from a seed, and what members have changed since.

Popularity falls with rank like 1 / (rank + shift), as in M. Newman, "Power laws, Pareto distributions
and Zipf's law", 2005: a handful of accounts has most of the followers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

MEMBERS = 2000
FOLLOWS = 36_000
SHIFT = 4
SEED = 15

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class FollowEdges:
    """The follows that a graph begins with, in both directions, as rows that lie one behind the other."""

    size: int
    follows: int
    _to: Numbers
    _to_starts: Numbers
    _by: Numbers
    _by_starts: Numbers

    def followees(self, member: int) -> list[int]:
        """Whom this member follows, in order of their numbers."""
        found: list[int] = self._to[self._to_starts[member] : self._to_starts[member + 1]].tolist()
        return found

    def followers(self, member: int) -> list[int]:
        """Who follows this member, in order of their numbers."""
        found: list[int] = self._by[self._by_starts[member] : self._by_starts[member + 1]].tolist()
        return found

    def popularity(self) -> Numbers:
        """How many followers each member has."""
        return np.diff(self._by_starts).astype(np.int32)


def power_law(size: int, follows: int, *, seed: int, shift: int = SHIFT) -> FollowEdges:
    """About `follows` different pairs among `size` members; the same seed gives the same ones.

    Who follows is drawn evenly, who is followed by popularity; member 0 is the most popular.

    >>> edges = power_law(500, 4000, seed=1)
    >>> len(edges.followers(0)) > 10 * len(edges.followers(499))
    True
    >>> all(member not in edges.followees(member) for member in range(500))
    True
    """
    rng = np.random.default_rng(seed)
    weights = np.cumsum(1.0 / (np.arange(size) + 1 + shift))
    pairs = np.empty(0, dtype=np.int64)
    while len(pairs) < follows:
        wanted = follows - len(pairs)
        fans = rng.integers(0, size, size=wanted + wanted // 8 + 8)
        stars = np.searchsorted(weights, rng.random(len(fans)) * weights[-1])
        fresh = (fans * size + stars)[fans != stars]
        pairs = np.unique(np.concatenate([pairs, fresh]))
    pairs = np.sort(rng.choice(pairs, follows, replace=False))
    fans, stars = np.divmod(pairs, size)
    order = np.argsort(stars, kind="stable")
    return FollowEdges(
        size=size,
        follows=follows,
        _to=stars.astype(np.int32),
        _to_starts=_starts(fans, size),
        _by=fans[order].astype(np.int32),
        _by_starts=_starts(stars, size),
    )


def _starts(rows: npt.NDArray[np.int64], size: int) -> Numbers:
    counts = np.bincount(rows, minlength=size)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


@cache
def room_edges() -> FollowEdges:
    """The graph that every room begins with."""
    return power_law(MEMBERS, FOLLOWS, seed=SEED)


class FollowGraph:
    """The follows of a room: those it began with, and every change made since."""

    def __init__(self, edges: FollowEdges) -> None:
        self.edges = edges
        self.size = edges.size
        self._followers: dict[int, set[int]] = {}
        self._followees: dict[int, set[int]] = {}
        self._moved: defaultdict[int, int] = defaultdict(int)
        self._popularity = edges.popularity()

    def load(self, changes: Iterable[tuple[int, int, bool]]) -> None:
        """Apply stored changes: triples of follower, followee and whether one follows the other now."""
        for follower, followee, follows in changes:
            self.put(follower, followee, follows=follows)

    def put(self, follower: int, followee: int, *, follows: bool) -> bool:
        """Make it so; whether that changed anything."""
        fans, stars = self._fans(followee), self._stars(follower)
        if (follower in fans) == follows:
            return False
        if follows:
            fans.add(follower)
            stars.add(followee)
        else:
            fans.discard(follower)
            stars.discard(followee)
        self._moved[followee] += 1 if follows else -1
        return True

    def follows(self, follower: int, followee: int) -> bool:
        """Whether one follows the other."""
        return followee in self._stars(follower)

    def followers(self, member: int) -> list[int]:
        """Who follows this member now."""
        changed = self._followers.get(member)
        return self.edges.followers(member) if changed is None else sorted(changed)

    def followees(self, member: int) -> set[int]:
        """Whom this member follows now; not to be changed."""
        return self._stars(member)

    def popularity(self, member: int) -> int:
        """How many followers this member has now."""
        return int(self._popularity[member]) + self._moved.get(member, 0)

    def popular(self, threshold: int) -> int:
        """How many members have more than `threshold` followers now."""
        crossed = sum(
            int(self.popularity(one) > threshold) - int(self._popularity[one] > threshold)
            for one in self._moved
        )
        return int((self._popularity > threshold).sum()) + crossed

    def _fans(self, member: int) -> set[int]:
        if member not in self._followers:
            self._followers[member] = set(self.edges.followers(member))
        return self._followers[member]

    def _stars(self, member: int) -> set[int]:
        if member not in self._followees:
            self._followees[member] = set(self.edges.followees(member))
        return self._followees[member]
