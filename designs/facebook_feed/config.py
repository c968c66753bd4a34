"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    fanout: str = "hybrid"
    ack: str = "after"
    cursor: str = "time_id"
    page_cache: str = "off"
    hot_cache: str = "replicated"
    removal: str = "purge"
    threshold: int = 100
    workers: int = 3
    worker_rate: int = 2000
    cache_ttl: int = 60
    cache_nodes: int = 3
    node_rate: int = 400
