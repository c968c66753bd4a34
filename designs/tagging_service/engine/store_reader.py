"""What panels and the wall show of the stores: one look at tables, plans, sizes and sets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from designs.tagging_service.config import Config
from designs.tagging_service.engine.bitmaps import ACTIVE, ALL
from designs.tagging_service.engine.index_feed import IndexFeed
from designs.tagging_service.engine.names import Tag, Wanted
from designs.tagging_service.engine.plans import Plan, plan_of
from designs.tagging_service.engine.screen import Screen
from designs.tagging_service.engine.strategies.approaches import APPROACHES, Copies, join_query
from designs.tagging_service.engine.strategies.counts import COUNTS, CountSource
from designs.tagging_service.engine.tag_table import TagTable
from sdlab.blocks.posting_list import PostingList, Step, Walk, difference, follow, intersection, union
from sdlab.lab import EngineContext

CLOUD = 28
WALL = 4000
WALKED = 20_000  # ids; of longer lists the picture shows the beginning
STEPS = 40
SLOW_AFTER = 0.45  # seconds until plans and sizes are asked for again after a change
SLOW_EVERY = 0.9
TAGS_OF = "SELECT p.tag FROM {pair} p WHERE [p] AND p.item = :item"


@dataclass(frozen=True, slots=True)
class TagSeen:
    """A tag of the cloud: how many items were told, how many there are, and the bound of what was told.

    Pairs may change between the telling and the counting, so that they are counted before and after it: `exact` is
    what lies nearest to `told` from the one to the other.
    """

    tag: Tag
    told: int
    exact: int
    bound: int


@dataclass(frozen=True, slots=True)
class ListSeen:
    """A posting list of the query on the wall. `ids` are the first of it, `set_bytes` what its set takes in Valkey."""

    label: str
    ids: tuple[int, ...]
    total: int
    packed: int
    bitmap: int
    in_valkey: int
    set_bytes: int
    without: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """What is asked for less often: plans of the query on the wall, without and with "active", and of the tags of one
    item of it, and sizes.

    `in_pairs`, `in_arrays` and `waiting`, the changes in the outbox, are of one moment, and nothing was brought to
    bitmaps and sets until `in_bitmaps` and `in_sets` were counted, too. `apart` is what a copy has more or fewer, as
    last seen while nothing waited; `doubled` are there twice, `stranded` under a tag that was merged into another.
    """

    plan: Plan = Plan()
    active_plan: Plan = Plan()
    item_plan: Plan = Plan()
    sizes: tuple[tuple[str, int], ...] = ()
    items_bytes: int = 0
    gin_bytes: int = 0
    bitmap_bytes: int = 0
    bitmap_lists: int = 0
    sets: int = 0
    sets_bytes: int = 0
    in_arrays: int = 0
    in_bitmaps: int = 0
    in_sets: int = 0
    in_pairs: int = 0
    waiting: int = 0
    doubled: int = 0
    stranded: int = 0
    apart: tuple[tuple[str, int], ...] = ()


class Numbers(NamedTuple):
    """How many rows there are."""

    items: int
    active: int
    pairs: int
    tags: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. `ids` are what is on the wall, `looks` how items 1, 2, … look, two letters each."""

    items: int = 0
    pairs: int = 0
    tags: int = 0
    active: int = 0
    ids: tuple[int, ...] = ()
    looks: str = ""
    cloud: tuple[TagSeen, ...] = ()
    lists: tuple[ListSeen, ...] = ()
    steps: tuple[Step, ...] = ()
    walk: str = ""
    found: int = 0
    visited: int = 0
    skipped: int = 0
    problem: str = ""
    slow: Slow = Slow()


class StoreReader:
    """Asks while somebody watches. Nobody is asked what cannot have changed, but once a second all the same."""

    def __init__(  # noqa: PLR0917 - it looks at what each of its siblings keeps
        self,
        context: EngineContext[Config],
        copies: Copies,
        tags: TagTable,
        feed: IndexFeed,
        counts: CountSource,
        screen: Screen,
    ) -> None:
        self._context, self._copies, self._tags = context, copies, tags
        self._feed, self._counts, self._screen = feed, counts, screen
        self.look = context.look(self._read, Seen())
        self._seen = Seen()
        self._key: tuple[object, ...] = ()
        self._read_at = 0.0
        self._slow = Slow()
        self._slow_key: tuple[object, ...] = ()
        self._slow_at = -SLOW_EVERY
        self._slow_changes = 0
        self._looks = ""

    async def _read(self) -> Seen:
        key = (self._counts.changes, self._screen.turn, self._context.config)
        now = self._context.clock.monotonic()
        if key != self._key or now - self._read_at >= SLOW_EVERY:
            self._key, self._read_at = key, now
            self._seen = await self._read_all()
        return self._seen

    async def _read_all(self) -> Seen:
        wanted = await self._tags.look_up(self._screen.query)
        numbers = await self._numbers()
        problem, ids = "", list[int]()
        if not wanted.unknown:
            try:
                ids = await APPROACHES[self._context.config.approach].find(self._copies, wanted)
            except OSError as error:
                problem = str(error)
        lists = self._lists(wanted)
        walk = self._walk(wanted, lists)
        seen = Seen(
            items=numbers.items,
            active=numbers.active,
            pairs=numbers.pairs,
            tags=numbers.tags,
            ids=tuple(one for one in ids if one <= WALL),
            looks=await self._look_letters(numbers.items),
            cloud=await self._cloud(),
            lists=await self._described(wanted, lists, walk),
            steps=tuple(walk.steps),
            walk=walk_name(wanted),
            found=len(ids),
            visited=walk.visited,
            skipped=walk.skipped,
            problem=problem,
        )
        return replace(seen, slow=await self._slowly(wanted))

    async def _numbers(self) -> Numbers:
        tables = self._copies.tables
        (items,) = await tables.read(
            "SELECT count(*) AS n, sum(CASE WHEN i.active THEN 1 ELSE 0 END) AS active FROM {item} i WHERE [i]"
        )
        (pairs,) = await tables.read("SELECT count(*) AS n FROM {pair} p WHERE [p]")
        return Numbers(int(items.n), int(items.active or 0), int(pairs.n), await self._tags.number())

    async def _look_letters(self, items: int) -> str:
        """Pictures never change, so that they are asked for when there are more or fewer of them."""
        if len(self._looks) != 2 * min(items, WALL):
            rows = await self._copies.tables.read(
                "SELECT i.id, i.look FROM {item} i WHERE [i] AND i.id <= :most ORDER BY i.id", most=WALL
            )
            self._looks = "".join(letters(row.look) for row in rows)
        return self._looks

    async def _cloud(self) -> tuple[TagSeen, ...]:
        tags = await self._tags.beginning("")
        counting, ids = COUNTS[self._context.config.counts], [tag.id for tag in tags]
        before = await self._counts.exact(ids)
        told = await counting.count(self._counts, ids)
        after = before if told == before else await self._counts.exact(ids)
        exact = {tag: _nearest(told[tag], before[tag], after[tag]) for tag in ids}
        first = sorted(tags, key=lambda tag: (-told[tag.id], tag.name))[:CLOUD]
        return tuple(
            TagSeen(tag, told[tag.id], exact[tag.id], counting.bound(self._counts, told[tag.id]))
            for tag in first
        )

    # Posting lists and the walk over them

    def _lists(self, wanted: Wanted) -> list[tuple[str, int, bool, PostingList]]:
        """The lists that the query on the wall needs, as they are in the bitmaps."""
        bitmaps = self._copies.bitmaps
        lists = [(tag.name, tag.id, False) for tag in (*wanted.all, *wanted.any)]
        if wanted.active:
            lists.append(("active", ACTIVE, False))
        if wanted.none and not lists:
            lists.append(("everything", ALL, False))
        lists += [(f"not {tag.name}", tag.id, True) for tag in wanted.none]
        return [
            (label, tag, without, PostingList(bitmaps.list_of(tag)[:WALKED])) for label, tag, without in lists
        ]

    def _walk(self, wanted: Wanted, lists: list[tuple[str, int, bool, PostingList]]) -> Walk:
        kept = [one for _, _, without, one in lists if not without]
        without = [one for _, _, out, one in lists if out]
        if not kept:
            return Walk()
        if without and len(kept) == 1:
            return follow(difference(kept[0], without), keep=STEPS)
        if wanted.any and not wanted.all:
            return follow(union(kept), keep=STEPS)
        return follow(intersection(kept), keep=STEPS)

    async def _described(
        self, wanted: Wanted, lists: list[tuple[str, int, bool, PostingList]], walk: Walk
    ) -> tuple[ListSeen, ...]:
        if not lists:
            return ()
        sets = self._copies.sets
        pipe = sets.redis.pipeline(transaction=True)
        for _, tag, _, _ in lists:
            pipe.scard(sets.key(tag)).memory_usage(sets.key(tag))
        answers = await pipe.execute()
        last = max((step.id for step in walk.steps), default=0)
        return tuple(
            ListSeen(
                label=label,
                ids=tuple(id for id in one.ids if id <= last),
                total=len(self._copies.bitmaps.list_of(tag)),
                packed=len(one.compressed()),
                bitmap=len(self._copies.bitmaps.list_of(tag).serialize()),
                in_valkey=int(answers[2 * n] or 0),
                set_bytes=int(answers[2 * n + 1] or 0),
                without=without,
            )
            for n, (label, tag, without, one) in enumerate(lists)
        )

    # Plans and sizes

    async def _slowly(self, wanted: Wanted) -> Slow:
        now = self._context.clock.monotonic()
        key, changes = (self._screen.turn, self._context.config), self._counts.changes
        young = SLOW_EVERY if changes == self._slow_changes else SLOW_AFTER
        if key == self._slow_key and now - self._slow_at < young:
            return self._slow
        self._slow_at, self._slow_key, self._slow_changes = now, key, changes
        tables, bitmaps = self._copies.tables, self._copies.bitmaps
        items_bytes, gin_bytes = await self._item_sizes()
        self._slow = replace(
            await self._copies_now(),
            plan=await self.plan(replace(wanted, active=False)),
            active_plan=await self.plan(replace(wanted, active=True)),
            item_plan=await self._explained(TAGS_OF, item=1),
            sizes=tuple(
                (name.removeprefix(tables.pair).strip("_"), size) for name, size in await tables.sizes()
            ),
            items_bytes=items_bytes,
            gin_bytes=gin_bytes,
            bitmap_bytes=bitmaps.bytes,
            bitmap_lists=sum(len(shard) for shard in bitmaps.shards),
            doubled=await self._number(
                "SELECT count(*) AS n FROM "
                "(SELECT 1 FROM {pair} p WHERE [p] GROUP BY p.item, p.tag HAVING count(*) > 1) d"
            ),
            stranded=await self._number(
                "SELECT count(*) AS n FROM {pair} p JOIN {tag} t ON t.room = :room AND t.id = p.tag "
                "WHERE [p] AND t.alias <> 0"
            ),
        )
        return self._slow

    async def _copies_now(self) -> Slow:
        """How many pairs each copy has, while nothing is brought from one to another."""
        length = "cardinality" if self._copies.tables.own else "json_array_length"
        bitmaps, busy = self._copies.bitmaps, self._counts.under_way > 0
        async with self._feed.lock:
            (row,) = await self._copies.tables.read(
                "SELECT (SELECT count(*) FROM {pair} p WHERE [p]) AS pairs, "
                f"(SELECT sum({length}(i.tags)) FROM {{item}} i WHERE [i]) AS arrays, "
                "(SELECT count(*) FROM {change} c WHERE c.room = :room) AS waiting"
            )
            sets, sets_bytes, in_sets = await self._set_sizes()
            in_bitmaps = sum(len(one) for shard in bitmaps.shards for tag, one in shard.items() if tag > 0)
        pairs, arrays = int(row.pairs), int(row.arrays or 0)
        settled = not (row.waiting or busy or self._counts.under_way)
        before = dict(self._slow.apart)
        there = {"arrays": arrays, "bitmaps": in_bitmaps, "sets": in_sets}
        return Slow(
            in_pairs=pairs,
            in_arrays=arrays,
            in_bitmaps=in_bitmaps,
            in_sets=in_sets,
            waiting=int(row.waiting),
            sets=sets,
            sets_bytes=sets_bytes,
            apart=tuple(
                (copy, abs(number - pairs) if settled or copy == "arrays" else before.get(copy, 0))
                for copy, number in there.items()
            ),
        )

    async def plan(self, wanted: Wanted) -> Plan:
        """The query over the pairs, performed and explained."""
        if wanted.unknown:
            return Plan()
        text, values = join_query(wanted, self._copies.tables)
        return await self._explained(text, **values)

    async def _explained(self, text: str, **values: Any) -> Plan:
        tables = self._copies.tables
        statement, used = tables.statement(text, **values)
        explained = await tables.sql.explain(statement.bindparams(**used))
        return plan_of(explained, prefix=tables.pair)

    async def _item_sizes(self) -> tuple[int, int]:
        tables = self._copies.tables
        if not tables.own:
            return 0, 0
        query = sa.text(
            "SELECT pg_relation_size(to_regclass(:item)) AS heap, pg_relation_size(to_regclass(:gin)) AS gin"
        )
        values = {"item": tables.item, "gin": f"{tables.item}_gin"}
        row = await tables.sql.read(lambda c: c.execute(query, values).one())
        return int(row.heap or 0), int(row.gin or 0)

    async def _number(self, query: str) -> int:
        (row,) = await self._copies.tables.read(query)
        return int(row.n or 0)

    async def _set_sizes(self) -> tuple[int, int, int]:
        """How many sets, what they take, and how many members those of tags have."""
        sets = self._copies.sets
        tags = sorted({tag for shard in self._copies.bitmaps.shards for tag in shard})
        pipe = sets.redis.pipeline(transaction=False)
        for tag in tags:
            pipe.memory_usage(sets.key(tag)).scard(sets.key(tag))
        found = await pipe.execute() if tags else []
        sizes = [int(one) for one in found[::2] if one]
        members = [int(one) for tag, one in zip(tags, found[1::2], strict=True) if tag > 0]
        return len(sizes), sum(sizes), sum(members)


def _nearest(told: int, one: int, other: int) -> int:
    """The number from the one to the other that is nearest to what was told."""
    return min(max(told, min(one, other)), max(one, other))


def walk_name(wanted: Wanted) -> str:
    """The walk over the lists in set notation."""
    parts = [*(tag.name for tag in wanted.all), *(["active"] if wanted.active else [])]
    if wanted.any:
        parts.append(
            f"({' ∪ '.join(tag.name for tag in wanted.any)})"
            if parts
            else " ∪ ".join(t.name for t in wanted.any)
        )
    text = " ∩ ".join(parts) or ("everything" if wanted.none else "")
    return text + "".join(f" ∖ {tag.name}" for tag in wanted.none)


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def letters(look: int) -> str:
    """Twelve bits as two letters."""
    return ALPHABET[look >> 6 & 63] + ALPHABET[look & 63]
