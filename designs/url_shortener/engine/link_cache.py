"""The cache of redirects behind its gate."""

from __future__ import annotations

from collections.abc import Callable

from designs.url_shortener.config import Config
from designs.url_shortener.engine.strategies import CACHES
from designs.url_shortener.engine.strategies.caches import CachedLink
from sdlab.blocks.lru import LruCache
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import Clock, Node
from sdlab.lab.node import Edges


class LinkCache:
    """What the configured policy holds; a cache that is down or off holds nothing and takes nothing."""

    def __init__(
        self,
        *,
        clock: Clock,
        config: Callable[[], Config],
        gate: Callable[[str], Node | None],
        edges: Edges,
        decide: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._config = config
        self._gate = gate
        self._edges = edges
        self._decide = decide
        self.held: LruCache[str, CachedLink] | None = None
        self.lookups, self.hits = SlidingCounter(seconds=10), SlidingCounter(seconds=10)
        self.last_evicted = ""

    def build(self) -> None:
        """Follow the configuration; what was held and still fits stays."""
        config = self._config()
        old, now = self.held, self._clock.monotonic()
        self.held = CACHES[config.cache].build(capacity=config.cache_size, lifetime=config.cache_ttl_s)
        if old is not None and self.held is not None:
            for code, slot in reversed(old.newest(config.cache_size)):
                self.held.put(code, slot.value, now=now)

    @property
    def works(self) -> bool:
        """Whether there is a cache and it can be reached."""
        gate = self._gate("cache")
        return gate is not None and not gate.down

    def get(self, code: str) -> CachedLink | None:
        """What is held for the code, saying why if nothing is."""
        gate, now = self._gate("cache"), self._clock.monotonic()
        if self.held is None or gate is None:
            return None
        if gate.down:
            self._decide("the cache is down")
            self._edges.count("gateway", "cache", "error")
            return None
        link = self.held.get(code, now=now)
        self.lookups.add(now)
        if link is None:
            gate.touch("get", "miss", source="gateway")
            self._decide("cache miss")
            return None
        self.hits.add(now)
        gate.touch("get", "ok", source="gateway")
        self._decide(f"the {self._config().cache.upper()} cache holds it, no shard is asked")
        return link

    def keep(self, code: str, link: CachedLink) -> None:
        """Hold what a shard answered."""
        if self.held is not None and self.works:
            evicted = self.held.put(code, link, now=self._clock.monotonic())
            self.last_evicted = evicted or self.last_evicted

    def discard(self, code: str) -> None:
        """The code leads somewhere else, or nowhere."""
        if self.held is not None:
            self.held.discard(code)
