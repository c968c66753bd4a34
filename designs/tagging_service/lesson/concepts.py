"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("inverted-index", "postings", "approach"),
    Runs("roaring-bitmap", "copies", "approach"),
    Runs("query-plan", "plan", "indexes"),
    Runs("partial-index", "hot", "hot_index"),
    Runs("scatter-gather", "shards", "sharding"),
    Runs("hot-key", "shards", "sharding"),
    Runs("outbox", "copies", "upkeep"),
    Runs("row-lock", "pairs", "merge_lock"),
)
