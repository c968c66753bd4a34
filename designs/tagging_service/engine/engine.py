"""The tagging service at work in one room: tag, find, complete, rename, merge."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from designs.tagging_service.config import Config
from designs.tagging_service.engine.bitmaps import BitmapIndex
from designs.tagging_service.engine.claims import CLAIMS, ClaimChecker
from designs.tagging_service.engine.counters import Counters
from designs.tagging_service.engine.index_feed import IndexFeed
from designs.tagging_service.engine.library import look_of, pictures, seen_on, title
from designs.tagging_service.engine.mending import mend
from designs.tagging_service.engine.merging import Merged, Merging, differ
from designs.tagging_service.engine.names import Tag, TagQuery, Wanted, tag_name
from designs.tagging_service.engine.nodes import DATABASE, FLOWS, SERVICE, plan
from designs.tagging_service.engine.pair_writer import MOST_TAGS, PairWriter, Tagged
from designs.tagging_service.engine.screen import Screen
from designs.tagging_service.engine.store_reader import StoreReader
from designs.tagging_service.engine.strategies.approaches import APPROACHES, Copies, as_list
from designs.tagging_service.engine.strategies.counts import COUNTS, CountSource
from designs.tagging_service.engine.strategies.indexes import HOT_INDEXES, INDEXES, Index
from designs.tagging_service.engine.strategies.locks import LOCKS
from designs.tagging_service.engine.strategies.upkeeps import UPKEEPS
from designs.tagging_service.engine.tables import Tables
from designs.tagging_service.engine.tag_sets import TagSets
from designs.tagging_service.engine.tag_table import TagTable
from sdlab.lab import Engine, Invalid, NodeSpec, NotFound, Room, acting, amount
from sdlab.parts.idempotency import IdempotencyKeys

PAGE = 20
THREE = 3
CHECK_EVERY = 0.5
EXPLAIN_EVERY = 0.3
READ_OUTBOX_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Item:
    """A picture with its tags."""

    id: int
    title: str
    active: bool
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, how many items have it as told, and by how much that may be off."""

    tag: Tag
    items: int
    bound: int


class TaggingService(Engine[Config]):
    """Items, tags and pairs are rows, sets are in Valkey; the bitmaps in memory are made of the pairs."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.counters = Counters()
        self._asked: Wanted | None = None
        self.screen = Screen()
        self.tables = Tables(context)
        self.tags = TagTable(context, self.tables)
        self.bitmaps = BitmapIndex(context)
        self.sets = TagSets(context)
        self.copies = Copies(context, self.tables, self.bitmaps, self.sets)
        self.index_feed = IndexFeed(context, self.tables, self.bitmaps, self.sets, self.counters)
        self.writer = PairWriter(context, self.tables, self.tags, self.index_feed, self.counters)
        self.merger = Merging(context, self.tables, self.tags, self.index_feed)
        self.counts = CountSource(context, self.tables)
        self.checker = ClaimChecker(context, self.copies, self.tags, self.index_feed, self.counts)
        self.keys = IdempotencyKeys(context)
        self.reader = StoreReader(context, self.copies, self.tags, self.index_feed, self.counts, self.screen)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        new = await self.tables.open(pictures(self.room.rng("library"), self.room.quota.prepared))
        await self.tables.index(self._wanted_indexes())
        if new:
            await self.tables.analyse()
        await self.tags.open()
        await self.writer.open()
        await self.index_feed.rebuild()
        self.every("outbox", READ_OUTBOX_EVERY, self.index_feed.read_outbox)
        self.every("plans", EXPLAIN_EVERY, self._explain, yields=True)
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)

    async def clear(self) -> None:
        await super().clear()
        await self.tables.drop()

    async def reconfigure(self, before: Config) -> None:
        config = self.config
        if (config.indexes, config.hot_index) != (before.indexes, before.hot_index):
            await self.tables.index(self._wanted_indexes())
            await self.tables.analyse()
        if LOCKS[config.merge_lock].keeps and not LOCKS[before.merge_lock].keeps:
            self.counts.wrote(await mend(self.tables))
            await (
                self.index_feed.rebuild()
            )  # what was lost without the protection is no fault of the protection
        elif UPKEEPS[config.upkeep].keeps != UPKEEPS[before.upkeep].keeps:
            await self.index_feed.rebuild()
        if (config.sharding, config.shards) != (before.sharding, before.shards):
            await self.index_feed.reshard()
        self.checker.news = True

    def _wanted_indexes(self) -> tuple[Index, ...]:
        return (*INDEXES[self.config.indexes].indexes, *HOT_INDEXES[self.config.hot_index].indexes)

    # Verbs

    async def add_item(
        self, names: tuple[str, ...] = (), *, active: bool = True, key: str | None = None
    ) -> Item:
        """A new picture. Without names it is tagged with what can be seen on it.

        The same idempotency `key` gives the same answer for a day. `Invalid` for a tag that cannot be,
        `TooMany` for too many, or in a full room.
        """
        async with self.request("POST items") as trace:
            self.node(SERVICE).touch("add item", "ok", source="visitor")
            if len(names) > MOST_TAGS:
                raise Invalid(f"an item has at most {MOST_TAGS} tags", field="tags")
            wanted = tuple(dict.fromkeys(tag_name(one, field="tags") for one in names))
            self.context.decide("the item, its pairs and its array are one transaction")
            made = await self.keys.once(
                key,
                operation="POST items",
                body={"tags": wanted, "active": active},
                work=lambda: self._add(wanted, active=active),
                dump=asdict,
                load=lambda kept: Item(**{**kept, "tags": tuple(kept["tags"])}),
            )
            trace.sentence = f"{trace.by} added {made.title}, tagged {', '.join(made.tags)}"
            return made

    async def _add(self, names: tuple[str, ...], *, active: bool) -> Item:
        look = look_of(self.room.rng(f"item {self.writer.next_item}"))
        tags = names or seen_on(look)
        with self.checker.changing(self.writer.next_item, tags), self.counts.writing(len(tags)):
            item = await self.writer.add(look, tags, active=active)
            self.counts.wrote(len(tags))
        return Item(item, title(look), active, tags)

    async def put_tag(self, item: int, name: str) -> Tagged:
        """The item has the tag from now on; again makes no difference."""
        return await self._set(item, name, present=True)

    async def remove_tag(self, item: int, name: str) -> Tagged:
        """The item has the tag no more; again makes no difference."""
        return await self._set(item, name, present=False)

    async def _set(self, item: int, name: str, *, present: bool) -> Tagged:
        verb = "PUT" if present else "DELETE"
        async with self.request(f"{verb} items/{item}/tags", kind=f"{verb} items/…/tags") as trace:
            self.node(SERVICE).touch("tag" if present else "untag", "ok", source="visitor")
            began, wanted = self.clock.time(), tag_name(name)
            with self.checker.changing(item, (wanted,), takes=not present), self.counts.writing(1):
                done = await self.writer.set(item, wanted, present=present)
                self.counts.wrote(done.changed)
            if present:
                self.checker.acknowledged(acting().name, item, done.tag, wanted, began=began)
            word = "tagged" if present else "untagged"
            trace.sentence = f"{trace.by} {word} picture {item} “{done.tag.name}”" + (
                "" if done.changed else f": it was {'there already' if present else 'not there'}"
            )
            return done

    async def find(self, query: TagQuery, *, after: int = 0, limit: int = PAGE) -> list[Item]:
        """Items that answer a query, by number, beginning behind `after`."""
        async with self.request("GET items") as trace:
            self.node(SERVICE).touch("find", "ok", source="visitor")
            wanted = await self.tags.look_up(query)
            ids: list[int] = []
            if wanted.unknown:
                self.context.decide("nobody has such a tag: nothing can answer")
            else:
                began = self.clock.monotonic()
                ids = await APPROACHES[self.config.approach].serve(self.copies, wanted)
                self._found(wanted, (self.clock.monotonic() - began) * 1000)
            self.counters.queries += 1
            page = [one for one in ids if one > after][:limit]
            trace.sentence = f"{trace.by} looked for {query.said}: {amount(len(ids), 'picture')}"
            return await self._items(page)

    def _found(self, wanted: Wanted, ms: float) -> None:
        self.counters.answered[APPROACHES[self.config.approach].copy] += 1
        self.counters.finds.add(ms)
        if len(wanted.all) >= THREE:
            self.counters.finds3.add(ms)
            self._asked = wanted
        self.checker.asked(wanted)

    async def _explain(self) -> None:
        """What the database looked at for the last query for three tags, as it says itself."""
        asked, self._asked = self._asked, None
        if asked is not None and self.config.approach == "join":
            plan = await self.reader.plan(asked)
            self.counters.looked_at.add(plan.looked_at)
            self.counters.pages.add(plan.pages)

    async def show(self, query: TagQuery) -> list[Item]:
        """Put a query on the wall, for all who look at this room."""
        self.screen.show(query)
        self.changed()
        return await self.find(query)

    async def item(self, item: int) -> Item:
        """A picture with its tags, as the array on it says. `NotFound`."""
        found = await self._items([item])
        if not found:
            raise NotFound(f"there is no item {item}")
        return found[0]

    async def complete(self, prefix: str, *, limit: int = 10) -> list[TagCount]:
        """Tags that begin so, the most used first."""
        async with self.request("GET tags") as trace:
            self.node(SERVICE).touch("complete", "ok", source="visitor")
            start = tag_name(prefix, field="prefix") if prefix.strip() else ""
            tags = await self.node(DATABASE).call(
                "prefix", lambda: self.tags.beginning(start), source=SERVICE
            )
            counting = COUNTS[self.config.counts]
            counts = await counting.count(self.counts, [tag.id for tag in tags])
            best = sorted(tags, key=lambda tag: (-counts[tag.id], tag.name))[:limit]
            trace.sentence = f"{trace.by} typed “{start}”: {amount(len(tags), 'tag begins', 'tags begin')} so"
            return [
                TagCount(tag, counts[tag.id], counting.bound(self.counts, counts[tag.id])) for tag in best
            ]

    async def rename(self, old: str, new: str) -> Merged:
        """Another name for a tag. `NotFound`, `Conflict` when there is a tag of that name."""
        async with self.request("POST tags/rename") as trace:
            self.node(SERVICE).touch("rename", "ok", source="visitor")
            one, other = tag_name(old), tag_name(new, field="name")
            lock = LOCKS[self.config.merge_lock]
            with self.checker.merging(f"“{one}” becomes “{other}”", (one, other), at_once=lock.keeps):
                done = await self.node(DATABASE).call(
                    "UPDATE tag", lambda: lock.rename(self.merger, one, other), source=SERVICE
                )
            self.counters.renames += 1
            self.counts.wrote(0)
            self.screen.renamed(one, other)
            trace.sentence = (
                f"{trace.by} renamed “{one}” to “{other}”: {amount(done.moved, 'array')} rewritten, no pair"
            )
            return done

    async def merge(self, source: str, target: str) -> Merged:
        """Both tags become one; the name of the first is a synonym from then on. `NotFound`, `Invalid`."""
        async with self.request("POST tags/merge") as trace:
            self.node(SERVICE).touch("merge", "ok", source="visitor")
            one, other = tag_name(source, field="from"), tag_name(target, field="into")
            differ(one, other)
            lock, upkeep = LOCKS[self.config.merge_lock], UPKEEPS[self.config.upkeep]
            at_once = lock.keeps and upkeep.keeps
            text = f"“{one}” goes into “{other}”"
            with self.checker.merging(text, (one, other), at_once=at_once, moves=True):
                done = await self.node(DATABASE).call(
                    "move pairs", lambda: lock.merge(self.merger, one, other), source=SERVICE
                )
                self.counts.wrote(2 * done.moved)
                await upkeep.after(self.context, self.index_feed, done.changes)
            self.counters.merges += 1
            self.counters.moved += done.moved
            self.screen.renamed(one, other)
            trace.sentence = f"{trace.by} merged “{one}” into “{other}”: {amount(done.moved, 'pair')} moved"
            return done

    async def _items(self, ids: list[int]) -> list[Item]:
        if not ids:
            return []
        rows = await self.tables.read(
            f"SELECT i.id, i.look, i.active, i.tags FROM {{item}} i WHERE [i] AND i.id {self.tables.one_of('ids')} "
            "ORDER BY i.id",
            ids=ids,
        )
        return [
            Item(row.id, title(row.look), bool(row.active), tuple(sorted(as_list(row.tags)))) for row in rows
        ]
