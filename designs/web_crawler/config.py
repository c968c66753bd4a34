"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    politeness: str = "on"
    lease: str = "ack"
    seen: str = "database"
    robots: str = "obey"
    guard: str = "on"
    content: str = "exact"
    stages: str = "two"
    jitter: str = "on"
    dns: str = "cache"
    delay_ms: int = 1_000
    fetchers: int = 2
    lanes: int = 8
    patience_s: float = 3.0
    visibility_s: float = 2.0
    bloom_for: int = 20_000
    alike: int = 40
    near_bits: int = 6
    extractors: int = 1
    tries: int = 4
    ttl_s: int = 60
