"""The parts of the system that a configuration calls for, and what can be done to them."""

from __future__ import annotations

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.strategies import HOT_CACHES
from sdlab.lab import DOWN, SLOW, FaultSpec, NodeSpec

SERVICE, POSTS, GRAPH, LISTS, QUEUE, FEEDS = "service", "posts", "graph", "lists", "queue", "feeds"
KILLED = FaultSpec("down", "killed", "ends in the middle of its job and takes no other")
MELTED = FaultSpec("down", "down", "loses what it held and answers nobody")


def worker_ids(config: Config) -> list[str]:
    """The workers that fill feeds, in order."""
    return [f"worker-{number}" for number in range(1, config.workers + 1)]


def cache_ids(config: Config) -> list[str]:
    """The nodes that hold hot posts, in order."""
    if not HOT_CACHES[config.hot_cache].nodes_used:
        return []
    return [f"cache-{number}" for number in range(1, config.cache_nodes + 1)]


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    return (
        NodeSpec(SERVICE, "feed service", "service", 1, faults=()),
        NodeSpec(POSTS, "post store", "database", 2, faults=(DOWN, SLOW)),
        NodeSpec(GRAPH, "follows", "database", 2, faults=()),
        NodeSpec(LISTS, "posts by author", "database", 2, faults=(SLOW,)),
        NodeSpec(QUEUE, "fan-out queue", "queue", 2, faults=(DOWN,)),
        *[NodeSpec(one, one.replace("-", " "), "cache", 3, faults=(MELTED,)) for one in cache_ids(config)],
        *[NodeSpec(one, one.replace("-", " "), "worker", 3, faults=(KILLED,)) for one in worker_ids(config)],
        NodeSpec(FEEDS, "feed table", "database", 4, faults=(DOWN, SLOW)),
    )
