"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("sandbox", "attacks", "isolation"),
    Runs("warm-pool", "sandboxes", "start"),
    Runs("work-queue", "queue", "delivery"),
    Runs("lease-fencing", "queue", "delivery"),
    Runs("sorted-set", "board", "board"),
    Runs("pub-sub", "watching", "watching"),
)
