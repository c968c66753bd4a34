"""The parts of the system, left to right."""

from __future__ import annotations

from designs.tinder.config import Config
from sdlab.lab import DOWN, PAUSED, SLOW, Card, FaultSpec, NodeSpec

PHONES, APP, FEEDS, BLOOM, MATCHER = "phones", "app", "feeds", "bloom", "matcher"
INDEX, WEST, EAST, USERS, CAPTURE = "index", "west", "east", "users", "capture"
REPLICAS = (WEST, EAST)

LOSE = FaultSpec(
    "lose",
    "memory lost",
    "forgets every filter; they are built again from the swipes",
    momentary=True,
    verb="Empty",
)
EMPTY = FaultSpec("lose", "emptied", "forgets every prepared feed", momentary=True, verb="Empty")

FLOWS = (
    ("visitor", PHONES),
    (PHONES, APP),
    *[(APP, one) for one in (FEEDS, BLOOM, MATCHER, INDEX, USERS, *REPLICAS)],
    *[(MATCHER, one) for one in REPLICAS],
    (USERS, CAPTURE),
    (CAPTURE, INDEX),
)

CARDS = {
    PHONES: Card(
        what="Hold some twenty cards each, and ask for more before they run out.",
        why="A swipe must never wait for the network.",
        without="Each swipe waits for the next face.",
        instead="One request for each card.",
    ),
    APP: Card(
        what="Take swipes and hand out cards; each person is with those near one replica.",
        why="They keep nothing, so there can be many.",
        without="Phones would talk to the stores.",
        instead="A gateway in front of small services.",
    ),
    FEEDS: Card(
        what="A prepared list of cards for each person, built from the index, with a lifetime.",
        why="Ranking people takes longer than a phone should wait.",
        without="Each refill searches and ranks.",
        instead="A search with a cursor for each refill.",
    ),
    BLOOM: Card(
        what="A Bloom filter for each person, of whom they swiped.",
        why="It is small, and never says “new” of somebody who was swiped.",
        without="Every card asks the swipes, or a face comes again.",
        instead="The set itself while the history is short; a query for each batch.",
    ),
    MATCHER: Card(
        what="Looks at both likes and makes the match, once.",
        why="Two likes at one instant must not miss each other.",
        without="Each side writes its like, and neither sees the other's.",
        instead="A transaction on a row for the pair.",
    ),
    INDEX: Card(
        what="People by geohash cell, with what filters ask for.",
        why="Only the cells that the circle touches are read.",
        without="Every search reads everybody.",
        instead="A quadtree, S2 cells, Elasticsearch.",
    ),
    "swipes": Card(
        what="One of two replicas of all swipes; it hears of the other's after a delay.",
        why="People write near where they live.",
        without="Half of the people wait for another continent.",
        instead="One region that leads; consensus, and its waiting.",
    ),
    CAPTURE: Card(
        what="Brings changed profiles from the outbox to the index and the prepared feeds, in order.",
        why="A changed filter must take wrong cards away.",
        without="Feeds show who no longer fits, until their time is up.",
        instead="A short lifetime, and nothing else.",
    ),
    USERS: Card(
        what="Who everybody is, and what they look for.",
        why="Index and feeds are built from it.",
        without="Nothing could be built again.",
        instead="A document store by person.",
    ),
}


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The same parts whatever the configuration."""
    return (
        NodeSpec(PHONES, "phones", "client", 1, faults=(), card=CARDS[PHONES]),
        NodeSpec(APP, "app servers", "gateway", 2, faults=(SLOW,), card=CARDS[APP]),
        NodeSpec(FEEDS, "feed cache", "cache", 3, faults=(DOWN, EMPTY), card=CARDS[FEEDS], miss="empty"),
        NodeSpec(BLOOM, "Bloom filters", "cache", 3, faults=(LOSE, DOWN), card=CARDS[BLOOM]),
        NodeSpec(MATCHER, "match service", "service", 3, faults=(SLOW,), card=CARDS[MATCHER]),
        NodeSpec(INDEX, "location index", "index", 4, faults=(DOWN,), card=CARDS[INDEX]),
        NodeSpec(WEST, "swipes, west", "database", 4, faults=(SLOW, DOWN), card=CARDS["swipes"]),
        NodeSpec(EAST, "swipes, east", "database", 4, faults=(SLOW, DOWN), card=CARDS["swipes"]),
        NodeSpec(CAPTURE, "capture", "worker", 5, faults=(PAUSED,), card=CARDS[CAPTURE]),
        NodeSpec(USERS, "profiles", "database", 5, faults=(SLOW,), card=CARDS[USERS]),
    )
