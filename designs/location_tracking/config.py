"""The switches and numbers of the running system, and the parts that they call for."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import DOWN, SLOW, FaultSpec, NodeSpec

BUSES, GATEWAY, INDEX, HISTORY = "buses", "gateway", "index", "history"
MOST_SHARDS = 6
MOST_BUSES = 20_000

SILENT = FaultSpec("silent", "silent", "lets this share of the buses send nothing", "%", 1, 100, 40)
CUT = FaultSpec("cut", "connections cut", "drops every open connection once", momentary=True)
FORGET = FaultSpec("forget", "memory lost", "forgets the index, which is built again", momentary=True)


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    index: str = "geohash"
    neighbours: str = "on"
    ordering: str = "checked"
    placement: str = "ring"
    spread: str = "even"
    fleet: int = 240
    interval_s: float = 1.0
    precision: int = 6
    leaf: int = 16
    shards: int = 4
    stale_s: float = 10.0


def shard_ids(config: Config) -> list[str]:
    """The shards that hold last positions, in order."""
    return [f"shard-{number}" for number in range(config.shards)]


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    return (
        NodeSpec(BUSES, "buses", "client", 1, faults=(SILENT, CUT)),
        NodeSpec(GATEWAY, "gateway", "gateway", 2, faults=(SLOW,)),
        NodeSpec(INDEX, "index", "index", 3, faults=(FORGET,)),
        *[NodeSpec(one, f"shard {one[-1]}", "cache", 3, faults=(DOWN,)) for one in shard_ids(config)],
        NodeSpec(HISTORY, "history", "database", 4, faults=()),
    )
