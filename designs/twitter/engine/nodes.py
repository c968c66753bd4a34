"""The parts of the system, left to right, and what can be done to them."""

from __future__ import annotations

from designs.twitter.config import Config
from sdlab.lab import DOWN, PAUSED, SLOW, Card, FaultSpec, NodeSpec

SERVICE, STORE, COUNTER, INDEXER, INDEX, CACHE = "service", "store", "counter", "indexer", "index", "cache"
LOSE = FaultSpec(
    "lose",
    "restarted, nothing persisted",
    "comes back without a single count",
    momentary=True,
    verb="Lose it all",
)
EMPTY = FaultSpec("lose", "restarted", "comes back empty", momentary=True, verb="Empty it")

FLOWS = (
    ("visitor", SERVICE),
    *[(SERVICE, one) for one in (STORE, COUNTER, INDEX, CACHE)],
    (STORE, INDEXER),
    (INDEXER, INDEX),
)

CARDS = {
    SERVICE: Card(
        what="Takes tweets, likes and searches, and puts pages together.",
        why="One place knows who may see what, and which stage of a count to ask.",
        without="Every client would have to know where rows, counts and postings lie.",
        instead="One service for writing, one for timelines and one for search, scaled apart.",
    ),
    STORE: Card(
        what="Rows: tweets, who likes what, who follows and blocks whom.",
        why="What is acknowledged is committed here; all else can be made again from it.",
        without="A lost cache would be a lost tweet.",
        instead="A store that is sharded by tweet id, with likes beside their tweet.",
    ),
    COUNTER: Card(
        what="Valkey: a count and a set of likers for each tweet that is liked.",
        why="A like is one small script in memory, however popular the tweet.",
        without="A popular tweet is one row that everybody wants to write at once.",
        instead="Many sub-counters per row in the database, added up when read.",
    ),
    INDEXER: Card(
        what="Reads the outbox and tells the index what changed.",
        why="A tweet and the news of it are one transaction, so that none is forgotten.",
        without="A crash between two writes leaves the index apart from the rows for good.",
        instead="Change capture from the database's own log.",
    ),
    INDEX: Card(
        what="Terms with the ids of their tweets, and the stored like counts.",
        why="A search reads the lists of its words instead of every text.",
        without="Each search compares each text.",
        instead="A search cluster, in shards by time.",
    ),
    CACHE: Card(
        what="Pages that were read ahead for somebody who scrolls.",
        why="The next page is answered without asking again.",
        without="Each page is a question to the store, and by offset a different one each time.",
        instead="A cursor, which needs no memory of who scrolls.",
    ),
}


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The same parts whatever the configuration."""
    return (
        NodeSpec(SERVICE, "tweet service", "service", 1, faults=(), card=CARDS[SERVICE]),
        NodeSpec(COUNTER, "like counter", "store", 2, faults=(DOWN, SLOW, LOSE), card=CARDS[COUNTER]),
        NodeSpec(CACHE, "page cache", "cache", 2, faults=(DOWN, EMPTY), card=CARDS[CACHE]),
        NodeSpec(STORE, "tweet store", "database", 3, faults=(DOWN, SLOW), card=CARDS[STORE]),
        NodeSpec(INDEX, "search index", "index", 3, faults=(DOWN,), card=CARDS[INDEX]),
        NodeSpec(INDEXER, "indexer", "worker", 4, faults=(PAUSED, DOWN), card=CARDS[INDEXER]),
    )
