"""The parts of the system, left to right, and what can be done to them."""

from __future__ import annotations

from designs.uber.config import Config
from sdlab.lab import DOWN, SLOW, Card, FaultSpec, NodeSpec

CARS, SERVICE, QUEUE, POSITIONS, LOCKS, RIDES = "cars", "service", "queue", "positions", "locks", "rides"
MOST_MATCHERS = 4

OFFLINE = FaultSpec(
    "offline",
    "offline",
    "lets this share of the cars send nothing and answer nothing",
    "%",
    1,
    100,
    40,
    verb="Cut off some",
)
MUTE = FaultSpec(
    "mute",
    "silent",
    "lets this share of the drivers never answer an offer",
    "%",
    1,
    100,
    50,
    verb="Silence some",
)

FLOWS = (
    ("visitor", SERVICE),
    (CARS, SERVICE),
    (SERVICE, POSITIONS),
    (SERVICE, RIDES),
    (SERVICE, QUEUE),
    (SERVICE, "matcher-*"),
    (SERVICE, LOCKS),
    ("matcher-*", QUEUE),
    ("matcher-*", POSITIONS),
    ("matcher-*", LOCKS),
    ("matcher-*", RIDES),
    ("matcher-*", CARS),
)

CARDS = {
    CARS: Card(
        what="The drivers' apps: each says where its car is, and answers what it is offered.",
        why="Positions and answers come from here, and both may stay away.",
        without="There would be nobody to drive.",
        instead="A taxi rank, where drivers wait in line.",
    ),
    SERVICE: Card(
        what="Takes requests, answers of drivers and positions; quotes fares and tells both sides the news.",
        why="Riders and drivers meet here and nowhere else.",
        without="Every app would have to know every other one.",
        instead="A service each for fares, rides and positions.",
    ),
    QUEUE: Card(
        what="Requests that wait for a matcher; one that is taken stays until it is done.",
        why="A rush waits here instead of being refused, and nothing is lost with a matcher.",
        without="A matcher that ends takes its rides with it.",
        instead="A partitioned log by region; a table of open rides that is polled.",
    ),
    "matcher": Card(
        what="Looks for the nearest free driver of a ride and offers it to one after the other.",
        why="Whom to ask next is decided at one place for each ride.",
        without="Every driver nearby would have to be asked at once.",
        instead="Durable workflows that remember each step, such as Temporal.",
    ),
    POSITIONS: Card(
        what="Where every car was last, in memory, with an index for who is near.",
        why="Hundreds of thousands of updates per second are too many for rows on disk.",
        without="A search would look at every driver.",
        instead="PostGIS for small fleets; shards by city or by cell for large ones.",
    ),
    LOCKS: Card(
        what="A key for each driver who has an offer, which ends by itself; and the open offers.",
        why="Two matchers must not offer two rides to one driver.",
        without="A driver is asked for several rides at once, and all but one wait in vain.",
        instead="One matcher for each region; a conditional write in DynamoDB.",
    ),
    RIDES: Card(
        what="Rows of rides with their states, and of who was told that a ride is theirs.",
        why="A ride is money: its states outlive every process.",
        without="After a crash nobody would know who drives whom.",
        instead="Any database with transactions, in shards by city.",
    ),
}


def matcher_ids(config: Config) -> tuple[str, ...]:
    """The nodes of the matchers."""
    return tuple(f"matcher-{n + 1}" for n in range(config.matchers))


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The nodes of the system, left to right."""
    return (
        NodeSpec(CARS, "cars", "client", 1, faults=(OFFLINE, MUTE), card=CARDS[CARS]),
        NodeSpec(SERVICE, "ride service", "service", 2, faults=(SLOW,), card=CARDS[SERVICE]),
        NodeSpec(QUEUE, "queue", "queue", 3, faults=(SLOW,), card=CARDS[QUEUE]),
        *[
            NodeSpec(id, id.replace("-", " "), "worker", 4, faults=(DOWN,), card=CARDS["matcher"])
            for id in matcher_ids(config)
        ],
        NodeSpec(POSITIONS, "positions", "index", 5, faults=(SLOW,), card=CARDS[POSITIONS]),
        NodeSpec(LOCKS, "locks", "cache", 5, faults=(SLOW,), card=CARDS[LOCKS], miss="held"),
        NodeSpec(RIDES, "rides", "database", 5, faults=(SLOW,), card=CARDS[RIDES]),
    )
