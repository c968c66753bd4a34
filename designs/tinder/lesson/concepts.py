"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("prepared-feed", "queue", "feed"),
    Runs("bloom-filter", "filter", "again"),
    Runs("replica-lag", "race", "match"),
    Runs("atomic-script", "race", "match"),
    Runs("geohash", "map"),
    Runs("outbox", "stale", "change"),
)
