"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("content-defined-chunking", "chunks", "chunking"),
    Runs("event-log", "log", "changes"),
    Runs("reconciliation", "log", "changes"),
    Runs("pub-sub", "polling", "delivery"),
)
