"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("inverted-index", "postings", "approach"),
    Runs("scatter-gather", "shards", "missing"),
    Runs("segments", "segments", "commit"),
    Runs("outbox", "source", "commit"),
    Runs("cursor-paging", "pages", "pages"),
    Runs("replication", "shards", "missing"),
    Runs("hot-key", "hot", "hot"),
    Runs("k-way-merge", "shards", "approach"),
    Runs("two-stage-counter", "likes", "likes"),
    Runs("atomic-script", "likes"),
)
