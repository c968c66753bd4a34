"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    scanning: str = "partitions"
    fencing: str = "on"
    idempotency: str = "on"
    ack: str = "after"
    relevance: str = "on"
    pressure: str = "on"
    retry: str = "exponential"
    extractors: int = 3
    scan_ms: int = 250
    gap_ms: int = 0
    lease_s: float = 1.0
    workers: int = 2
    visibility_s: float = 1.0
    threshold: int = 200
    slow_ms: int = 100
    tries: int = 5
