"""The numbers that a comparison of approaches counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdlab.lab import Tally

if TYPE_CHECKING:
    from designs.url_shortener.engine.engine import UrlShortener


def tallies(engine: UrlShortener) -> tuple[Tally, ...]:
    """What the engine has done until now."""
    cache, counters, clicks = engine.cache.held, engine.one_to_one.counters, engine.clicks
    asked = cache.hits + cache.misses if cache else 0
    hit_ratio = round(100 * cache.hits / asked, 1) if cache and asked else 0.0
    reads = sum(node.calls for node in engine.nodes.values() if node.spec.kind == "shard")
    links = sum(engine.shards.held.codes.values())
    return (
        Tally("links", "Links stored", "links", float(links), "same"),
        Tally("shard_calls", "Calls of shards", "calls", float(reads)),
        Tally("hit_ratio", "Cache hits", "%", hit_ratio, "more"),
        Tally("cached", "Links in the cache", "links", float(len(cache) if cache else 0)),
        Tally("url_lookups", "Lookups of URLs", "lookups", float(counters.lookups)),
        Tally("avoided", "Lookups avoided", "lookups", float(counters.avoided), "more"),
        Tally("collisions", "Codes that were taken", "codes", float(engine.tally.collisions)),
        Tally("waited", "Waits for a URL's lock", "waits", float(engine.url_lock.waited)),
        Tally("unseen", "Clicks not seen", "clicks", float(clicks.total_made - clicks.total_seen)),
        Tally("moved", "Rows moved", "rows", float(engine.shards.moves.moved_in_all)),
    )
