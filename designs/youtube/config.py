"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    path: str = "direct"
    fingerprints: str = "checked"
    resume: str = "on"
    split: str = "segments"
    fencing: str = "on"
    manifest: str = "after"
    abr: str = "throughput"
    chunk_kb: int = 8
    parallel: int = 3
    rtt_ms: int = 20
    workers: int = 2
    encode_ms: int = 60
    lease_s: float = 1.0
    tries: int = 3
    bandwidth: int = 4000
    target_s: int = 6
