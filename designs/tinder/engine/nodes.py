"""The parts of the system, left to right."""

from __future__ import annotations

from designs.tinder.config import Config
from sdlab.lab import DOWN, PAUSED, SLOW, FaultSpec, NodeSpec

PHONES, APP, FEEDS, BLOOM, MATCHER = "phones", "app", "feeds", "bloom", "matcher"
INDEX, WEST, EAST, USERS, CAPTURE = "index", "west", "east", "users", "capture"
REPLICAS = (WEST, EAST)

LOSE = FaultSpec(
    "lose",
    "memory lost",
    "forgets every filter; they are built again from the swipes",
    momentary=True,
)
EMPTY = FaultSpec("lose", "emptied", "forgets every prepared feed", momentary=True)


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The same parts whatever the configuration."""
    return (
        NodeSpec(PHONES, "phones", "client", 1, faults=()),
        NodeSpec(APP, "app servers", "gateway", 2, faults=(SLOW,)),
        NodeSpec(FEEDS, "feed cache", "cache", 3, faults=(DOWN, EMPTY)),
        NodeSpec(BLOOM, "Bloom filters", "cache", 3, faults=(LOSE, DOWN)),
        NodeSpec(MATCHER, "match service", "service", 3, faults=(SLOW,)),
        NodeSpec(INDEX, "location index", "index", 4, faults=(DOWN,)),
        NodeSpec(WEST, "swipes, west", "database", 4, faults=(SLOW, DOWN)),
        NodeSpec(EAST, "swipes, east", "database", 4, faults=(SLOW, DOWN)),
        NodeSpec(CAPTURE, "capture", "worker", 5, faults=(PAUSED,)),
        NodeSpec(USERS, "profiles", "database", 5, faults=(SLOW,)),
    )
