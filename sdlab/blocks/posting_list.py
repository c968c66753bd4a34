"""Posting lists: sorted ids with skip pointers, and walks over several of them that tell every step.

Manning, Raghavan, Schütze, "Introduction to Information Retrieval", 2008, sections 1.3 (merging),
2.3 (skip pointers) and 5.3 (gaps in variable bytes).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["next", "skip", "overshoot", "match"]

SEVEN_BITS = 0x7F
MORE = 0x80


class PostingList:
    """The ids under one term, ascending and without doubles; every `span`-th has a skip pointer.

    Ids are >= 0. A pointer leads `span` entries on; `span` is the root of the length, so that
    neither the pointers nor the entries between two of them become many.

    >>> PostingList([7, 3, 3, 9]).ids
    (3, 7, 9)
    """

    __slots__ = ("_ids",)

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._ids = sorted(set(ids))
        if self._ids and self._ids[0] < 0:
            raise ValueError("an id is 0 or more")

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, wanted: int) -> bool:
        at = bisect_left(self._ids, wanted)
        return at < len(self._ids) and self._ids[at] == wanted

    def __getitem__(self, at: int) -> int:
        return self._ids[at]

    @property
    def ids(self) -> tuple[int, ...]:
        """All ids, ascending."""
        return tuple(self._ids)

    @property
    def span(self) -> int:
        """How many entries a skip pointer leads on."""
        return max(1, math.isqrt(len(self._ids)))

    def pointer(self, at: int) -> int | None:
        """Where the skip pointer of the entry at that position leads; None where it has none."""
        span = self.span
        target = at + span
        return target if span > 1 and at % span == 0 and target < len(self._ids) else None

    def add(self, new: int) -> bool:
        """Put an id in its place; False when it is there already. `ValueError` below 0."""
        if new < 0:
            raise ValueError("an id is 0 or more")
        at = bisect_left(self._ids, new)
        if at < len(self._ids) and self._ids[at] == new:
            return False
        self._ids.insert(at, new)
        return True

    def remove(self, old: int) -> bool:
        """Take an id out; False when it is not there."""
        if old not in self:
            return False
        del self._ids[bisect_left(self._ids, old)]
        return True

    def compressed(self) -> bytes:
        """The gaps between the ids, each in as many bytes of seven bits as it needs."""
        return encode(self._ids)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry that a walk looked at, in the list with that number: from which position, which, its id.

    next: the following entry. skip: where a skip pointer leads, which is not too far, so the walk
    goes there. overshoot: where a skip pointer leads, which is too far, so it stays. match: `id` is
    part of the answer; nothing new is looked at.
    """

    kind: Kind
    which: int
    start: int
    at: int
    id: int

    @property
    def passed(self) -> int:
        """Entries that were jumped over without a look."""
        return self.at - self.start - 1 if self.kind == "skip" else 0


@dataclass(slots=True)
class Walk:
    """What came out of a walk: the answer, what it cost, and its first steps."""

    found: list[int] = field(default_factory=list)
    visited: int = 0
    skipped: int = 0
    steps: list[Step] = field(default_factory=list)


def follow(steps: Iterable[Step], *, keep: int = 0) -> Walk:
    """Walk to the end; of the steps only the first `keep` are kept.

    >>> follow(intersection([PostingList([1, 4, 9]), PostingList([4, 9, 16])])).found
    [4, 9]
    """
    walk = Walk()
    for step in steps:
        if step.kind == "match":
            walk.found.append(step.id)
        else:
            walk.visited += 1
            walk.skipped += step.passed
        if len(walk.steps) < keep:
            walk.steps.append(step)
    return walk


def intersection(lists: Sequence[PostingList]) -> Iterator[Step]:
    """Walk to what is in every list, ascending. Begins with the shortest; no list at all has no answer.

    An id of the shortest that another list has not is given up at once, and the shortest goes on to
    the first id that this other list still has.
    """
    if not lists or not all(len(one) for one in lists):
        return
    order = sorted(range(len(lists)), key=lambda which: len(lists[which]))
    reading = [_Cursor(which, lists[which]) for which in order]
    first = reading[0]
    yield from first.seek(0)
    while not first.ended:
        wanted = first.id
        for other in reading[1:]:
            yield from other.seek(wanted)
            if other.ended:
                return
            if other.id > wanted:
                yield from first.seek(other.id)
                break
        else:
            yield Step("match", first.which, first.at, first.at, wanted)
            yield from first.seek(wanted + 1)


def union(lists: Sequence[PostingList]) -> Iterator[Step]:
    """Walk to what is in any list, ascending. Every entry of every list is looked at."""
    reading = [_Cursor(which, one) for which, one in enumerate(lists)]
    for one in reading:
        yield from one.seek(0)
    while open_ones := [one for one in reading if not one.ended]:
        least = min(open_ones, key=lambda one: one.id)
        found = least.id
        yield Step("match", least.which, least.at, least.at, found)
        for one in open_ones:
            if one.id == found:
                yield from one.seek(found + 1)


def difference(first: PostingList, others: Sequence[PostingList]) -> Iterator[Step]:
    """Walk to what is in `first` (list 0) and in none of the others (lists 1, 2, …), ascending."""
    kept = _Cursor(0, first)
    against = [_Cursor(which, one) for which, one in enumerate(others, start=1)]
    yield from kept.seek(0)
    while not kept.ended:
        wanted = kept.id
        for other in against:
            yield from other.seek(wanted)
            if not other.ended and other.id == wanted:
                break
        else:
            yield Step("match", 0, kept.at, kept.at, wanted)
        yield from kept.seek(wanted + 1)


class _Cursor:
    """A place in one list; only ever moves on."""

    __slots__ = ("at", "ids", "which")

    def __init__(self, which: int, ids: PostingList) -> None:
        self.which = which
        self.ids = ids
        self.at = -1

    @property
    def ended(self) -> bool:
        return self.at >= len(self.ids)

    @property
    def id(self) -> int:
        return self.ids[self.at]

    def seek(self, wanted: int) -> Iterator[Step]:
        """Go on to the first id that is not below `wanted`, or to the end."""
        while not self.ended and (self.at < 0 or self.id < wanted):
            target = self.ids.pointer(self.at) if self.at >= 0 else None
            if target is not None:
                near = self.ids[target] <= wanted
                yield Step("skip" if near else "overshoot", self.which, self.at, target, self.ids[target])
                if near:
                    self.at = target
                    continue
            self.at += 1
            if not self.ended:
                yield Step("next", self.which, self.at - 1, self.at, self.id)


def encode(ids: Sequence[int]) -> bytes:
    """Ascending ids as gaps, low seven bits first, the eighth bit set where more bytes follow.

    >>> list(encode([5, 6, 306]))
    [5, 1, 172, 2]
    """
    out = bytearray()
    before = 0
    for one in ids:
        gap = one - before
        if gap < 0:
            raise ValueError("ids ascend")
        before = one
        while gap > SEVEN_BITS:
            out.append(gap & SEVEN_BITS | MORE)
            gap >>= 7
        out.append(gap)
    return bytes(out)


def decode(packed: bytes) -> list[int]:
    """The ids that `encode` packed. `ValueError` where the last one is cut off."""
    ids: list[int] = []
    before = gap = shift = 0
    for byte in packed:
        gap |= (byte & SEVEN_BITS) << shift
        shift += 7
        if not byte & MORE:
            before += gap
            ids.append(before)
            gap = shift = 0
    if shift:
        raise ValueError("the last id is cut off")
    return ids
