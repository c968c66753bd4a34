"""Posting lists as roaring bitmaps, on shards: what may be found by tag without the database.

S. Chambi, D. Lemire, O. Kaser, R. Godin, "Better bitmap performance with Roaring bitmaps", 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pyroaring import BitMap

from designs.tagging_service.config import Config
from designs.tagging_service.engine.names import Wanted
from designs.tagging_service.engine.nodes import SERVICE, shard_id
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext

ALL, ACTIVE = 0, -1  # lists that are no tag's: every item, and the active ones

Touch = Callable[[int, str], None]
ListOf = Callable[[int], BitMap]


@dataclass(frozen=True, slots=True)
class FanOut:
    """Where a query went: shards, lists that were read there, ids and bytes that travelled back."""

    asked: tuple[int, ...] = ()
    lists: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    bytes: tuple[int, ...] = ()


def combine(wanted: Wanted, list_of: ListOf) -> BitMap:
    """What answers a query, from the lists of its tags; the smallest first, so that little is left early."""
    needed = sorted((list_of(tag.id) for tag in wanted.all), key=len)
    if wanted.active or not needed:
        needed.insert(0, list_of(ACTIVE if wanted.active else ALL))
    found = needed[0].copy()
    for one in needed[1:]:
        found &= one
    if wanted.any:
        found &= BitMap.union(*(list_of(tag.id) for tag in wanted.any))
    for tag in wanted.none:
        found -= list_of(tag.id)
    return found


class BitmapIndex:
    """The bitmaps of each shard, in memory; rebuilt from the pairs whenever the engine opens."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.shards: list[dict[int, BitMap]] = [{}]
        self.place: Callable[[int, int], int] = lambda item, tag: 0
        self.writes: list[int] = [0]
        self.reads: list[int] = [0]
        self.last = FanOut()
        self.recent = [SlidingCounter(seconds=10)]

    def build(
        self, lists: Mapping[int, Iterable[int]], *, shards: int, place: Callable[[int, int], int]
    ) -> None:
        """Begin anew with these lists of items by tag, placed by that rule."""
        self.place = place
        self.shards = [{} for _ in range(shards)]
        self.writes, self.reads = [0] * shards, [0] * shards
        self.last = FanOut()
        self.recent = [SlidingCounter(seconds=10) for _ in range(shards)]
        for tag, items in lists.items():
            self.load(tag, items)

    def load(self, tag: int, items: Iterable[int]) -> None:
        """These, and no others, have the tag."""
        parts: dict[int, list[int]] = {}
        for item in items:
            parts.setdefault(self.place(item, tag), []).append(item)
        for number, shard in enumerate(self.shards):
            if part := parts.get(number):
                shard[tag] = BitMap(part)
            else:
                shard.pop(tag, None)

    def set(self, item: int, tag: int, *, present: bool) -> int:
        """The item has the tag, or not; which shard was written. `Unavailable` when that is down."""
        number = self.place(item, tag)
        self._context.node(shard_id(number)).touch("set" if present else "clear", "ok", source=self.writer)
        self.writes[number] += 1
        self.recent[number].add(self._context.clock.monotonic())
        shard = self.shards[number]
        if present:
            shard.setdefault(tag, BitMap()).add(item)
        elif tag in shard:
            shard[tag].discard(item)
        return number

    @property
    def writer(self) -> str:
        """Who writes here."""
        return "feed" if "feed" in self._context.nodes else SERVICE

    def list_on(self, number: int, tag: int) -> BitMap:
        """The part of a tag's list that lies on a shard."""
        return self.shards[number].get(tag) or BitMap()

    def list_of(self, tag: int) -> BitMap:
        """The whole list of a tag."""
        parts = [shard[tag] for shard in self.shards if tag in shard]
        return BitMap.union(*parts) if parts else BitMap()

    def touch(self, number: int, what: str) -> None:
        """A query reads there. `Unavailable` when that shard is down."""
        self._context.node(shard_id(number)).touch(what, "ok", source=SERVICE)
        self.reads[number] += 1
        self.recent[number].add(self._context.clock.monotonic())

    def hottest(self) -> float:
        """The share of the load of the last ten seconds that the busiest shard has, 0..100 %."""
        now = self._context.clock.monotonic()
        loads = [sum(one.series(now)) for one in self.recent]
        return 100 * max(loads) / sum(loads) if sum(loads) else 0.0

    @property
    def bytes(self) -> int:
        """What the bitmaps take, serialised."""
        return sum(len(one.serialize()) for shard in self.shards for one in shard.values())


def untouched(number: int, what: str) -> None:
    """Reads on nobody's behalf: what panels and checks look at is no traffic."""
