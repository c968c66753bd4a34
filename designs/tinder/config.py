"""The switches and numbers of the running system, and the parts that they call for."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import DOWN, PAUSED, SLOW, FaultSpec, NodeSpec

PHONES, APP, FEEDS, BLOOM, MATCHER = "phones", "app", "feeds", "bloom", "matcher"
INDEX, WEST, EAST, USERS, CAPTURE = "index", "west", "east", "users", "capture"
REPLICAS = (WEST, EAST)
MOST_CARDS = 50
MOST_PEOPLE = 20_000

LOSE = FaultSpec(
    "lose",
    "memory lost",
    "forgets every filter; they are read together again from the swipes",
    momentary=True,
)
EMPTY = FaultSpec("lose", "emptied", "forgets every prepared feed", momentary=True)


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    feed: str = "precomputed"
    again: str = "bloom"
    match: str = "atomic"
    change: str = "evict"
    ttl_s: int = 30
    refill_at: int = 5
    batch: int = 20
    replication_ms: int = 300
    bloom_bits: int = 4096
    bloom_from: int = 10
    recent: int = 50
    people: int = 3000


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
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
