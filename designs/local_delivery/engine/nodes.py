"""The parts of the system on the path of requests, and what can be done to them."""

from __future__ import annotations

from designs.local_delivery.config import Config
from designs.local_delivery.engine.world import CENTRES, REGIONS
from sdlab.lab import PAUSED, SLOW, Card, FaultSpec, NodeSpec

CRASH = FaultSpec(
    "crash", "dies between two writes", "dies in the middle of this share of its orders", "%", 1, 100, 25,
    verb="Crash it",
)  # fmt: skip
KILLED = FaultSpec("down", "killed", "ends where it stands and is not started again", verb="Kill")
CLOSED = FaultSpec("down", "closed", "takes no orders, and nothing leaves it", verb="Close")

ORDERS, AVAILABILITY, TRAVEL = "orders", "availability", "travel"
DATABASE, LOCKS, CACHE = "database", "locks", "cache"
SWEEPER, ALLOCATOR, COORDINATOR, REPLICATOR = "sweeper", "allocator", "coordinator", "replicator"
WORKERS = (SWEEPER, ALLOCATOR, COORDINATOR, REPLICATOR)
REGION = {region: f"region-{region}" for region in REGIONS}

FLOWS = (
    ("visitor", AVAILABILITY),
    ("visitor", ORDERS),
    *[(AVAILABILITY, one) for one in (TRAVEL, CACHE, "region-*", DATABASE, LOCKS)],
    *[(ORDERS, one) for one in (TRAVEL, LOCKS, DATABASE)],
    (SWEEPER, DATABASE),
    (COORDINATOR, DATABASE),
    (REPLICATOR, DATABASE),
    (REPLICATOR, "region-*"),
    (ALLOCATOR, DATABASE),
    (ALLOCATOR, "centre-*"),
    (ORDERS, "centre-*"),
)

CARDS = {
    ORDERS: Card(
        what="Takes carts and orders, chooses the centre and sells units.",
        why="What is sold and what is promised is decided in one place.",
        without="Apps would write to the stock themselves.",
        instead="A service for carts and one for orders, with a saga between them.",
    ),
    AVAILABILITY: Card(
        what="Answers what can be had at a place within the hour.",
        why="Hundreds look for each one that orders; looking must not burden the selling.",
        without="Every page view counts rows of the stock.",
        instead="A view that the order service keeps with each sale.",
    ),
    TRAVEL: Card(
        what="Tells how long a courier takes from a centre to an address, along the streets.",
        why="A river between two places makes a short distance a long way.",
        without="A circle around the centre promises what no street keeps.",
        instead="Reach drawn in advance for each centre, and looked up.",
    ),
    DATABASE: Card(
        what="Units of stock, orders and carts; each caller has a connection of its own.",
        why="Stock and orders change together, in one transaction.",
        without="Whoever dies between two stores leaves half an order.",
        instead="Two databases and a coordinator that ends what was begun.",
    ),
    LOCKS: Card(
        what="A key for each unit that lies in somebody's cart.",
        why="A cart does not write to the stock.",
        without="What lies in a cart is sold to whoever pays first.",
        instead="A status with a time in the row of the unit, and a sweeper.",
    ),
    CACHE: Card(
        what="Keeps answers about availability for a minute.",
        why="Neighbours ask the same.",
        without="The database counts for every look.",
        instead="Replicas of the counts, which follow within a moment.",
    ),
    SWEEPER: Card(
        what="Makes units free again whose reservation is over.",
        why="A status does not change by itself.",
        without="What was left in a cart is never sold.",
        instead="Locks with a lifetime; or a time that every reader compares with now.",
    ),
    ALLOCATOR: Card(
        what="Gives promised orders to a centre, and takes orders away from a closed one.",
        why="Which centre is best is known later than the order.",
        without="Orders of a closed centre stay there.",
        instead="People with a list and a telephone.",
    ),
    COORDINATOR: Card(
        what="Looks for what was prepared and never decided, and ends it one way or the other.",
        why="Whoever asked may be dead.",
        without="Prepared units are neither free nor sold.",
        instead="One database for both.",
    ),
    REPLICATOR: Card(
        what="Counts again what has changed, and writes it to the replicas of its region.",
        why="Replicas must hear of sales.",
        without="Everybody sees the stock of this morning.",
        instead="Change data capture from the log of the database.",
    ),
}
REGION_CARD = Card(
    what="Counts of free units for the centres of one postal region, in two copies.",
    why="An address asks one or two regions, and any copy may answer.",
    without="One store answers for the whole country.",
    instead="A read replica of the database for each region.",
)
CENTRE_CARD = Card(
    what="Shelves, a line of orders, and people who pick them.",
    why="It is near enough for an hour.",
    without="Its part of the city is served from farther away, or not at all.",
    instead="A shop that packs for others.",
)


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    parts = [
        NodeSpec(AVAILABILITY, "availability", "service", 1, faults=(SLOW,), card=CARDS[AVAILABILITY]),
        NodeSpec(ORDERS, "order service", "service", 1, faults=(CRASH,), card=CARDS[ORDERS]),
        NodeSpec(TRAVEL, "travel times", "service", 2, faults=(SLOW,), card=CARDS[TRAVEL]),
        NodeSpec(DATABASE, "database", "database", 3, faults=(SLOW,), card=CARDS[DATABASE]),
        _worker(ALLOCATOR, "allocator"),
    ]
    if config.availability == "cache":
        parts.append(NodeSpec(CACHE, "cache", "cache", 2, faults=(), card=CARDS[CACHE]))
    if config.availability == "regions":
        parts += [
            NodeSpec(REGION[one], f"region {one}", "redis", 2, faults=(), card=REGION_CARD) for one in REGIONS
        ]
        parts.append(_worker(REPLICATOR, "replicator"))
    if config.reservation in ("ttl", "forever"):
        parts.append(NodeSpec(LOCKS, "lock store", "redis", 2, faults=(), card=CARDS[LOCKS], miss="held"))
    if config.reservation == "status":
        parts.append(_worker(SWEEPER, "sweeper"))
    if config.ordering == "coordinated":
        parts.append(_worker(COORDINATOR, "coordinator"))
    parts += [
        NodeSpec(one.node, one.name, "shop", 5, faults=(CLOSED,), card=CENTRE_CARD)
        for one in CENTRES.values()
    ]
    return tuple(parts)


def _worker(id: str, label: str) -> NodeSpec:
    return NodeSpec(id, label, "worker", 4, faults=(KILLED, PAUSED), card=CARDS[id])
