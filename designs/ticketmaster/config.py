"""The switches and numbers of the running system, and its parts."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import DOWN, PAUSED, SLOW, FaultSpec, NodeSpec

LOSE = FaultSpec("lose", "restarted", "comes back without any lock", momentary=True)
CRASH = FaultSpec("crash", "dies after payments", "dies after taking the money, before selling the seats")


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    holding: str = "redis"
    search: str = "cdc"
    admission: str = "queue"
    hold_s: int = 30
    batch: int = 50
    sweep_s: int = 10


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    parts = [
        NodeSpec("booking", "booking service", "service", 1, faults=(CRASH,)),
        NodeSpec("locks", "lock store", "redis", 2, faults=(LOSE, DOWN)),
        NodeSpec("database", "database", "database", 2, faults=(SLOW,)),
    ]
    if config.search != "like":
        parts.append(NodeSpec("index", "search index", "index", 3, faults=(DOWN,)))
    if config.search == "cdc":
        parts.append(NodeSpec("capture", "change capture", "worker", 3, faults=(PAUSED,)))
    return tuple(parts)
