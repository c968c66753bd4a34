"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("watermark", "windows", "late"),
    Runs("late-data", "windows", "late"),
    Runs("event-log", "partitions", "key"),
    Runs("hot-key", "partitions", "key"),
    Runs("checkpoint", "recovery", "recovery"),
    Runs("reconciliation", "reconciliation", "reconcile"),
    Runs("idempotency-key", "dedupe", "idempotency"),
    Runs("atomic-script", "dedupe", "idempotency"),
)
