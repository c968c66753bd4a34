"""Four ways to find the items that bear several tags; all answer alike."""

from __future__ import annotations

import json
from typing import Any, Protocol

from designs.tagging_service.config import Config
from designs.tagging_service.engine.bitmaps import BitmapIndex, untouched
from designs.tagging_service.engine.names import Wanted
from designs.tagging_service.engine.nodes import DATABASE, SERVICE, SETS
from designs.tagging_service.engine.strategies.shardings import SHARDINGS
from designs.tagging_service.engine.tables import Tables
from designs.tagging_service.engine.tag_sets import TagSets
from sdlab.lab import EngineContext

Statement = tuple[str, dict[str, Any]]


class Copies:
    """Where queries may be answered from: the tables, the bitmaps, the sets."""

    def __init__(
        self, context: EngineContext[Config], tables: Tables, bitmaps: BitmapIndex, sets: TagSets
    ) -> None:
        self.context, self.tables, self.bitmaps, self.sets = context, tables, bitmaps, sets


class Approach(Protocol):
    """`find` gives the ids that answer, ascending; `serve` does so for a caller, through the parts of the system."""

    label: str
    tradeoff: str
    copy: str

    async def find(self, copies: Copies, wanted: Wanted) -> list[int]: ...

    async def serve(self, copies: Copies, wanted: Wanted) -> list[int]: ...


def join_query(wanted: Wanted, tables: Tables) -> Statement:
    """The query over pairs: a join for each further tag, `EXISTS` for what may or must not be."""
    values: dict[str, Any] = {}
    if wanted.all:
        first = "p0.active" if wanted.active else "TRUE"
        joins = " ".join(
            f"JOIN {{pair}} p{n} ON [p{n}] AND p{n}.item = p0.item AND p{n}.tag = :t{n}"
            for n in range(1, len(wanted.all))
        )
        text = f"SELECT p0.item AS id FROM {{pair}} p0 {joins} WHERE [p0] AND p0.tag = :t0 AND {first}"
        values |= {f"t{n}": tag.id for n, tag in enumerate(wanted.all)}
        item = "p0.item"
    else:
        text, item = (
            "SELECT i.id FROM {item} i WHERE [i]" + (" AND i.active" if wanted.active else ""),
            "i.id",
        )
    for name, no, tags in (("any", "", wanted.any), ("none", "NOT ", wanted.none)):
        if tags:
            within = tables.one_of(name)
            text += (
                f" AND {no}EXISTS (SELECT 1 FROM {{pair}} e WHERE [e] AND e.item = {item} AND e.tag {within})"
            )
            values[name] = [tag.id for tag in tags]
    return f"{text} ORDER BY 1", values


def array_query(wanted: Wanted) -> Statement:
    """The query over the arrays on the items: contains, overlaps, overlaps not."""
    text, values = "SELECT i.id FROM {item} i WHERE [i]", {}
    for name, test, tags in (
        ("all", "i.tags @> :all", wanted.all),
        ("any", "i.tags && :any", wanted.any),
        ("none", "NOT i.tags && :none", wanted.none),
    ):
        if tags:
            text += f" AND {test}"
            values[name] = [tag.name for tag in tags]
    return f"{text}{' AND i.active' if wanted.active else ''} ORDER BY 1", values


class Join:
    """The pairs themselves, joined."""

    label = "Pairs, joined (SQL)"
    tradeoff = "One truth and no copy; every tag is a join, and it needs the right index."
    copy = "pairs"

    async def find(self, copies: Copies, wanted: Wanted) -> list[int]:
        text, values = join_query(wanted, copies.tables)
        return [row.id for row in await copies.tables.read(text, **values)]

    async def serve(self, copies: Copies, wanted: Wanted) -> list[int]:
        copies.context.decide(f"the pairs are joined: {max(1, len(wanted.all))} of them for each item")
        node = copies.context.node(DATABASE)
        return await node.call("JOIN", lambda: self.find(copies, wanted), source=SERVICE)


class Arrays:
    """An array of names on each item, indexed by GIN."""

    label = "Array on the item (GIN)"
    tradeoff = "One row has all its tags; a rename rewrites every row that has it."
    copy = "arrays"

    async def find(self, copies: Copies, wanted: Wanted) -> list[int]:
        tables = copies.tables
        if tables.own:
            text, values = array_query(wanted)
            return [row.id for row in await tables.read(text, **values)]
        rows = await tables.read("SELECT i.id, i.tags, i.active FROM {item} i WHERE [i] ORDER BY 1")
        return [row.id for row in rows if _fits(wanted, set(as_list(row.tags)), active=row.active)]

    async def serve(self, copies: Copies, wanted: Wanted) -> list[int]:
        copies.context.decide("the item's own array is asked: contains, overlaps, overlaps not")
        node = copies.context.node(DATABASE)
        return await node.call("tags @>", lambda: self.find(copies, wanted), source=SERVICE)


class Bitmaps:
    """Roaring bitmaps in memory, on one or more shards."""

    label = "Inverted index (roaring)"
    tradeoff = "Fastest and smallest; a copy in memory that must be kept in step."
    copy = "bitmaps"

    async def find(self, copies: Copies, wanted: Wanted) -> list[int]:
        return SHARDINGS[copies.context.config.sharding].find(copies.bitmaps, wanted, untouched)[0]

    async def serve(self, copies: Copies, wanted: Wanted) -> list[int]:
        sharding = SHARDINGS[copies.context.config.sharding]
        found, fan_out = sharding.find(copies.bitmaps, wanted, copies.bitmaps.touch)
        copies.bitmaps.last = fan_out
        copies.context.decide(
            f"bitmaps are intersected on {len(fan_out.asked)} of {len(copies.bitmaps.shards)} shards"
        )
        return found


class Sets:
    """A set for each tag in Valkey."""

    label = "Sets in Valkey (SINTER)"
    tradeoff = "Quick and outside of the process; ids take more room, and it is one more copy."
    copy = "sets"

    async def find(self, copies: Copies, wanted: Wanted) -> list[int]:
        return await copies.sets.find(wanted)

    async def serve(self, copies: Copies, wanted: Wanted) -> list[int]:
        copies.context.decide("the server intersects its sets; only the answer travels")
        return await copies.context.node(SETS).call(
            "SINTER", lambda: self.find(copies, wanted), source=SERVICE
        )


def as_list(tags: Any) -> list[str]:
    """The tags of a row: an array, or JSON where a text query gave it."""
    if isinstance(tags, str):
        return list(json.loads(tags))
    return list(tags)


def _fits(wanted: Wanted, tags: set[str], *, active: bool) -> bool:
    return (
        (active or not wanted.active)
        and all(tag.name in tags for tag in wanted.all)
        and (not wanted.any or any(tag.name in tags for tag in wanted.any))
        and not any(tag.name in tags for tag in wanted.none)
    )


APPROACHES: dict[str, Approach] = {"join": Join(), "array": Arrays(), "bitmap": Bitmaps(), "sets": Sets()}
