"""Kept results, in Valkey: pages of one reader, and lists by time that all readers of a query share."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import Query
from designs.tweet_search.engine.nodes import CACHE, SERVICE
from sdlab.lab import EngineContext, Unavailable

TTL_S = 3600
MOST_LISTS = 200
LONGEST_LIST = 1_000
KEY_BYTES = 6


@dataclass(frozen=True, slots=True)
class SharedList:
    """A list by time, as it is kept: the first of its ids below a bound, and what it covers.

    It has every tweet of the query up to `upto`, down to its last one; `whole` means that there are no older ones.
    """

    ids: tuple[int, ...]
    upto: int
    whole: bool
    total: int


@dataclass(frozen=True, slots=True)
class KeptList:
    """What a panel shows of a list: its query, whether it is shared, its ids newest first, how long it may live."""

    query: str
    shared: bool
    size: int
    ids: tuple[int, ...]
    upto: int
    ttl_s: int


class PageCache:
    """At most `MOST_LISTS` lists of the room, the oldest of which goes first; each lives `TTL_S` seconds."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._redis = context.room.redis
        self._all = context.room.key("lists")
        self.hits = self.misses = self.evicted = 0

    def key_of(self, query: Query) -> str:
        """The name of the shared list of a query."""
        hashed = hashlib.sha1(
            f"{self._context.config.words} {query.readings}".encode(), usedforsecurity=False
        )
        return f"time-{hashed.hexdigest()[: 2 * KEY_BYTES]}"

    def _ids(self, name: str) -> str:
        return self._context.room.key("list", name)

    def _about(self, name: str) -> str:
        return self._context.room.key("about", name)

    # Pages of one reader

    async def keep(self, query: Query, ids: Sequence[int]) -> str:
        """Keep these pages for their reader; their name. `Unavailable` while the cache does not answer."""
        name = f"page-{secrets.token_hex(KEY_BYTES)}"

        async def work() -> None:
            pipe = self._redis.pipeline(transaction=True)
            pipe.zadd(self._ids(name), {str(id): -place for place, id in enumerate(ids)})
            pipe.hset(self._about(name), mapping={"query": query.text, "total": len(ids)})
            await self._written(pipe, name)

        await self._context.node(CACHE).call("keep pages", work, source=SERVICE)
        return name

    async def page(self, name: str, start: int, count: int) -> list[int] | None:
        """Some of the kept ids in their order; nothing when they are not kept any more."""

        async def work() -> list[int] | None:
            pipe = self._redis.pipeline(transaction=True)
            pipe.exists(self._ids(name))
            pipe.zrevrange(self._ids(name), start, start + count - 1)
            there, ids = await pipe.execute()
            return [int(id) for id in ids] if there else None

        found: list[int] | None = await self._read("read pages", work)
        return found

    async def leave(self, name: str) -> None:
        """Its reader has other pages now. While the cache does not answer it stays there for its hour."""
        with suppress(Unavailable):
            await self._context.node(CACHE).call("leave pages", lambda: self._delete([name]), source=SERVICE)

    # Lists by time

    async def shared(self, name: str, below: int, count: int) -> SharedList | None:
        """The first of a shared list, below an id (0: from its beginning); nothing when there is no such list."""

        async def work() -> SharedList | None:
            pipe = self._redis.pipeline(transaction=True)
            pipe.hmget(self._about(name), "upto", "whole", "total")
            bound = f"({below}" if below else "+inf"
            pipe.zrevrangebyscore(self._ids(name), bound, "-inf", start=0, num=count)
            (upto, whole, total), ids = await pipe.execute()
            if upto is None:
                return None
            return SharedList(tuple(int(id) for id in ids), int(upto), whole == "1", int(total or 0))

        found: SharedList | None = await self._read("read the list", work)
        return found

    async def add(self, name: str, query: Query, ids: Sequence[int], **about: int) -> None:
        """Put ids on a shared list; `upto`, `whole` and `total` are what is known of it from now on."""

        async def work() -> None:
            pipe = self._redis.pipeline(transaction=True)
            if ids:
                pipe.zadd(self._ids(name), {str(id): id for id in ids})
            pipe.hset(self._about(name), mapping={"query": query.text, **about})
            pipe.zcard(self._ids(name))
            await self._written(pipe, name)
            if int((await self._redis.zcard(self._ids(name))) or 0) > LONGEST_LIST:
                await self._redis.zremrangebyrank(self._ids(name), 0, -LONGEST_LIST - 1)
                await self._redis.hset(self._about(name), "whole", 0)

        await self._context.node(CACHE).call("add to the list", work, source=SERVICE)

    async def _read(self, operation: str, work: Any) -> Any:
        found = await self._context.node(CACHE).call(
            operation, work, source=SERVICE, outcome=lambda one: "miss" if one is None else "ok"
        )
        self.hits += found is not None
        self.misses += found is None
        return found

    async def _written(self, pipe: Any, name: str) -> None:
        pipe.expire(self._ids(name), TTL_S)
        pipe.expire(self._about(name), TTL_S)
        pipe.zadd(self._all, {name: self._context.clock.time()})
        pipe.zremrangebyscore(self._all, "-inf", self._context.clock.time() - TTL_S)
        pipe.zrange(self._all, 0, -MOST_LISTS - 1)
        *_, gone = await pipe.execute()
        if gone:
            self.evicted += len(gone)
            await self._delete(gone)

    async def _delete(self, names: Sequence[str]) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.zrem(self._all, *names)
        pipe.unlink(*(key for name in names for key in (self._ids(name), self._about(name))))
        await pipe.execute()

    async def forget(self) -> int:
        """Empty it; how many lists there were."""
        names = await self._redis.zrange(self._all, 0, -1)
        if names:
            await self._delete(names)
        return len(names)

    async def look(self, count: int, ids: int) -> tuple[int, int, list[KeptList]]:
        """How many lists there are, how many ids they have, and some of them, as they lie in Valkey.

        Shared ones first, the longest before the others, so that they keep their places; then the newest.
        """
        names = await self._redis.zrevrange(self._all, 0, -1)
        pipe = self._redis.pipeline(transaction=False)
        for name in names:
            pipe.zcard(self._ids(name))
        sizes = [int(one) for one in await pipe.execute()] if names else []
        alive = [(name, size) for name, size in zip(names, sizes, strict=True) if size]
        alive.sort(key=lambda one: (0, -one[1], one[0]) if one[0].startswith("time-") else (1, 0, ""))
        for name, _ in alive[:count]:
            pipe.hmget(self._about(name), "query", "upto")
            pipe.zrevrange(self._ids(name), 0, ids - 1)
            pipe.ttl(self._ids(name))
        answers = await pipe.execute() if alive else []
        parts = zip(alive[:count], answers[::3], answers[1::3], answers[2::3], strict=True)
        shown = [
            KeptList(
                query or "", name.startswith("time-"), size, tuple(map(int, found)), int(upto or 0), int(ttl)
            )
            for (name, size), (query, upto), found, ttl in parts
        ]
        return len(alive), sum(size for _, size in alive), shown
