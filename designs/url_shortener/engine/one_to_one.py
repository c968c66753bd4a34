"""One code per URL, when that is on: the mapping in force, its filter, and the lock on a URL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from designs.url_shortener.config import Config
from designs.url_shortener.engine.claims import ClaimChecker
from designs.url_shortener.engine.nodes import BLOOM, GATEWAY, URL_LOCK
from designs.url_shortener.engine.shards.link_table import LinkTable
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.shards.table_scans import TableScans
from designs.url_shortener.engine.strategies import MAPPINGS, URL_LOCKS
from designs.url_shortener.engine.strategies.mappings import Known, MappingCounters, NoMapping, UrlFilter
from sdlab.lab import EngineContext
from sdlab.parts.ttl_locks import TtlMutex


class OneToOne:
    """Finds the code that a URL has already. A request keeps the `mapping` it began with."""

    def __init__(
        self, context: EngineContext[Config], table: LinkTable, scans: TableScans, checker: ClaimChecker
    ) -> None:
        self._context = context
        self._table = table
        self._scans = scans
        self._checker = checker
        self._added_meanwhile: set[str] | None = None
        self.url_lock = TtlMutex(context.room.redis, clock=context.clock, what="this URL")
        self.urls = UrlFilter(capacity=1, error=0.5)
        self.counters = MappingCounters()
        self.mapping: NoMapping = MAPPINGS["off"](self.urls, self.counters)

    async def build(self) -> None:
        """Fill a new filter from the store; what is stored meanwhile is added before it serves."""
        config = self._context.config
        urls = UrlFilter(capacity=config.bloom_capacity, error=config.bloom_error_pct / 100)
        self._added_meanwhile = set()
        if config.one_to_one == "bloom":
            for digest in await self._scans.digests():
                urls.add(digest)
        for digest in self._added_meanwhile:
            urls.add(digest)
        self._added_meanwhile = None
        was_one_to_one = self.mapping.one_to_one
        self.urls, self.counters = urls, MappingCounters()
        self.mapping = MAPPINGS[self._context.config.one_to_one](urls, self.counters)
        self._checker.one_to_one(was=was_one_to_one, now=self.mapping.one_to_one)

    async def reconfigure(self, before: Config) -> None:
        """Follow a change of the configuration, if it is one of the mapping."""
        if _settings(self._context.config) != _settings(before):
            await self.build()
        if self._context.config.url_lock != before.url_lock:
            self._checker.url_lock_switched()

    async def existing(self, digest: str, mapping: NoMapping) -> Known[StoredLink]:
        """The link that the URL has already, as far as the mapping can tell, and why."""
        if node := self._context.nodes.get(BLOOM):
            node.touch("seen?", "ok" if self.urls.bloom.may_contain(digest) else "miss", source=GATEWAY)
        lookup = partial(self._table.find_url, digest)
        return await mapping.existing(digest, lookup, decide=self._context.decide)

    def add(self, digest: str, mapping: NoMapping) -> None:
        """The URL has a code: the filter that looked, and one that has replaced it or will, must know."""
        if not digest:
            return
        for known in {mapping, self.mapping}:
            known.add(digest)
        if self._added_meanwhile is not None:
            self._added_meanwhile.add(digest)

    @asynccontextmanager
    async def locked(self, digest: str) -> AsyncIterator[None]:
        """Nobody else gives this URL a code meanwhile, unless the lock is switched off."""
        node, lock = self._context.nodes.get(URL_LOCK), URL_LOCKS[self._context.config.url_lock]
        if node is None or not lock.locks:
            lock.explain(self._context.decide)
            yield
            return
        reach = partial(node.call, "lock", source=GATEWAY)
        async with self.url_lock.hold(self._context.room.key("lock", digest), reach=reach):
            lock.explain(self._context.decide)
            yield


def _settings(config: Config) -> tuple[object, ...]:
    return config.one_to_one, config.bloom_capacity, config.bloom_error_pct
