"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    generator: str = "token_range"
    redirect: str = "302"
    cache: str = "lru"
    one_to_one: str = "bloom"
    allocator_lock: str = "on"
    url_lock: str = "on"
    placement: str = "ring"
    code_length: int = 7
    range_size: int = 1000
    key_servers: int = 3
    cache_size: int = 500
    cache_ttl_s: int = 30
    bloom_capacity: int = 10_000
    bloom_error_pct: float = 1.0
    shards: int = 3
    virtual_nodes: int = 64
    replicas: int = 1
