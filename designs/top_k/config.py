"""The toggles and knobs of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    counting: str = "partitioned"
    sliding: str = "ring_12"
    counters: str = "atomic"
    overlay: str = "on"
    sketch_update: str = "conservative"
    sizing: str = "manual"
    hosts: int = 3
    replicas: int = 2
    k: int = 10
    skew: float = 1.1
    videos: int = 2000
    width: int = 256
    depth: int = 4
    heap_size: int = 50
    budget_kib: int = 256
    hash_seed: int = 1
    flush_s: int = 2
    gap_ms: int = 1
