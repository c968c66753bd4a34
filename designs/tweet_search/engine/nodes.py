"""The nodes of the system, left to right, and what may happen to them."""

from __future__ import annotations

from designs.tweet_search.config import Config
from sdlab.lab import DOWN, PAUSED, SLOW, STANDARD_FAULTS, Card, FaultSpec, NodeSpec
from sdlab.parts.search_index import Copy

SERVICE, CACHE, LIKES, TWEETS, INDEXER, OWN, SHARD = (
    "service", "cache", "likes", "tweets", "indexer", "own", "shard-",
)  # fmt: skip

FORGET = FaultSpec("forget", "empty", "has forgotten all that it kept", momentary=True, verb="Empty")
WIPE = FaultSpec(
    "wipe",
    "wiped",
    "has lost its index, and gets it again from the source of truth",
    momentary=True,
    verb="Wipe",
)

FLOWS = (
    ("visitor", SERVICE),
    (SERVICE, CACHE),
    (SERVICE, LIKES),
    (SERVICE, TWEETS),
    (SERVICE, OWN),
    (SERVICE, "shard-*"),
    (INDEXER, TWEETS),
    (INDEXER, LIKES),
    (INDEXER, OWN),
    (INDEXER, "shard-*"),
)

CARDS = {
    SERVICE: Card(
        what="Takes searches, tweets and likes; asks all shards, merges, and ranks by exact likes.",
        why="Somebody has to put the parts of an answer together, and say what is missing.",
        without="Every client asks every shard.",
        instead="A coordinating node of the engine itself.",
    ),
    CACHE: Card(
        what="Keeps found ids of a search for an hour, in Valkey.",
        why="The next page comes without asking the index, and is the next page of the same list.",
        without="Each page is a search of its own, over what there is by then.",
        instead="A point-in-time view of the index, held open for each reader.",
    ),
    LIKES: Card(
        what="Exact likes per tweet and who gave them, in Valkey.",
        why="A like is one increment, and the index hears only of powers of two.",
        without="Every like is a write of a whole document into the index.",
        instead="Counters in a database, flushed in batches.",
    ),
    TWEETS: Card(
        what="The source of truth: rows of the tweets posted here, and an archive of older ones.",
        why="An index can be built again; tweets cannot.",
        without="A lost index is lost data.",
        instead="Any store that answers by id and can be read from end to end.",
    ),
    INDEXER: Card(
        what="Reads the news of tweets and likes, and commits them to the index every so often.",
        why="A commit costs about the same for one document and for a thousand.",
        without="Whoever posts waits for the index.",
        instead="A log with consumers; a direct write beside the row, which may be lost.",
    ),
    OWN: Card(
        what="Posting lists in the memory of one process, with positions.",
        why="It shows what a search engine does, without the engine.",
        without="Every search reads every tweet.",
        instead="A library of the Lucene family.",
    ),
    "shard": Card(
        what="A tantivy index on disk with a part of all tweets, in segments that never change.",
        why="Parts are searched at the same time, and lie on as many machines as are needed.",
        without="One machine holds and searches everything.",
        instead="Shards by time, of which a search by time asks the newest first.",
    ),
    "replica": Card(
        what="A second copy of a shard's segments, taken over after each commit.",
        why="It answers when the first one does not, and shares its load.",
        without="A lost shard is a part of all answers lost.",
        instead="Replicas that index every tweet themselves.",
    ),
}  # fmt: skip


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The nodes under that configuration."""
    first = (
        NodeSpec(SERVICE, "search service", "service", 1, faults=(DOWN,), card=CARDS[SERVICE]),
        NodeSpec(CACHE, "page cache", "cache", 2, faults=(DOWN, SLOW, FORGET), card=CARDS[CACHE]),
        NodeSpec(LIKES, "like counters", "counter", 2, faults=(DOWN, SLOW), card=CARDS[LIKES]),
    )
    last = (
        NodeSpec(TWEETS, "tweets", "database", 4, faults=(DOWN, SLOW), card=CARDS[TWEETS]),
        NodeSpec(INDEXER, "indexer", "worker", 4, faults=(DOWN, SLOW, PAUSED), card=CARDS[INDEXER]),
    )
    return (*first, *_index(config), *last)


def _index(config: Config) -> tuple[NodeSpec, ...]:
    if config.approach == "scan":
        return ()
    if config.approach == "own":
        return (NodeSpec(OWN, "own index", "index", 3, faults=(DOWN, WIPE), card=CARDS[OWN]),)
    return tuple(
        NodeSpec(
            one.name,
            f"shard {one.shard + 1}" + (f", copy {one.copy + 1}" if one.copy else ""),
            "shard",
            3,
            faults=STANDARD_FAULTS if one.copy else (*STANDARD_FAULTS, WIPE),
            card=CARDS["replica" if one.copy else "shard"],
        )
        for shard in range(config.shards)
        for one in (Copy(shard, copy) for copy in range(config.replicas + 1))
    )


def shard_of_node(node_id: str) -> int | None:
    """The shard whose primary that node is; None for any other node."""
    number = node_id.removeprefix(SHARD)
    return int(number) - 1 if number.isdigit() and node_id.startswith(SHARD) else None
