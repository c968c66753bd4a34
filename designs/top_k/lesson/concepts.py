"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("count-min-sketch", "sketch", "sketch_update"),
    Runs("top-heap", "heap", "counting"),
    Runs("sliding-window", "windows", "sliding"),
    Runs("k-way-merge", "fleet", "counting"),
    Runs("consistent-hashing", "ownership", "counting"),
    Runs("replication", "fleet"),
    Runs("atomic-script", "fleet", "counters"),
)
