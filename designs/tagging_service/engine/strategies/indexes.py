"""Which B-trees the pairs have. They are really made and dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from designs.tagging_service.config import Config
from sdlab.lab import EngineContext


@dataclass(frozen=True, slots=True)
class Index:
    """An index of the pair table: the end of its name, its columns, and which rows are in it."""

    name: str
    columns: str
    where: str = ""


TAG_ITEM = Index("tag_item", "tag, item")
ITEM_TAG = Index("item_tag", "item, tag")
HOT = Index("hot", "tag, item", "active")


class PairIndexes(Protocol):
    """`wrote` says, where a pair was written or taken away, what had to be kept with it."""

    label: str
    tradeoff: str
    indexes: tuple[Index, ...]

    def wrote(self, context: EngineContext[Config], *, present: bool) -> None: ...


class HotIndexes(Protocol):
    """As `PairIndexes`, for an item that is active or not."""

    label: str
    tradeoff: str
    indexes: tuple[Index, ...]

    def wrote(self, context: EngineContext[Config], *, active: bool, present: bool) -> None: ...


class BothIndexes:
    """A tag's items and an item's tags."""

    label = "Both"
    tradeoff = "Either way round is a short walk; two trees to keep with every write."
    indexes: tuple[Index, ...] = (TAG_ITEM, ITEM_TAG)

    def wrote(self, context: EngineContext[Config], *, present: bool) -> None:
        context.decide(f"the pair {_moved(present)} two trees, by tag and by item")


class TagFirst:
    """A tag's items."""

    label = "(tag, item)"
    tradeoff = "Queries by tag are served from the index alone; an item's tags are looked for in all of it."
    indexes: tuple[Index, ...] = (TAG_ITEM,)

    def wrote(self, context: EngineContext[Config], *, present: bool) -> None:
        context.decide(f"the pair {_moved(present)} the tree by tag; whether it was there took a look by tag")


class ItemFirst:
    """An item's tags."""

    label = "(item, tag)"
    tradeoff = "Shows an item's tags at once; a query by tag reads the whole tree."
    indexes: tuple[Index, ...] = (ITEM_TAG,)

    def wrote(self, context: EngineContext[Config], *, present: bool) -> None:
        context.decide(f"the pair {_moved(present)} the tree by item")


class NoIndex:
    """The heap alone."""

    label = "None"
    tradeoff = "Nothing to keep; every query and every check for a double reads all pairs."
    indexes: tuple[Index, ...] = ()

    def wrote(self, context: EngineContext[Config], *, present: bool) -> None:
        context.decide(f"the pair {_moved(present)} the heap alone, after all of it was read")


class NoHotIndex:
    """All rows are in the same trees."""

    label = "None"
    tradeoff = "Nothing more to keep; a query for active items reads the others, too."
    indexes: tuple[Index, ...] = ()

    def wrote(self, context: EngineContext[Config], *, active: bool, present: bool) -> None:
        context.decide("no index is kept for the active items alone")


class HotIndex:
    """A tree over the pairs of active items."""

    label = "Partial: active items"
    tradeoff = "A small tree for the queries that say so; no other query can use it."
    indexes: tuple[Index, ...] = (HOT,)

    def wrote(self, context: EngineContext[Config], *, active: bool, present: bool) -> None:
        if active:
            context.decide(f"the item is active: the pair {_moved(present)} the partial index, too")
        else:
            context.decide("the item is not active: the partial index has nothing of it")


def _moved(present: bool) -> str:
    return "went into" if present else "left"


INDEXES: dict[str, PairIndexes] = {
    "both": BothIndexes(),
    "tag_item": TagFirst(),
    "item_tag": ItemFirst(),
    "none": NoIndex(),
}
HOT_INDEXES: dict[str, HotIndexes] = {"none": NoHotIndex(), "partial": HotIndex()}
