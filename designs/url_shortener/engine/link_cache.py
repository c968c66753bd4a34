"""The cache of redirects on its node."""

from __future__ import annotations

from designs.url_shortener.config import Config
from designs.url_shortener.engine.nodes import CACHE, GATEWAY
from designs.url_shortener.engine.strategies import CACHES
from designs.url_shortener.engine.strategies.caches import CachedLink
from sdlab.blocks.lru import LruCache
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext


class LinkCache:
    """What the configured policy holds; a cache that is down or off holds nothing and takes nothing."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.held: LruCache[str, CachedLink] | None = None
        self.lookups, self.hits = SlidingCounter(seconds=10), SlidingCounter(seconds=10)
        self.last_evicted = ""

    def build(self) -> None:
        """Follow the configuration; what was held and still fits stays."""
        config, old = self._context.config, self.held
        self.held = CACHES[config.cache].build(capacity=config.cache_size, lifetime=config.cache_ttl_s)
        if old is not None and self.held is not None:
            now = self._context.clock.monotonic()
            for code, slot in reversed(old.newest(config.cache_size)):
                self.held.put(code, slot.value, now=now)

    def reconfigure(self, before: Config) -> None:
        """Follow a change of the configuration, if it is one of the cache."""
        now = self._context.config
        if (now.cache, now.cache_size, now.cache_ttl_s) != (
            before.cache,
            before.cache_size,
            before.cache_ttl_s,
        ):
            self.build()

    @property
    def works(self) -> bool:
        """Whether there is a cache and it can be reached."""
        node = self._context.nodes.get(CACHE)
        return node is not None and not node.down

    def get(self, code: str) -> CachedLink | None:
        """What is held for the code, saying why if nothing is."""
        context, now = self._context, self._context.clock.monotonic()
        node, policy = context.nodes.get(CACHE), CACHES[context.config.cache]
        if self.held is None or node is None:
            policy.explain(context.decide, hit=False)
            return None
        if node.down:
            context.decide("the cache is down")
            context.edges.count(GATEWAY, CACHE, "error")
            return None
        link = self.held.get(code, now=now)
        self.lookups.add(now)
        if link is None:
            node.touch("get", "miss", source=GATEWAY)
            policy.explain(context.decide, hit=False)
            return None
        self.hits.add(now)
        node.touch("get", "ok", source=GATEWAY)
        policy.explain(context.decide, hit=True)
        return link

    def put(self, code: str, link: CachedLink) -> None:
        """Hold what a shard answered."""
        if self.held is not None and self.works:
            evicted = self.held.put(code, link, now=self._context.clock.monotonic())
            self.last_evicted = evicted or self.last_evicted

    def discard(self, code: str) -> None:
        """The code leads somewhere else, or nowhere."""
        if self.held is not None:
            self.held.discard(code)

    def flush(self) -> int:
        """Forget every link; returns how many."""
        return self.held.clear() if self.held is not None else 0
