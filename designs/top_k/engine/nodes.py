"""The nodes of the system, left to right, and what may happen to them."""

from __future__ import annotations

from designs.top_k.config import Config
from designs.top_k.engine.layout import host_count
from designs.top_k.engine.strategies import COUNTINGS
from sdlab.lab import DOWN, SLOW, STANDARD_FAULTS, FaultSpec, NodeSpec

GATEWAY, LOG, BATCH, MERGER = "gateway", "log", "batch", "merger"
PARTITIONS = 4
HOST, AGGREGATOR = "host-", "aggregator-"

LOSE = FaultSpec(
    "lose", "loses its memory", "is killed and started again, with nothing in its memory", momentary=True
)
DIES = FaultSpec("down", "killed", "is gone with everything in its memory, until it is started again")
HOST_FAULTS = (DIES, LOSE, *(one for one in STANDARD_FAULTS if one.kind != "down"))
LATE = FaultSpec("slow", "late", "begins each batch later", "ms", 1, 10_000, 3_000)


def host_id(host: int) -> str:
    """The node of a host."""
    return f"{HOST}{host}"


def host_of(node_id: str) -> int | None:
    """The host of that node; None when it is the node of something else."""
    return int(node_id.removeprefix(HOST)) if node_id.startswith(HOST) else None


def aggregator_id(partition: int) -> str:
    """The node that aggregates a partition of the log."""
    return f"{AGGREGATOR}{partition}"


def partition_of_node(node_id: str) -> int | None:
    """The partition of that aggregator's node; None when it is the node of something else."""
    return int(node_id.removeprefix(AGGREGATOR)) if node_id.startswith(AGGREGATOR) else None


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The nodes under that configuration."""
    gateway = NodeSpec(GATEWAY, "load balancer", "gateway", 1, faults=(DOWN,))
    log = NodeSpec(LOG, "view log", "queue", 2, faults=(DOWN, SLOW))
    if not COUNTINGS[config.counting].on_hosts:
        return (gateway, log, *_batch())
    hosts = [
        NodeSpec(host_id(one), _host_name(config, one), "host", 2, faults=HOST_FAULTS)
        for one in range(host_count(config))
    ]
    return (gateway, *hosts, log, NodeSpec(MERGER, "merger", "merger", 3))


def _host_name(config: Config, host: int) -> str:
    if config.counting in ("one_host", "sketch"):
        kind = "sketch" if config.counting == "sketch" else "host"
        return f"standby {host}" if host else kind
    return f"host {host}"


def _batch() -> tuple[NodeSpec, ...]:
    return (
        *(
            NodeSpec(aggregator_id(one), f"aggregator {one}", "worker", 3, faults=(DIES, SLOW))
            for one in range(PARTITIONS)
        ),
        NodeSpec(BATCH, "batch count", "worker", 4, faults=(DOWN, LATE)),
        NodeSpec(MERGER, "top-k job", "merger", 5, faults=(DOWN, SLOW)),
    )
