"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    redirect: str = "server"
    aggregation: str = "stream"
    key: str = "spread"
    idempotency: str = "signed"
    flush: str = "1"
    late: str = "correct"
    recovery: str = "checkpoint"
    reconcile: str = "off"
    lateness_s: int = 1
    ttl_s: int = 600
    capacity: int = 200
    batch_s: int = 5
    kept: int = 20_000
