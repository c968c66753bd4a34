"""The nodes of the system, left to right, and what may happen to them."""

from __future__ import annotations

from designs.top_k.config import Config
from designs.top_k.engine.layout import host_count
from designs.top_k.engine.strategies import COUNTINGS
from sdlab.lab import DOWN, SLOW, STANDARD_FAULTS, Card, FaultSpec, NodeSpec

GATEWAY, LOG, BATCH, MERGER = "gateway", "log", "batch", "merger"
PARTITIONS = 4
HOST, AGGREGATOR = "host-", "aggregator-"

LOSE = FaultSpec(
    "lose",
    "loses its memory",
    "is killed and started again, with nothing in its memory",
    momentary=True,
    verb="Restart empty",
)
DIES = FaultSpec(
    "down", "killed", "is gone with everything in its memory, until it is started again", verb="Kill"
)
HOST_FAULTS = (DIES, LOSE, *(one for one in STANDARD_FAULTS if one.kind != "down"))
LATE = FaultSpec("slow", "late", "begins each batch later", "ms", 1, 10_000, 3_000, verb="Delay")

FLOWS = (
    ("visitor", GATEWAY),
    (GATEWAY, "host-*"),
    (GATEWAY, LOG),
    (GATEWAY, MERGER),
    (MERGER, "host-*"),
    (LOG, "aggregator-*"),
    ("aggregator-*", BATCH),
    (BATCH, MERGER),
)

CARDS = {
    GATEWAY: Card(
        what="Sends each view to the hosts that own its slot.",
        why="A video is counted on known hosts, so its counts need not be added up.",
        without="Clients would have to know where a video is counted.",
        instead="Any host, and adding up when asked.",
    ),
    LOG: Card(
        what="Every acknowledged view, in order; cut after each checkpoint.",
        why="Hosts count in memory, and this is what outlives them.",
        without="A dead host takes its counts with it.",
        instead="Checkpoints alone, and what is lost in between.",
    ),
    "host": Card(
        what="Counts views in memory, in a ring of slices for each window.",
        why="Memory is fast, and slots spread the videos over hosts.",
        without="One machine counts everything, or nobody does.",
        instead="A sketch on one machine; a batch count over the log.",
    ),
    MERGER: Card(
        what="Asks each host for its own top k, and merges.",
        why="The k largest of all are among the k largest of each.",
        without="Somebody would have to send all counts.",
        instead="One heap that all hosts write to.",
    ),
    "aggregator": Card(
        what="Adds up the views of its partition of the log and writes them to a file, batch by batch.",
        why="Far fewer numbers than views go on from here.",
        without="The batch count reads every single view.",
        instead="Combiners within the job itself.",
    ),
    BATCH: Card(
        what="Adds up the files of an interval.",
        why="It counts exactly, and late.",
        without="There are files, and no sum.",
        instead="MapReduce or Spark at night; a sum that is kept while views come.",
    ),
    "top-k job": Card(
        what="Sorts the sums and stores the first k.",
        why="Queries then read k rows.",
        without="Every query sorts.",
        instead="A materialised view.",
    ),
}


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
    gateway = NodeSpec(GATEWAY, "load balancer", "gateway", 1, faults=(DOWN,), card=CARDS[GATEWAY])
    log = NodeSpec(LOG, "view log", "queue", 2, faults=(DOWN, SLOW), card=CARDS[LOG])
    if not COUNTINGS[config.counting].on_hosts:
        return (gateway, log, *_batch())
    hosts = [
        NodeSpec(host_id(one), _host_name(config, one), "host", 2, faults=HOST_FAULTS, card=CARDS["host"])
        for one in range(host_count(config))
    ]
    return (gateway, *hosts, log, NodeSpec(MERGER, "merger", "merger", 3, card=CARDS[MERGER]))


def _host_name(config: Config, host: int) -> str:
    if config.counting in ("one_host", "sketch"):
        kind = "sketch" if config.counting == "sketch" else "host"
        return f"standby {host}" if host else kind
    return f"host {host}"


def _batch() -> tuple[NodeSpec, ...]:
    return (
        *(
            NodeSpec(
                aggregator_id(one),
                f"aggregator {one}",
                "worker",
                3,
                faults=(DIES, SLOW),
                card=CARDS["aggregator"],
            )
            for one in range(PARTITIONS)
        ),
        NodeSpec(BATCH, "batch count", "worker", 4, faults=(DOWN, LATE), card=CARDS[BATCH]),
        NodeSpec(MERGER, "top-k job", "merger", 5, faults=(DOWN, SLOW), card=CARDS["top-k job"]),
    )
