"""What panels and product read: the frontier's structures in Valkey, rows of addresses, raw answers and pages."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import sqlalchemy as sa

from designs.web_crawler.config import Config
from designs.web_crawler.engine.crawls import Crawl, Crawls, StoredPage, crawl_of, page_of
from designs.web_crawler.engine.frontier import Frontier
from designs.web_crawler.engine.layout import centres, elsewhere, place
from designs.web_crawler.engine.models import CRAWL, PAGE, RAW, STATES, URL
from designs.web_crawler.engine.seen import SeenStores
from sdlab.lab import EngineContext

NODES_SHOWN, PAGES_SHOWN, DEAD_SHOWN, HOSTS_SHOWN, CRAWLS_SHOWN = 2_000, 8, 8, 14, 6
NO_PARENT = 65_535
SIGNS = dict(zip(STATES, "qfsdxrmoe!", strict=True))

_LOOK = """
local b = KEYS[1]
local function K(name) return b .. ':' .. name end
local hosts = {}
for _, host in ipairs(redis.call('SMEMBERS', K('hosts'))) do
  local waiting = redis.call('ZCARD', K('back:' .. host))
  if waiting > 0 then
    hosts[#hosts + 1] = {host, waiting, redis.call('HGET', K('next'), host) or '0',
      redis.call('HGET', K('inflight'), host) or '0', redis.call('HGET', K('gap'), host) or ''}
  end
  if #hosts >= 120 then break end
end
return {redis.call('LLEN', K('front:1')), redis.call('LLEN', K('front:2')), redis.call('LLEN', K('front:3')),
  tonumber(redis.call('GET', K('backs')) or '0'), redis.call('ZCARD', K('leases')), redis.call('ZCARD', K('delayed')),
  redis.call('LLEN', K('extract')), redis.call('ZCARD', K('xleases')), redis.call('HLEN', K('pending')),
  redis.call('LLEN', K('dead')), hosts, redis.call('LRANGE', K('dead'), 0, 7), redis.call('HLEN', K('robots'))}
"""


@dataclass(frozen=True, slots=True)
class HostQueue:
    """A back queue."""

    host: str
    waiting: int
    next_ms: int
    out: int
    gap_ms: int


@dataclass(frozen=True, slots=True)
class FrontierRead:
    """One look at Valkey; -1 is what nobody has read yet."""

    front: tuple[int, int, int] = (0, 0, 0)
    backs: int = 0
    leased: int = 0
    delayed: int = 0
    raw: int = 0
    reading: int = 0
    pending: int = -1
    dead: int = 0
    hosts: tuple[HostQueue, ...] = ()
    letters: tuple[dict[str, Any], ...] = ()
    rules: int = 0
    hashes: int = 0
    hash_bytes: int = 0
    bits_set: int = 0
    bloom_bytes: int = 0


@dataclass(frozen=True, slots=True)
class GraphRead:
    """Nodes in the order of being found: places, states as signs, and the place in this order of whoever leads there."""

    count: int = 0
    points: str = ""
    states: str = ""
    parents: str = ""
    sites: tuple[tuple[str, int, int, int], ...] = ()
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class RowsRead:
    """One look at the database; -1 is what nobody has read yet."""

    states: Counter[str] = field(default_factory=Counter)
    known: int = -1
    crawl: Crawl | None = None
    crawls: tuple[Crawl, ...] = ()
    newest: tuple[StoredPage, ...] = ()
    raw: int = 0
    raw_bytes: int = 0
    raw_same: int = 0
    pages: int = -1
    texts: int = 0
    copies: int = 0
    buggy: int = 0
    url_bytes: int = 0
    depth: int = 0
    handed_in: int = 0
    shapes: tuple[tuple[str, int], ...] = ()
    graph: GraphRead = GraphRead()


class StoreReader:
    """Asks both stores, each in one go. The picture of the web is made anew only when rows have changed."""

    def __init__(
        self, context: EngineContext[Config], *, crawls: Crawls, frontier: Frontier, seen: SeenStores
    ) -> None:
        self._context, self._crawls, self._frontier, self._seen = context, crawls, frontier, seen
        self._room = context.room.id
        self._redis = context.room.redis
        self._drawn: tuple[Any, ...] = ()
        self._graph = GraphRead()
        self.rows = context.look(self._read_rows, RowsRead())
        self.redis = context.look(self._read_redis, FrontierRead())

    async def _read_redis(self) -> FrontierRead:
        crawl = self._crawls.screen
        pipe = self._redis.pipeline(transaction=False)
        pipe.eval(_LOOK, 1, self._frontier.base)  # type: ignore[no-untyped-call]
        hash_key, bloom_key = self._seen.hash_key(crawl), self._seen.bloom_key(crawl)
        pipe.scard(hash_key)
        pipe.memory_usage(hash_key)
        pipe.bitcount(bloom_key)
        pipe.strlen(bloom_key)
        look, hashes, hash_bytes, bits, bloom = await pipe.execute()
        one, two, three, backs, leased, delayed, raw, reading, pending, dead, hosts, letters, rules = look
        queues = [
            HostQueue(host, int(waiting), int(float(next_ms)), int(out), int(float(gap or 0)))
            for host, waiting, next_ms, out, gap in hosts
        ]
        return FrontierRead(
            (one, two, three), backs, leased, delayed, raw, reading, pending, dead,
            tuple(sorted(queues, key=lambda q: (-q.waiting, q.host))[:HOSTS_SHOWN]),
            tuple(orjson.loads(one) for one in letters), rules, hashes, hash_bytes or 0, bits, bloom,
        )  # fmt: skip

    async def _read_rows(self) -> RowsRead:
        await asyncio.to_thread(centres, self._context.room.seed)
        return await self._context.room.sql.read(self._rows)

    def _rows(self, c: sa.Connection) -> RowsRead:
        room = self._room
        crawls = c.execute(
            sa.select(CRAWL).where(CRAWL.c.room == room).order_by(CRAWL.c.number.desc()).limit(CRAWLS_SHOWN)
        ).all()
        number = crawls[0].number if crawls else 0
        here = (URL.c.room == room, URL.c.crawl == number)
        states = c.execute(
            sa.select(
                URL.c.state, sa.func.count(), sa.func.max(URL.c.changed_ms), sa.func.sum(sa.func.length(URL.c.url)),
                sa.func.max(URL.c.depth), sa.func.sum(sa.case((URL.c.parent == 0, 1), else_=0)),
            ).where(*here).group_by(URL.c.state)
        ).all()  # fmt: skip
        counts = Counter({row[0]: row[1] for row in states})
        pages = c.execute(
            sa.select(
                sa.func.count(), sa.func.count(sa.func.nullif(PAGE.c.duplicate_of, 0)), sa.func.sum(PAGE.c.buggy),
                sa.func.sum(sa.func.length(PAGE.c.text)),
            ).where(PAGE.c.room == room, PAGE.c.crawl == number)
        ).one()  # fmt: skip
        raw = c.execute(
            sa.select(
                sa.func.count(), sa.func.sum(sa.func.length(RAW.c.body)), sa.func.count(sa.func.nullif(RAW.c.same_as, 0))
            ).where(RAW.c.room == room, RAW.c.crawl == number)
        ).one()  # fmt: skip
        newest = c.execute(
            sa.select(PAGE, CRAWL.c.id.label("crawl_id"), CRAWL.c.owner)
            .join(CRAWL, sa.and_(CRAWL.c.room == PAGE.c.room, CRAWL.c.number == PAGE.c.crawl))
            .where(PAGE.c.room == room, PAGE.c.crawl == number, PAGE.c.duplicate_of == 0)
            .order_by(PAGE.c.stored_ms.desc(), PAGE.c.number.desc())
            .limit(PAGES_SHOWN)
        ).all()
        drawn = (number, tuple(sorted(tuple(row)[:3] for row in states)))
        if drawn != self._drawn:
            self._graph = self._painted(c, number)
            self._drawn = drawn
        return RowsRead(
            states=counts,
            known=sum(counts.values()),
            crawl=crawl_of(crawls[0]) if crawls else None,
            crawls=tuple(crawl_of(row) for row in crawls),
            newest=tuple(page_of(row) for row in newest),
            raw=raw[0],
            raw_bytes=int(raw[1] or 0),
            raw_same=raw[2],
            pages=pages[0],
            texts=int(pages[3] or 0),
            copies=pages[1],
            buggy=int(pages[2] or 0),
            url_bytes=sum(int(row[3] or 0) for row in states),
            depth=max((int(row[4]) for row in states), default=0),
            handed_in=sum(int(row[5] or 0) for row in states),
            graph=self._graph,
        )

    def _painted(self, c: sa.Connection, crawl: int) -> GraphRead:
        rows = c.execute(
            sa.select(URL.c.number, URL.c.host, URL.c.parent, URL.c.state)
            .where(URL.c.room == self._room, URL.c.crawl == crawl)
            .order_by(URL.c.number)
            .limit(NODES_SHOWN)
        ).all()
        middles = centres(self._context.room.seed)
        order = {row.number: at for at, row in enumerate(rows)}
        counted: Counter[str] = Counter()
        points = np.zeros((len(rows), 2), dtype="<u2")
        parents = np.full(len(rows), NO_PARENT, dtype="<u2")
        for at, row in enumerate(rows):
            points[at] = place(middles.get(row.host) or elsewhere(row.host), counted[row.host])
            counted[row.host] += 1
            parents[at] = order.get(row.parent, NO_PARENT)
        sites = tuple(
            (host, *(round(one) for one in middles.get(host) or elsewhere(host)), count)
            for host, count in counted.items()
        )
        return GraphRead(
            count=len(rows),
            points=b64encode(points.tobytes()).decode(),
            states="".join(SIGNS[row.state] for row in rows),
            parents=b64encode(parents.tobytes()).decode(),
            sites=sites[:120],  # type: ignore[arg-type]
            numbers=b64encode(np.array([row.number for row in rows], dtype="<u4").tobytes()).decode(),
        )
