"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    ordering: str = "serializable"
    picking: str = "skip"
    reservation: str = "status"
    allocation: str = "rules"
    availability: str = "regions"
    reach: str = "time"
    gap_ms: int = 0
    reserve_s: int = 30
    sweep_s: int = 5
    pick_min: float = 3.0
    courier_min: int = 35
    kept_s: int = 60
    lag_ms: int = 200
