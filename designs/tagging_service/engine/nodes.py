"""The parts of the system, left to right, and what can be done to them."""

from __future__ import annotations

from designs.tagging_service.config import Config
from sdlab.lab import DOWN, PAUSED, SLOW, Card, FaultSpec, NodeSpec

TORN = FaultSpec(
    "torn",
    "dies between two writes",
    "commits to the database and dies before it tells the other copies",
    verb="Tear it",
)

SERVICE, DATABASE, SETS, FEED = "service", "database", "sets", "feed"
SHARD = "shard-{}"

FLOWS = (
    ("visitor", SERVICE),
    (SERVICE, DATABASE),
    (SERVICE, SETS),
    (SERVICE, "shard-*"),
    (DATABASE, FEED),
    (FEED, "shard-*"),
    (FEED, SETS),
)

CARDS = {
    SERVICE: Card(
        what="Takes tags and queries, writes the pairs, and asks whichever copy answers queries now.",
        why="One place knows what a tag's name means and in which order copies are told.",
        without="Every client would spell, merge and count tags in its own way.",
        instead="Triggers in the database; a search engine that is asked directly.",
    ),
    DATABASE: Card(
        what="Items, tags and pairs, and an array of tags on each item.",
        why="A pair and all that must change with it are one transaction.",
        without="Nobody could say which copy is right.",
        instead="A document store with the tags in the document.",
    ),
    SETS: Card(
        what="A set of item ids for each tag, and SINTER over them.",
        why="The server intersects; only the answer travels.",
        without="The service would have to hold posting lists itself.",
        instead="Bitmaps in the service; a search engine.",
    ),
    FEED: Card(
        what="Reads changed pairs from the outbox, in order, and brings them to bitmaps and sets.",
        why="Three stores cannot be written in one step.",
        without="Whoever dies between two writes leaves the copies apart for good.",
        instead="Logical decoding of the database's log; a nightly rebuild.",
    ),
}
SHARD_CARD = Card(
    what="Roaring bitmaps, one for each tag of what this shard has.",
    why="An AND of compressed bitmaps is a few operations on whole words.",
    without="A query reads rows.",
    instead="Sorted arrays with skip pointers; a B-tree.",
)


def shard_id(number: int) -> str:
    """The node of the shard of that number, from 0."""
    return SHARD.format(number + 1)


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The shards of the bitmap index are as many as the configuration wants."""
    shards = 1 if config.sharding == "one" else config.shards
    return (
        NodeSpec(SERVICE, "tag service", "service", 1, faults=(TORN, DOWN), card=CARDS[SERVICE]),
        NodeSpec(DATABASE, "database", "database", 2, faults=(SLOW,), card=CARDS[DATABASE]),
        NodeSpec(SETS, "tag sets", "redis", 4, faults=(DOWN, SLOW), card=CARDS[SETS]),
        *(
            [NodeSpec(FEED, "outbox reader", "worker", 3, faults=(PAUSED,), card=CARDS[FEED])]
            if config.upkeep == "outbox"
            else []
        ),
        *(
            NodeSpec(shard_id(n), f"bitmaps {n + 1}", "index", 4, faults=(DOWN,), card=SHARD_CARD)
            for n in range(shards)
        ),
    )
