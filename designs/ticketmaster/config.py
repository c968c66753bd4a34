"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    holding: str = "redis"
    isolation: str = "committed"
    search: str = "cdc"
    cache: str = "lru"
    delivery: str = "sse"
    admission: str = "queue"
    hold_s: int = 30
    batch: int = 50
    sweep_s: int = 10
    payment_ms: int = 100
    poll_s: int = 2
    watchers: int = 8
    edge_s: int = 30
