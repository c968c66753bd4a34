"""What panels show of the stores: one look at Valkey, one at the table, never what the process believes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.url_shortener.config import Config
from designs.url_shortener.engine.allocator_state import (
    NO_RANGE,
    RANGE_FIELDS,
    STATE_FIELDS,
    TokenRange,
    range_of,
    state_of,
)
from designs.url_shortener.engine.clicks import Clicks, ClickTotals, totals_of
from designs.url_shortener.engine.key_generator import KeyGenerator
from designs.url_shortener.engine.shards.rows import LINKS, StoredLink, link_of
from designs.url_shortener.engine.shards.shards import Shards
from sdlab.blocks.snowflake import State
from sdlab.lab import EngineContext
from sdlab.lab.actor import VISITOR

MY_LINKS = 20
LARGE = 20_000  # rows, from which on a table takes tens of milliseconds to count
LARGE_COUNTED_EVERY = 0.8  # seconds


@dataclass(frozen=True, slots=True)
class ValkeyLook:
    """Counter, ranges, last ids, clicks: of one moment. `clicks` are those of the visitor's newest links."""

    leased: int = 0
    ranges: dict[str, TokenRange] = field(default_factory=dict)
    workers: dict[str, State] = field(default_factory=dict)
    totals: ClickTotals = ClickTotals()
    clicks: dict[str, int] = field(default_factory=dict)

    def range_of(self, server: str) -> TokenRange:
        """What that server holds."""
        return self.ranges.get(server, NO_RANGE)

    def state_of(self, worker: str) -> State:
        """What that worker gave last."""
        return self.workers.get(worker, State())


@dataclass(frozen=True, slots=True)
class TableCount:
    """Rows of the table. `codes` per shard, and `lengths`: codes per number of characters; a code with copies once."""

    codes: Counter[int] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class TableLook:
    """How much the shards hold, and the visitor's newest links, newest first, as far as they are not deleted."""

    count: TableCount = TableCount()
    mine: tuple[StoredLink, ...] = ()


@dataclass(frozen=True, slots=True)
class StoreLook:
    """Both stores, one after the other."""

    table: TableLook = TableLook()
    valkey: ValkeyLook = ValkeyLook()


class StoreReader:
    """Asks while somebody watches. Past the nodes: whatever faults they have, the panels show what is there."""

    def __init__(
        self, context: EngineContext[Config], shards: Shards, keys: KeyGenerator, clicks: Clicks
    ) -> None:
        self._context = context
        self._shards = shards
        self._keys = keys
        self._clicks = clicks
        self._counted_at = 0.0
        self._named: set[str] = set()
        self.look = context.look(self._read, StoreLook())

    async def _read(self) -> StoreLook:
        table = await self._read_table(self.look.last.table)
        return StoreLook(table, await self._read_valkey([link.code for link in table.mine]))

    async def _read_valkey(self, mine: list[str]) -> ValkeyLook:
        room, keys = self._context.room, self._keys
        servers, workers = list(keys.servers.servers), list(keys.workers.workers)
        async with room.redis.pipeline(transaction=True) as pipe:
            pipe.get(keys.counter.key(self._context.config.code_length))
            pipe.hgetall(self._clicks.totals_key)
            for server in servers:
                pipe.hmget(keys.state.range_key(server), RANGE_FIELDS)
            for worker in workers:
                pipe.hmget(keys.state.worker_key(worker), STATE_FIELDS)
            if mine:
                pipe.hmget(self._clicks.per_link_key, mine)
            leased, totals, *rest = await pipe.execute()
        ranges, states = rest[: len(servers)], rest[len(servers) : len(servers) + len(workers)]
        return ValkeyLook(
            leased=int(leased or 0),
            ranges={server: range_of(found) for server, found in zip(servers, ranges, strict=True)},
            workers={worker: state_of(found) for worker, found in zip(workers, states, strict=True)},
            totals=totals_of(totals),
            clicks={code: int(found or 0) for code, found in zip(mine, rest[-1], strict=True)}
            if mine
            else {},
        )

    async def _read_table(self, before: TableLook) -> TableLook:
        began = self._context.clock.monotonic()
        due = self._counted_at + (LARGE_COUNTED_EVERY if before.count.rows > LARGE else 0.0)
        counted, mine = await self._context.room.sql.read(lambda c: self._look(c, count=began >= due))
        if counted is not None:
            self._counted_at = began
        self._named = {link.code for link in mine if link.code in self._named or await self._is_named(link)}
        return TableLook(counted or before.count, tuple(mine))

    def _look(self, connection: Connection, *, count: bool) -> tuple[TableCount | None, list[StoredLink]]:
        return (self._count(connection) if count else None), self._mine(connection)

    def _count(self, connection: Connection) -> TableCount:
        characters = sa.func.length(LINKS.c.code)
        query = (
            sa.select(LINKS.c.shard, characters, sa.func.count())
            .where(LINKS.c.room == self._context.room.id)
            .group_by(LINKS.c.shard, LINKS.c.copy, characters)
        )
        most: dict[tuple[int, int], int] = {}
        rows = 0
        for shard, length, number in connection.execute(query):
            most[shard, length] = max(most.get((shard, length), 0), number)
            rows += number
        codes, lengths = Counter[int](), Counter[int]()
        for (shard, length), number in most.items():
            codes[shard] += number
            lengths[length] += number
        return TableCount(codes, lengths, rows)

    def _mine(self, connection: Connection) -> list[StoredLink]:
        query = (
            sa.select(LINKS)
            .where(
                LINKS.c.room == self._context.room.id,
                LINKS.c.shard.in_(self._shards.layouts.shard_ids()),
                LINKS.c.copy.in_(range(self._shards.replicas.count)),
                LINKS.c.owner == VISITOR.name,
                LINKS.c.deleted_at.is_(None),
            )
            .order_by(LINKS.c.created_at.desc(), LINKS.c.code.desc())
            .limit(MY_LINKS * self._shards.replicas.count)
        )
        found = {row.code: link_of(row) for row in connection.execute(query)}
        return list(found.values())[:MY_LINKS]

    async def _is_named(self, link: StoredLink) -> bool:
        room = self._context.room
        return link.by_hand and await room.names.owner("link", link.code) == room.id

    def named(self, code: str) -> bool:
        """Whether the code leads here without the room's name."""
        return code in self._named
