"""The toggles and knobs of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    proximity: str = "geo"
    neighbours: str = "on"
    freshness: str = "checked"
    offers: str = "one"
    lock: str = "redis"
    intake: str = "queue"
    matching: str = "greedy"
    updates: str = "every"
    surge: str = "on"
    fleet: int = 400
    matchers: int = 2
    offer_s: float = 4.0
    give_up_s: float = 9.0
    radius_m: int = 2500
    answer_ms: int = 500
    interval_s: float = 1.0
    move_m: int = 40
    batch_ms: int = 500
    hour: int = 12
    fresh_s: float = 10.0
