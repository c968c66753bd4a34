"""The switches and numbers of the running system, and the parts that they call for."""

from __future__ import annotations

from dataclasses import dataclass

from designs.top_k.stores import WINDOWS, Shape
from designs.top_k.strategies import COUNTINGS, SIZINGS, SLIDINGS, UPDATES
from sdlab.lab import DOWN, SLOW, STANDARD_FAULTS, FaultSpec, NodeSpec

PARTITIONS = 4
LOSE = FaultSpec(
    "lose", "loses its memory", "is killed and started again, with nothing in its memory", momentary=True
)
DIES = FaultSpec("down", "killed", "is gone with everything in its memory, until it is started again")
HOST_FAULTS = (DIES, LOSE, *(one for one in STANDARD_FAULTS if one.kind != "down"))
LATE = FaultSpec("slow", "late", "begins each batch later", "ms", 1, 10_000, 3_000)


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    counting: str = "partitioned"
    sliding: str = "ring_12"
    counters: str = "atomic"
    overlay: str = "on"
    sketch_update: str = "conservative"
    sizing: str = "manual"
    hosts: int = 3
    replicas: int = 2
    k: int = 10
    skew: float = 1.1
    videos: int = 2000
    width: int = 256
    depth: int = 4
    heap_size: int = 50
    budget_kib: int = 256
    hash_seed: int = 1
    flush_s: int = 2

    @property
    def slices(self) -> int:
        """Slices per window."""
        return SLIDINGS[self.sliding].slices

    @property
    def shape(self) -> Shape:
        """How sketches are made."""
        width = SIZINGS[self.sizing].width(
            wanted=self.width,
            depth=self.depth,
            budget=self.budget_kib * 1024,
            sketches=self.slices * len(WINDOWS),
        )
        return Shape(
            width=width,
            depth=self.depth,
            seed=self.hash_seed,
            conservative=UPDATES[self.sketch_update].conservative,
            heap=self.heap_size,
        )

    @property
    def host_count(self) -> int:
        """Hosts that the approach runs."""
        return COUNTINGS[self.counting].hosts(self.hosts, self.replicas)

    @property
    def copies(self) -> int:
        """Copies of every slot that there can be."""
        return min(self.replicas, self.host_count)


def host_id(host: int) -> str:
    """The node of a host."""
    return f"host-{host}"


def aggregator_id(partition: int) -> str:
    """The node that aggregates a partition of the log."""
    return f"aggregator-{partition}"


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    gateway = NodeSpec("gateway", "load balancer", "gateway", 1, faults=(DOWN,))
    if not COUNTINGS[config.counting].on_hosts:
        return (gateway, *_batch())
    log = NodeSpec("log", "view log", "queue", 2, faults=(DOWN, SLOW))
    hosts = [
        NodeSpec(host_id(one), _host_name(config, one), "host", 2, faults=HOST_FAULTS)
        for one in range(config.host_count)
    ]
    return (gateway, *hosts, log, NodeSpec("merger", "merger", "merger", 3))


def _host_name(config: Config, host: int) -> str:
    if config.counting in ("one_host", "sketch"):
        kind = "sketch" if config.counting == "sketch" else "host"
        return f"standby {host}" if host else kind
    return f"host {host}"


def _batch() -> tuple[NodeSpec, ...]:
    return (
        NodeSpec("log", "view log", "queue", 2, faults=(DOWN, SLOW)),
        *(
            NodeSpec(aggregator_id(one), f"aggregator {one}", "worker", 3, faults=(DIES, SLOW))
            for one in range(PARTITIONS)
        ),
        NodeSpec("batch", "batch count", "worker", 4, faults=(DOWN, LATE)),
        NodeSpec("merger", "top-k job", "merger", 5, faults=(DOWN, SLOW)),
    )
