"""The nodes of the system, and what can be done to them."""

from __future__ import annotations

from designs.location_tracking.config import Config
from sdlab.lab import DOWN, SLOW, FaultSpec, NodeSpec

BUSES, GATEWAY, INDEX, HISTORY = "buses", "gateway", "index", "history"
MOST_SHARDS = 6

SILENT = FaultSpec("silent", "silent", "lets this share of the buses send nothing", "%", 1, 100, 40)
CUT = FaultSpec("cut", "connections cut", "drops every open connection once", momentary=True)
FORGET = FaultSpec("forget", "memory lost", "forgets the index, which is built again", momentary=True)


def shard_id(number: int) -> str:
    """The node of a shard of last positions."""
    return f"shard-{number}"


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The nodes of the system, left to right."""
    return (
        NodeSpec(BUSES, "buses", "client", 1, faults=(SILENT, CUT)),
        NodeSpec(GATEWAY, "gateway", "gateway", 2, faults=(SLOW,)),
        NodeSpec(INDEX, "index", "index", 3, faults=(FORGET,)),
        *[NodeSpec(shard_id(n), f"shard {n}", "cache", 3, faults=(DOWN,)) for n in range(config.shards)],
        NodeSpec(HISTORY, "history", "database", 4, faults=()),
    )
