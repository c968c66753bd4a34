"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    feed: str = "precomputed"
    again: str = "bloom"
    match: str = "atomic"
    change: str = "evict"
    ttl_s: int = 30
    refill_at: int = 5
    batch: int = 20
    replication_ms: int = 300
    bloom_bits: int = 4096
    bloom_from: int = 10
    recent: int = 50
    people: int = 3000
