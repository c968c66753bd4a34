"""The parts of the system, left to right, and their ids."""

from __future__ import annotations

from designs.live_comments.config import Config
from sdlab.lab import DOWN, SLOW, FaultSpec, NodeSpec

SERVICE, STORE, BUS, DISPATCHER, VIEWERS = "service", "store", "bus", "dispatcher", "viewers"
KILLED = FaultSpec("down", "killed", "breaks all its connections and takes no new ones")
LOSSY = FaultSpec("lossy", "lossy", "loses this share of what servers read from it", "%", 1, 100, 40)
STALE = FaultSpec("stale", "stale", "goes on with the table that it has and takes no reports")
SLOW_VIEWERS = FaultSpec(
    "slow", "some read slowly", "has five viewers who read only so many comments", "per s", 1, 50, 2
)


def server_ids(config: Config) -> list[str]:
    """The servers that hold connections, in order."""
    return [f"server-{number}" for number in range(1, config.servers + 1)]


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts under that configuration."""
    dispatched = config.distribution == "dispatcher"
    dispatcher = (NodeSpec(DISPATCHER, "dispatcher", "service", 3, faults=(DOWN, STALE)),)
    bus = "comment log" if config.transport == "log" else "pub/sub"
    return (
        NodeSpec(SERVICE, "comment service", "service", 1, faults=()),
        NodeSpec(STORE, "comment store", "database", 2, faults=(DOWN, SLOW)),
        NodeSpec(BUS, bus, "queue", 2, faults=(DOWN, LOSSY)),
        *(dispatcher if dispatched else ()),
        *[
            NodeSpec(one, f"server {one[7:]}", "gateway", 4 if dispatched else 3, faults=(KILLED,))
            for one in server_ids(config)
        ],
        NodeSpec(VIEWERS, "viewers", "client", 5 if dispatched else 4, faults=(SLOW_VIEWERS,)),
    )
