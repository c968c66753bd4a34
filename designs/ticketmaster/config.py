"""The switches and numbers of the running system, and its parts."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import DOWN, PAUSED, SLOW, FaultSpec, NodeSpec

CRASH = FaultSpec("crash", "dies after payments", "dies after taking the money, before selling the seats")
TORN = FaultSpec("torn", "dies between two writes", "changes the database and dies before it tells the index")
LOSE = FaultSpec("lose", "restarted, nothing persisted", "comes back without any lock", momentary=True)
FSYNC = FaultSpec(
    "fsync", "restarted, log synced each second", "comes back without the newest locks", momentary=True
)
PURGE = FaultSpec("purge", "purged", "forgets every answer", momentary=True)

EDGE, BOOKING, LOCKS, QUEUE = "edge", "booking", "locks", "queue"
PAYMENT, DATABASE, INDEX, CAPTURE = "payment", "database", "index", "capture"


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    holding: str = "redis"
    search: str = "cdc"
    cache: str = "lru"
    delivery: str = "sse"
    admission: str = "queue"
    hold_s: int = 30
    batch: int = 50
    sweep_s: int = 10
    payment_ms: int = 100
    poll_s: int = 2
    edge_s: int = 30


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    parts = [
        NodeSpec(BOOKING, "box office", "service", 2, faults=(CRASH, TORN)),
        NodeSpec(QUEUE, "waiting room", "redis", 3, faults=(DOWN,)),
        NodeSpec(LOCKS, "lock store", "redis", 3, faults=(LOSE, FSYNC, DOWN)),
        NodeSpec(PAYMENT, "payments", "service", 3, faults=(DOWN, SLOW)),
        NodeSpec(DATABASE, "database", "database", 3, faults=(SLOW,)),
    ]
    if config.cache == "edge":
        parts.insert(0, NodeSpec(EDGE, "edge cache", "cache", 1, faults=(PURGE,)))
    if config.search != "like":
        parts.append(NodeSpec(INDEX, "search index", "index", 4, faults=(DOWN,)))
    if config.search == "cdc":
        parts.append(NodeSpec(CAPTURE, "change capture", "worker", 4, faults=(PAUSED,)))
    return tuple(parts)
