"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    isolation: str = "namespaces"
    start: str = "warm"
    delivery: str = "fenced"
    board: str = "sorted"
    watching: str = "push"
    cpu_ms: int = 500
    memory_mb: int = 128
    warm: int = 1
    runners: int = 2
    lease_s: float = 1.5
    ttl_s: float = 5.0
    history: int = 0
    spectators: int = 30
    poll_s: float = 3.0
