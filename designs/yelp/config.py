"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    search: str = "engine"
    candidates: str = "circle"
    sort: str = "relevance"
    average: str = "optimistic"
    unique: str = "key"
    sync: str = "capture"
    cache: str = "lru"
    level: int = 6
    cut: int = 5
    text_weight: float = 0.4
    distance_weight: float = 0.4
    rating_weight: float = 0.2
    gap_ms: int = 0
    batch_s: int = 5
    lag_ms: int = 200
    promise_s: int = 5
    kept_s: int = 10
