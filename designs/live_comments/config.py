"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    delivery: str = "sse"
    routing: str = "by_stream"
    distribution: str = "partitioned"
    transport: str = "log"
    pagination: str = "cursor"
    slow_viewer: str = "drop"
    servers: int = 4
    capacity: int = 4000
    log_kept: int = 1000
    buffer: int = 128
    poll_s: int = 2
    viewers: int = 300
    author_limit: int = 10
