"""The nodes of the system, and what can be done to them."""

from __future__ import annotations

from designs.location_tracking.config import Config
from sdlab.lab import DOWN, SLOW, Card, FaultSpec, NodeSpec

BUSES, GATEWAY, INDEX, HISTORY = "buses", "gateway", "index", "history"
MOST_SHARDS = 6

SILENT = FaultSpec(
    "silent", "silent", "lets this share of the buses send nothing", "%", 1, 100, 40, verb="Silence some"
)
CUT = FaultSpec("cut", "connections cut", "drops every open connection once", momentary=True, verb="Cut off")
FORGET = FaultSpec(
    "forget", "memory lost", "forgets the index, which is built again", momentary=True, verb="Empty"
)

FLOWS = (
    ("visitor", GATEWAY),
    (BUSES, GATEWAY),
    (GATEWAY, INDEX),
    (GATEWAY, "shard-*"),
    (GATEWAY, HISTORY),
)

CARDS = {
    BUSES: Card(
        what="The fleet: every bus says where it is at its interval, over a connection of its own.",
        why="Positions come from here, the late and the overtaken ones as well.",
        without="Nothing would move.",
        instead="Phones in the buses; a feed of the operator.",
    ),
    GATEWAY: Card(
        what="Holds the connections of buses and followers, and hands positions to store and index.",
        why="A connection stays open, so that a position costs no handshake.",
        without="Each position would be a request of its own.",
        instead="An MQTT broker; plain HTTP where intervals are long.",
    ),
    INDEX: Card(
        what="Where every bus is, in memory, in the structure that is chosen.",
        why="“Who is near?” must not look at every bus.",
        without="A query would scan all positions.",
        instead="Redis GEO, PostGIS, a search engine with geo cells.",
    ),
    "shard": Card(
        what="Holds the last position of the buses whose cells it owns.",
        why="Last positions outlive the index, and no node has to hold all.",
        without="A restarted index would be empty until each bus has spoken again.",
        instead="One Redis, while one machine is enough; a table that compares times.",
    ),
    HISTORY: Card(
        what="The tracks of the buses that somebody follows, many rows in one commit.",
        why="A last position says nothing of the way there.",
        without="There would be no track to look back at.",
        instead="A time-series database; a file for each bus and day.",
    ),
}


def shard_id(number: int) -> str:
    """The node of a shard of last positions."""
    return f"shard-{number}"


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The nodes of the system, left to right."""
    return (
        NodeSpec(BUSES, "buses", "client", 1, faults=(SILENT, CUT), card=CARDS[BUSES]),
        NodeSpec(GATEWAY, "gateway", "gateway", 2, faults=(SLOW,), card=CARDS[GATEWAY]),
        NodeSpec(INDEX, "index", "index", 3, faults=(FORGET,), card=CARDS[INDEX]),
        *[
            NodeSpec(shard_id(n), f"shard {n}", "cache", 3, faults=(DOWN,), card=CARDS["shard"])
            for n in range(config.shards)
        ],
        NodeSpec(HISTORY, "history", "database", 4, faults=(), card=CARDS[HISTORY]),
    )
