"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("fan-out", "approaches", "fanout"),
    Runs("work-queue", "queue", "ack"),
    Runs("k-way-merge", "approaches", "fanout"),
    Runs("cursor-paging", "paging", "cursor"),
    Runs("prepared-feed", "pages", "page_cache"),
    Runs("hot-key", "caches", "hot_cache"),
    Runs("consistent-hashing", "caches", "hot_cache"),
    Runs("lru-cache", "caches", "hot_cache"),
)
