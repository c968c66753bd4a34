"""The parts of the system on the path of requests, and what can be done to them."""

from __future__ import annotations

from designs.yelp.config import Config
from sdlab.lab import DOWN, PAUSED, SLOW, Card, FaultSpec, NodeSpec

DROP = FaultSpec(
    "drop",
    "loses messages",
    "loses every third message that it sends without waiting for an answer",
    verb="Lose messages",
)

SERVICE, CACHE, DATABASE, INDEX = "service", "cache", "database", "index"
QUEUE, CAPTURE = "queue", "capture"
INDEXED = ("engine", "grid")

FLOWS = (
    ("visitor", SERVICE),
    *[(SERVICE, one) for one in (CACHE, DATABASE, INDEX, QUEUE)],
    (DATABASE, CAPTURE),
    (CAPTURE, INDEX),
    (QUEUE, INDEX),
)

CARDS = {
    SERVICE: Card(
        what="Takes searches, ratings and edits, and asks the other parts.",
        why="With one write to a thousand reads, one service for both is enough.",
        without="Clients would have to know the index and the database.",
        instead="A service for search and one for ratings, once they must scale apart.",
    ),
    CACHE: Card(
        what="Keeps answers of searches for those who ask the same again.",
        why="Most people stand at the same few spots and want the same few things.",
        without="Every search is worked out anew.",
        instead="Caches near the visitors, which are wrong for as long as they keep.",
    ),
    DATABASE: Card(
        what="Places and ratings. One rating per person and place is a key of its table.",
        why="It has the last word: two ratings at the same moment are put in order here.",
        without="Nobody could say which ratings there are.",
        instead="Any store with unique keys and transactions.",
    ),
    INDEX: Card(
        what="Words and geohash cells as terms, each with the places that have it.",
        why="A search looks only at places that have the words and are near.",
        without="The database compares every row with every word.",
        instead="PostGIS and full-text search, in the database itself.",
    ),
    QUEUE: Card(
        what="Messages about changed places, on their way to the index.",
        why="The one who edits does not wait for the index.",
        without="An edit takes as long as the index does.",
        instead="Reading the changes from the database, where none can be lost.",
    ),
    CAPTURE: Card(
        what="Reads changes from the outbox of the database, and brings them to the index in order.",
        why="Database and index cannot be written in one step.",
        without="A message that is lost leaves the index wrong for good.",
        instead="A nightly rebuild of the index.",
    ),
}


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    parts = [
        NodeSpec(SERVICE, "place service", "service", 1, faults=(DROP,), card=CARDS[SERVICE]),
        NodeSpec(DATABASE, "database", "database", 3, faults=(SLOW,), card=CARDS[DATABASE]),
    ]
    if config.cache != "none":
        parts.append(NodeSpec(CACHE, "result cache", "cache", 2, faults=(), card=CARDS[CACHE]))
    if config.search in INDEXED:
        parts.append(NodeSpec(INDEX, "search index", "index", 3, faults=(DOWN,), card=CARDS[INDEX]))
        if config.sync == "queue":
            parts.append(NodeSpec(QUEUE, "queue", "queue", 2, faults=(PAUSED,), card=CARDS[QUEUE]))
        if config.sync == "capture":
            parts.append(
                NodeSpec(CAPTURE, "change capture", "worker", 4, faults=(PAUSED,), card=CARDS[CAPTURE])
            )
    return tuple(parts)
