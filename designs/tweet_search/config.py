"""The toggles and knobs of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    approach: str = "engine"
    likes: str = "powers"
    pages: str = "chronological"
    commit: str = "one"
    words: str = "telling"
    phrases: str = "positions"
    hot: str = "on"
    missing: str = "said"
    rerank: int = 200
    shards: int = 2
    replicas: int = 0
    promise_s: int = 30
