"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("token-bucket", "buckets", "algorithm"),
    Runs("leaky-bucket", "buckets", "algorithm"),
    Runs("sliding-window", "windows", "algorithm"),
    Runs("gcra", "buckets", "algorithm"),
    Runs("atomic-script", "used", "store"),
    Runs("fail-open-closed", "counters", "on_failure"),
)
