"""How the bitmap index is cut: not at all, by item, or by tag."""

from __future__ import annotations

import zlib
from typing import Protocol

from pyroaring import BitMap

from designs.tagging_service.config import Config
from designs.tagging_service.engine.bitmaps import ACTIVE, ALL, BitmapIndex, FanOut, Touch, combine
from designs.tagging_service.engine.names import Wanted
from sdlab.lab import EngineContext

ID_BYTES = 4


class Sharding(Protocol):
    """`shard` says where a pair lies among so many shards; `find` asks those that have something to say."""

    label: str
    tradeoff: str

    def shards(self, config: Config) -> int: ...

    def shard(self, item: int, tag: int, shards: int) -> int: ...

    def wrote(self, context: EngineContext[Config], number: int) -> None: ...

    def find(self, index: BitmapIndex, wanted: Wanted, touch: Touch) -> tuple[list[int], FanOut]: ...


def _fan_out(parts: dict[int, tuple[int, BitMap]]) -> FanOut:
    return FanOut(
        asked=tuple(parts),
        lists=tuple(lists for lists, _ in parts.values()),
        ids=tuple(len(found) for _, found in parts.values()),
        bytes=tuple(ID_BYTES * len(found) for _, found in parts.values()),
    )


class Unsharded:
    """One index has every list."""

    label = "One index"
    tradeoff = "Nothing travels; memory and writes end at one machine."

    def shards(self, config: Config) -> int:
        return 1

    def shard(self, item: int, tag: int, shards: int) -> int:
        return 0

    def wrote(self, context: EngineContext[Config], number: int) -> None:
        context.decide("one index has every list: it is written there")

    def find(self, index: BitmapIndex, wanted: Wanted, touch: Touch) -> tuple[list[int], FanOut]:
        touch(0, "AND")
        found = combine(wanted, lambda tag: index.list_on(0, tag))
        return list(found), _fan_out({0: (len(wanted.tags), found)})


class ByItem:
    """A shard has all lists, of its own items only: every query goes to all of them."""

    label = "By item: scatter and gather"
    tradeoff = "Load is even, and each query asks every shard: the slowest answers last."

    def shards(self, config: Config) -> int:
        return config.shards

    def shard(self, item: int, tag: int, shards: int) -> int:
        return item % shards

    def wrote(self, context: EngineContext[Config], number: int) -> None:
        context.decide(f"the item's number says shard {number + 1}, whatever the tag")

    def find(self, index: BitmapIndex, wanted: Wanted, touch: Touch) -> tuple[list[int], FanOut]:
        parts = {}
        for number in range(len(index.shards)):
            touch(number, "AND")
            found = combine(wanted, lambda tag, number=number: index.list_on(number, tag))  # type: ignore[misc]
            parts[number] = (len(wanted.tags), found)
        return list(BitMap.union(*(found for _, found in parts.values()))), _fan_out(parts)


class ByTag:
    """A tag's whole list lies on one shard: the lists travel to whoever intersects them."""

    label = "By tag: whole lists"
    tradeoff = "Few shards are asked; whole lists travel, and a popular tag makes its shard hot."

    def shards(self, config: Config) -> int:
        return config.shards

    def shard(self, item: int, tag: int, shards: int) -> int:
        return zlib.crc32(tag.to_bytes(4, "big", signed=True)) % shards

    def wrote(self, context: EngineContext[Config], number: int) -> None:
        context.decide(f"the tag says shard {number + 1}: all that is tagged so is written there")

    def find(self, index: BitmapIndex, wanted: Wanted, touch: Touch) -> tuple[list[int], FanOut]:
        parts: dict[int, tuple[int, BitMap]] = {}
        base = [ACTIVE] if wanted.active else [] if wanted.all else [ALL]
        fetched: dict[int, BitMap] = {}
        for tag in [*base, *(one.id for one in wanted.tags)]:
            number = index.place(0, tag)
            touch(number, "list")
            fetched[tag] = index.list_on(number, tag)
            lists, so_far = parts.get(number, (0, BitMap()))
            parts[number] = (lists + 1, so_far | fetched[tag])
        return list(combine(wanted, fetched.__getitem__)), _fan_out(parts)


SHARDINGS: dict[str, Sharding] = {"one": Unsharded(), "item": ByItem(), "tag": ByTag()}
