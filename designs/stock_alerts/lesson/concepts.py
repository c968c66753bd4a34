"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("reverse-search", "cost", "matching"),
    Runs("event-log", "partitions", "order"),
    Runs("idempotency-key", "dedupe", "once"),
    Runs("atomic-script", "dedupe", "once"),
    Runs("replica-lag", "verdicts", "once"),
    Runs("late-data", "partitions", "order"),
    Runs("work-queue", "queue", "ack"),
    Runs("server-sent-events", "delay", "feed"),
)
