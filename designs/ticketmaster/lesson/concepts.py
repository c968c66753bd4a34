"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("ttl-lock", "locks", "holding"),
    Runs("row-lock", "transactions", "isolation"),
    Runs("waiting-room", "queue", "admission"),
    Runs("outbox", "index", "search"),
    Runs("inverted-index", "index", "search"),
    Runs("idempotency-key", "money"),
    Runs("lru-cache", "cache", "cache"),
    Runs("server-sent-events", "delivery", "delivery"),
)
