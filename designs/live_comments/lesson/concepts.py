"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("server-sent-events", "deliveries", "delivery"),
    Runs("pub-sub", "bus", "transport"),
    Runs("event-log", "bus", "transport"),
    Runs("cursor-paging", "paging", "pagination"),
    Runs("bounded-buffer", "buffers", "slow_viewer"),
    Runs("hot-key", "matrix", "distribution"),
)
