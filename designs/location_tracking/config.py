"""The toggles and knobs of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    index: str = "geohash"
    neighbours: str = "on"
    ordering: str = "checked"
    placement: str = "ring"
    spread: str = "even"
    fleet: int = 240
    interval_s: float = 1.0
    precision: int = 6
    leaf: int = 16
    measured: int = 20_000
    shards: int = 4
    stale_s: float = 10.0
