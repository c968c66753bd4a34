"""The parts of the system that a configuration calls for, and what can be done to them."""

from __future__ import annotations

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.strategies import HOT_CACHES
from sdlab.lab import DOWN, SLOW, Card, FaultSpec, NodeSpec

SERVICE, POSTS, GRAPH, LISTS, QUEUE, FEEDS = "service", "posts", "graph", "lists", "queue", "feeds"
KILLED = FaultSpec("down", "killed", "ends in the middle of its job and takes no other", verb="Kill")
MELTED = FaultSpec("down", "down", "loses what it held and answers nobody", verb="Kill")

FLOWS = (
    ("visitor", SERVICE),
    *[(SERVICE, one) for one in (POSTS, GRAPH, LISTS, QUEUE, "cache-*", FEEDS)],
    ("worker-*", QUEUE),
    ("worker-*", FEEDS),
)

CARDS = {
    SERVICE: Card(
        what="Takes posts and follows, and puts timelines together.",
        why="One place that knows which approach is in force: write ahead, merge when read, or both.",
        without="Every client would have to know where lists, feeds and texts lie.",
        instead="Two services, one for writing and one for reading, that scale apart.",
    ),
    POSTS: Card(
        what="Rows with the texts of all posts; a post is acknowledged once its row is committed.",
        why="Lists and feeds hold ids only; they can be made again from these rows.",
        without="A lost cache would be a lost post.",
        instead="A document store partitioned by author.",
    ),
    GRAPH: Card(
        what="Who follows whom, in both directions.",
        why="Writing ahead needs an author's followers, reading needs a reader's followees.",
        without="No feed could be filled, and no view merged.",
        instead="A graph database; for one hop, a table with two indexes does.",
    ),
    LISTS: Card(
        what="For each author the ids of the posts, in the order of time.",
        why="A view merges the lists of authors whose posts are not written ahead.",
        without="A page would have to search all posts.",
        instead="An index on author and time in the post store.",
    ),
    QUEUE: Card(
        what="Jobs: write this post into the feeds of these followers.",
        why="The author is answered at once, and a dead worker's job is given to another.",
        without="Posting would last as long as the author has followers, or be lost half-way.",
        instead="A log with partitions, where each worker keeps its position.",
    ),
    "cache": Card(
        what="A node that holds texts of posts that are read often.",
        why="A post that everybody reads must not be asked of the post store each time.",
        without="The post store answers every view, and one hot row melts it.",
        instead="A cache inside each service process; a CDN for what is public.",
    ),
    "worker": Card(
        what="Takes jobs and writes entries into feeds, so many a second.",
        why="Fan-out is done beside the request, and more workers do more of it.",
        without="Feeds stay as they were: readers of them see nothing new.",
        instead="Functions that a queue starts; or merging when read, and no fan-out.",
    ),
    FEEDS: Card(
        what="For each reader the ids that were written ahead, newest first, up to a length.",
        why="A view reads one list instead of one per followee.",
        without="Every view merges as many lists as the reader follows people.",
        instead="A wide-column table: the reader is the partition, time the order.",
    ),
}


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
        NodeSpec(SERVICE, "feed service", "service", 1, faults=(), card=CARDS[SERVICE]),
        NodeSpec(POSTS, "post store", "database", 2, faults=(DOWN, SLOW), card=CARDS[POSTS]),
        NodeSpec(GRAPH, "follows", "database", 2, faults=(), card=CARDS[GRAPH]),
        NodeSpec(LISTS, "posts by author", "database", 2, faults=(SLOW,), card=CARDS[LISTS]),
        NodeSpec(QUEUE, "fan-out queue", "queue", 2, faults=(DOWN,), card=CARDS[QUEUE]),
        *[
            NodeSpec(one, one.replace("-", " "), "cache", 3, faults=(MELTED,), card=CARDS["cache"])
            for one in cache_ids(config)
        ],
        *[
            NodeSpec(one, one.replace("-", " "), "worker", 3, faults=(KILLED,), card=CARDS["worker"])
            for one in worker_ids(config)
        ],
        NodeSpec(FEEDS, "feed table", "database", 4, faults=(DOWN, SLOW), card=CARDS[FEEDS]),
    )
