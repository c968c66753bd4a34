"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    chunking: str = "content"
    dedupe: str = "shared"
    delta: str = "missing"
    compression: str = "by_type"
    upload: str = "parallel"
    delivery: str = "long_poll"
    changes: str = "log"
    conflict: str = "copy"
    completing: str = "verified"
    collecting: str = "grace"
    chunk_bytes: int = 1024
    line_ms: int = 10
    at_once: int = 4
    poll_ms: int = 1000
    reconcile_s: int = 20
    versions: int = 5
    grace_s: int = 5
    sweep_ms: int = 300
