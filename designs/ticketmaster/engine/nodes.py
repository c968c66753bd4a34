"""The parts of the system on the path of requests, and what can be done to them."""

from __future__ import annotations

from designs.ticketmaster.config import Config
from sdlab.lab import DOWN, PAUSED, SLOW, Card, FaultSpec, NodeSpec

CRASH = FaultSpec(
    "crash", "dies after payments", "dies after taking the money, before selling the seats", verb="Crash it"
)
TORN = FaultSpec(
    "torn",
    "dies between two writes",
    "changes the database and dies before it tells the index",
    verb="Tear it",
)
LOSE = FaultSpec(
    "lose",
    "restarted, nothing persisted",
    "comes back without any lock",
    momentary=True,
    verb="Restart empty",
)
FSYNC = FaultSpec(
    "fsync",
    "restarted, log synced each second",
    "comes back without the newest locks",
    momentary=True,
    verb="Restart",
)
PURGE = FaultSpec("purge", "purged", "forgets every answer", momentary=True, verb="Purge")

EDGE, BOOKING, LOCKS, QUEUE = "edge", "booking", "locks", "queue"
PAYMENT, DATABASE, INDEX, CAPTURE = "payment", "database", "index", "capture"

FLOWS = (
    ("visitor", EDGE),
    ("visitor", BOOKING),
    (EDGE, BOOKING),
    *[(BOOKING, one) for one in (QUEUE, LOCKS, PAYMENT, DATABASE, INDEX)],
    (DATABASE, CAPTURE),
    (CAPTURE, INDEX),
)

CARDS = {
    EDGE: Card(
        what="Keeps answers of searches near the visitors, as long as Cache-Control says.",
        why="Most searches are the same few.",
        without="Each search reaches the index.",
        instead="A cache in the box office that forgets what has changed.",
    ),
    BOOKING: Card(
        what="Takes searches, holds and payments, and asks the other parts in order.",
        why="The order protects: lock first, then look, then sell.",
        without="Buyers would talk to locks and database themselves.",
        instead="A service for search and one for booking, which scale apart.",
    ),
    QUEUE: Card(
        what="A line for a popular event: so many may be inside at a time.",
        why="A thousand who want the same seats are mostly in each other's way.",
        without="All of them ask lock store and database at once.",
        instead="A lottery; a limit per second at the door.",
    ),
    LOCKS: Card(
        what="A key with a lifetime for each held seat; all seats of a hold are taken in one step, or none.",
        why="A seat is kept for who is paying, and comes free by itself.",
        without="Two buyers look, both see a free seat, and both pay.",
        instead="A status column with an expiry; row locks in the database.",
    ),
    PAYMENT: Card(
        what="Stands for the payment provider: it takes its time, and it may fail.",
        why="Money moves outside of the transaction, which makes the interesting cases.",
        without="Selling would be one transaction, and simple.",
        instead="Authorise first and capture later, so that less is refunded.",
    ),
    DATABASE: Card(
        what="Events, holds, sales and payments; each caller has a connection of its own.",
        why="It has the last word: one row per sold seat.",
        without="What was sold would be known to nobody after a restart.",
        instead="Any store with unique constraints and transactions.",
    ),
    INDEX: Card(
        what="An inverted index over titles, words and places.",
        why="A search for a word must not read all events.",
        without="LIKE scans the table.",
        instead="Full-text search of the database; Elasticsearch.",
    ),
    CAPTURE: Card(
        what="Reads changes from the database's outbox and brings them to the index, in order.",
        why="Database and index cannot be written in one step.",
        without="Whoever dies between two writes leaves the index wrong for good.",
        instead="Two writes by the application, and a nightly rebuild.",
    ),
}


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    parts = [
        NodeSpec(BOOKING, "box office", "service", 2, faults=(CRASH, TORN), card=CARDS[BOOKING]),
        NodeSpec(QUEUE, "waiting room", "redis", 3, faults=(DOWN,), card=CARDS[QUEUE]),
        NodeSpec(LOCKS, "lock store", "redis", 3, faults=(LOSE, FSYNC, DOWN), card=CARDS[LOCKS]),
        NodeSpec(PAYMENT, "payments", "service", 3, faults=(DOWN, SLOW), card=CARDS[PAYMENT]),
        NodeSpec(DATABASE, "database", "database", 3, faults=(SLOW,), card=CARDS[DATABASE]),
    ]
    if config.cache == "edge":
        parts.insert(0, NodeSpec(EDGE, "edge cache", "cache", 1, faults=(PURGE,), card=CARDS[EDGE]))
    if config.search != "like":
        parts.append(NodeSpec(INDEX, "search index", "index", 4, faults=(DOWN,), card=CARDS[INDEX]))
    if config.search == "cdc":
        parts.append(NodeSpec(CAPTURE, "change capture", "worker", 4, faults=(PAUSED,), card=CARDS[CAPTURE]))
    return tuple(parts)
