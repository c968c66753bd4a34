"""The parts of the system on the path of requests, and what can be done to them."""

from __future__ import annotations

from designs.ticketmaster.config import Config
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
