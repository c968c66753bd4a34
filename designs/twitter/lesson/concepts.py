"""Structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("two-stage-counter", "counts", "counting"),
    Runs("inverted-index", "postings", "search"),
    Runs("cursor-paging", "paging", "paging"),
    Runs("outbox", "lag", "search"),
    Runs("hot-key", "writes", "counting"),
    Runs("atomic-script", "once", "once"),
)
