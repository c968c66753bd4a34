"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("geohash", "map", "candidates"),
    Runs("inverted-index", "candidates", "search"),
    Runs("row-lock", "average", "average"),
    Runs("hot-key", "average", "average"),
    Runs("outbox", "index", "sync"),
    Runs("work-queue", "index", "sync"),
    Runs("lru-cache", "cache", "cache"),
    Runs("cursor-paging", "score", "sort"),
    Runs("idempotency-key", "ratings", "unique"),
)
