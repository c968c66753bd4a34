"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    search: str = "index"
    counting: str = "powers"
    once: str = "set"
    ranking: str = "rerank"
    paging: str = "cursor"
    removal: str = "purge"
    archive: int = 2000
    index_ms: int = 100
    rerank_n: int = 100
    pages_ahead: int = 5
    read_ms: int = 20
    cache_ttl: int = 30
