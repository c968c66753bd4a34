"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("lease-fencing", "grid", "fencing"),
    Runs("work-queue", "queue", "split"),
    Runs("state-machine", "chunks", "resume"),
    Runs("token-bucket", "abr", "abr"),
    Runs("consistent-hashing", "shards", "path"),
    Runs("atomic-script", "queue", "fencing"),
)
