"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    approach: str = "join"
    indexes: str = "both"
    hot_index: str = "none"
    counts: str = "exact"
    sharding: str = "one"
    merge_lock: str = "on"
    upkeep: str = "outbox"
    shards: int = 4
    merge_gap_ms: int = 8
    count_age_s: int = 10
    sample_pct: int = 20
