"""The switches and numbers of the running system, and the parts that they call for."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.blocks.rate_rule import Rule
from sdlab.lab import DOWN, SLOW, FaultSpec, NodeSpec

SERVICE, STORE, BUS, DISPATCHER, VIEWERS = "service", "store", "bus", "dispatcher", "viewers"
AUTHOR_WINDOW = 10.0
KILLED = FaultSpec("down", "killed", "breaks all its connections and takes no new ones")
LOSSY = FaultSpec("lossy", "lossy", "loses this share of what servers read from it", "%", 1, 100, 40)
STALE = FaultSpec("stale", "stale", "goes on with the table that it has and hears of no change")
SLOW_READERS = FaultSpec(
    "slow", "some read slowly", "has five viewers who read only so many comments", "per s", 1, 50, 2
)


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    delivery: str = "sse"
    routing: str = "by_stream"
    distribution: str = "partitioned"
    transport: str = "log"
    pagination: str = "cursor"
    slow_viewer: str = "drop"
    servers: int = 4
    capacity: int = 4000
    log_kept: int = 1000
    buffer: int = 128
    poll_s: int = 2
    author_limit: int = 10

    @property
    def rule(self) -> Rule:
        """How often one author may comment."""
        return Rule(self.author_limit, AUTHOR_WINDOW, self.author_limit)


def server_ids(config: Config) -> list[str]:
    """The servers that hold connections, in order."""
    return [f"server-{number}" for number in range(1, config.servers + 1)]


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
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
        NodeSpec(VIEWERS, "viewers", "client", 5 if dispatched else 4, faults=(SLOW_READERS,)),
    )
