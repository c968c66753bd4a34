"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("lease-fencing", "partitions", "fencing"),
    Runs("skip-locked", "partitions", "scanning"),
    Runs("work-queue", "queue", "ack"),
    Runs("idempotency-key", "doubles", "idempotency"),
    Runs("back-off", "retries", "retry"),
    Runs("state-machine", "outcomes", "relevance"),
    Runs("atomic-script", "queue", "pressure"),
)
