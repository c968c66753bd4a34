"""What stands between a redirect and the shards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from designs.url_shortener.engine.strategies.locks import Decide
from sdlab.blocks.lru import LruCache


@dataclass(frozen=True, slots=True)
class CachedLink:
    """All that a redirect needs. `location` is an ASCII URI; times are Unix seconds."""

    location: str
    expires_at: float | None
    shard: int


class CachePolicy(Protocol):
    """Builds the cache of a configuration; None is a cache that holds nothing."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]

    @staticmethod
    def build(*, capacity: int, lifetime: float) -> LruCache[str, CachedLink] | None:
        """An empty cache of `capacity` links, `lifetime` in seconds."""
        ...

    @staticmethod
    def explain(decide: Decide, *, hit: bool) -> None:
        """Say why it answered, or did not."""
        ...


class NoCache(CachePolicy):
    """Every redirect asks a shard."""

    label = "off"
    tradeoff = "Nothing to keep in step, but every redirect costs a read of a shard."

    @staticmethod
    def build(*, capacity: int, lifetime: float) -> LruCache[str, CachedLink] | None:
        return None

    @staticmethod
    def explain(decide: Decide, *, hit: bool) -> None:
        decide("no cache")


class Lru(CachePolicy):
    """Keeps the links used last."""

    label = "LRU"
    tradeoff = "Popular links stay in memory; the long tail still reaches the shards."

    @staticmethod
    def build(*, capacity: int, lifetime: float) -> LruCache[str, CachedLink] | None:
        return LruCache(capacity)

    @staticmethod
    def explain(decide: Decide, *, hit: bool) -> None:
        decide("the LRU cache holds it, no shard is asked" if hit else "cache miss")


class Ttl(CachePolicy):
    """Keeps the links used last, for a while."""

    label = "TTL"
    tradeoff = "A stale entry ends by itself, at the price of asking again for links that did not change."

    @staticmethod
    def build(*, capacity: int, lifetime: float) -> LruCache[str, CachedLink] | None:
        return LruCache(capacity, lifetime=lifetime)

    @staticmethod
    def explain(decide: Decide, *, hit: bool) -> None:
        decide("the TTL cache holds it and its time is not over, no shard is asked" if hit else "cache miss")


CACHES: dict[str, type[CachePolicy]] = {"off": NoCache, "lru": Lru, "ttl": Ttl}
