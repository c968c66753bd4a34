"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    matching: str = "thresholds"
    order: str = "partitioned"
    once: str = "both"
    ack: str = "after"
    feed: str = "push"
    cap: str = "on"
    alerts: int = 2_000
    consumers: int = 2
    replica_ms: int = 100
    ttl_s: int = 60
    poll_s: int = 5
    limit: int = 50
