"""One code per URL, when that is on: the mapping in force, its filter, and the lock on a URL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from designs.url_shortener.engine.claims import Audit
from designs.url_shortener.config import Config
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.shards.shards import Shards
from designs.url_shortener.engine.strategies import MAPPINGS, URL_LOCKS
from designs.url_shortener.engine.strategies.mappings import MappingCounters, NoMapping
from sdlab.blocks.bloom import BloomFilter
from sdlab.lab import Node, Room
from sdlab.parts.ttl_locks import TtlMutex


class OneToOne:
    """Finds the code that a URL has already. A request keeps the `mapping` it began with."""

    def __init__(
        self,
        room: Room,
        *,
        config: Callable[[], Config],
        shards: Shards,
        url_lock: TtlMutex,
        audit: Audit,
        gate: Callable[[str], Node | None],
        decide: Callable[[str], None],
    ) -> None:
        self._room = room
        self._config = config
        self._shards = shards
        self._url_lock = url_lock
        self._audit = audit
        self._gate = gate
        self._decide = decide
        self._remembered: set[str] | None = None
        self.bloom = BloomFilter(capacity=1, error=0.5)
        self.counters = MappingCounters()
        self.mapping: NoMapping = MAPPINGS["off"](self.bloom, self.counters)

    async def build(self) -> None:
        """Fill a new filter from the store; what is stored meanwhile is added before it serves."""
        config = self._config()
        bloom = BloomFilter(capacity=config.bloom_capacity, error=config.bloom_error_pct / 100)
        self._remembered = set()
        if config.one_to_one == "bloom":
            for digest in await self._shards.digests():
                bloom.add(digest)
        for digest in self._remembered:
            bloom.add(digest)
        self._remembered = None
        if not self.mapping.one_to_one:
            self._audit.one_to_one_began()
        self.bloom, self.counters = bloom, MappingCounters()
        self.mapping = MAPPINGS[self._config().one_to_one](bloom, self.counters)

    async def existing(self, digest: str, mapping: NoMapping) -> StoredLink | None:
        """The link that the URL has already, as far as the mapping can tell."""
        if bloom := self._gate("bloom"):
            bloom.touch("seen?", "ok" if self.bloom.may_contain(digest) else "miss", source="gateway")
        return await mapping.existing(
            digest, lambda: self._shards.find_url(digest, source="gateway"), say=self._decide
        )

    def remember(self, digest: str, mapping: NoMapping) -> None:
        """The URL has a code: the filter that looked, and one that has replaced it or will, must know."""
        if not digest:
            return
        for one in {mapping, self.mapping}:
            one.remember(digest)
        if self._remembered is not None:
            self._remembered.add(digest)

    @asynccontextmanager
    async def locked(self, digest: str) -> AsyncIterator[None]:
        """Nobody else gives this URL a code meanwhile, unless the lock is switched off."""
        gate = self._gate("url-lock")
        if gate is None or not URL_LOCKS[self._config().url_lock].locks:
            yield
            return
        reach = partial(gate.call, "lock", source="gateway")
        async with self._url_lock.hold(self._room.key("lock", digest), reach=reach):
            yield
