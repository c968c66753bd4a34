"""The nodes of the system, left to right, and how they are reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from designs.url_shortener.config import Config
from sdlab.lab import DOWN, STANDARD_FAULTS, Card, EngineContext, FaultSpec, NodeSpec

T = TypeVar("T")

GATEWAY = "gateway"
CACHE = "cache"
BLOOM = "bloom"
URL_LOCK = "url-lock"
KEY_GENERATOR = "keygen"
COUNTER = "counter"

FLUSH = FaultSpec(
    "flush", "flushed", "forgets every link at once and fills up again", momentary=True, verb="Flush"
)
STEP_BACK = FaultSpec(
    "step_back", "clock steps back", "refuses until its clock has passed its last id",
    "ms", 1, 60_000, 2_000, momentary=True, verb="Set back",
)  # fmt: skip

FLOWS = (
    ("visitor", GATEWAY),
    *[(GATEWAY, one) for one in (CACHE, BLOOM, URL_LOCK, KEY_GENERATOR, "key-*", "worker-*", "shard-?")],
    (CACHE, "shard-?"),
    ("key-*", COUNTER),
)

CARDS = {
    GATEWAY: Card(
        what="Takes creates and redirects, and leads them on.",
        why="One address for browsers, any number of parts behind it.",
        without="A short link would have to name its shard.",
        instead="DNS with several addresses; a function at the edge.",
    ),
    CACHE: Card(
        what="Links that were opened lately, in memory.",
        why="A few links get most of the clicks.",
        without="Each redirect asks a shard.",
        instead="Cache-Control and the browsers' own caches; a CDN.",
    ),
    KEY_GENERATOR: Card(
        what="Makes the next code.",
        why="A code must be new, and short.",
        without="Two links would get the same code.",
        instead="Ranges that servers walk through; ids of time and machine.",
    ),
    "key server": Card(
        what="Walks through a range of numbers that is its own.",
        why="It need not ask anybody for each code.",
        without="Each code is a trip to one counter.",
        instead="Snowflake ids; random codes and a look whether they are free.",
    ),
    "snowflake": Card(
        what="Makes ids of time, its own number and a sequence.",
        why="It asks nobody, and its ids are in the order of time.",
        without="Each id is a trip to one counter.",
        instead="Ranges leased from a counter.",
    ),
    COUNTER: Card(
        what="Hands out ranges, each once.",
        why="The one thing that must be agreed on is asked rarely.",
        without="Two servers walk through the same range.",
        instead="A sequence of the database; ZooKeeper.",
    ),
    BLOOM: Card(
        what="Says of a URL “certainly new” or “perhaps known”.",
        why="Most URLs are new, and looking on all shards is spared.",
        without="Each create asks each shard.",
        instead="An index by URL, on shards of its own.",
    ),
    URL_LOCK: Card(
        what="One at a time may create a code for a URL.",
        why="Two who ask at once would both find nothing, and both create.",
        without="A URL gets two codes.",
        instead="A unique constraint on the URL's hash.",
    ),
    "shard": Card(
        what="Holds the links whose codes it owns.",
        why="Rows and reads are spread over machines.",
        without="One machine holds everything.",
        instead="A managed key-value store.",
    ),
    "replica": Card(
        what="The second copy of a shard.",
        why="A link stays readable when a machine dies.",
        without="A dead shard's links are gone until it is back.",
        instead="Backups, and waiting.",
    ),
}


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The nodes that a configuration calls for."""
    return (
        NodeSpec(GATEWAY, "gateway", "gateway", 1, faults=(DOWN,), card=CARDS[GATEWAY]),
        *_cache(config),
        *_key_generators(config),
        *_one_to_one(config),
        *_shards(config),
    )


def _cache(config: Config) -> list[NodeSpec]:
    if config.cache == "off":
        return []
    return [
        NodeSpec(CACHE, f"{config.cache.upper()} cache", "cache", 2, faults=(DOWN, FLUSH), card=CARDS[CACHE])
    ]


def _key_generators(config: Config) -> list[NodeSpec]:
    if config.generator == "snowflake":
        faults = (*STANDARD_FAULTS, STEP_BACK)
        card = CARDS["snowflake"]
        return [
            NodeSpec(id, label_of(id), "keys", 2, faults=faults, card=card)
            for id in worker_ids(config.key_servers)
        ]
    if config.generator == "token_range":
        card = CARDS["key server"]
        servers = [NodeSpec(id, label_of(id), "keys", 2, card=card) for id in server_ids(config.key_servers)]
        return [*servers, NodeSpec(COUNTER, "counter", "counter", 3, card=CARDS[COUNTER])]
    return [NodeSpec(KEY_GENERATOR, "key generator", "keys", 2, card=CARDS[KEY_GENERATOR])]


def _one_to_one(config: Config) -> list[NodeSpec]:
    specs = []
    if config.one_to_one == "bloom":
        specs.append(NodeSpec(BLOOM, "Bloom filter", "filter", 2, faults=(), card=CARDS[BLOOM], miss="new"))
    if config.one_to_one != "off" and config.url_lock == "on":
        specs.append(NodeSpec(URL_LOCK, "URL lock", "lock", 2, card=CARDS[URL_LOCK]))
    return specs


def _shards(config: Config) -> list[NodeSpec]:
    return [
        NodeSpec(
            replica_id(shard, copy),
            f"shard {shard}" + (" replica" if copy else ""),
            "shard",
            3 + copy,
            card=CARDS["replica" if copy else "shard"],
        )
        for copy in range(config.replicas)
        for shard in range(config.shards)
    ]


def server_ids(count: int) -> list[str]:
    """The ids of that many key servers."""
    return [f"key-{letter}" for letter in "ABCDEFGH"[:count]]


def worker_ids(count: int) -> list[str]:
    """The ids of that many Snowflake workers."""
    return [f"worker-{number}" for number in range(count)]


def label_of(node_id: str) -> str:
    """How a key server or a worker is called on the page."""
    kind, _, name = node_id.partition("-")
    return f"{'key server' if kind == 'key' else kind} {name}"


def replica_id(shard: int, copy: int) -> str:
    """The node of one copy of a shard."""
    return f"shard-{shard}" + ("-replica" if copy else "")


def enter(context: EngineContext[Config], operation: str) -> None:
    """Take a request in at the gateway; `Unavailable` while it is down."""
    context.node(GATEWAY).touch(operation, "ok", source="visitor")


async def through(
    context: EngineContext[Config],
    node_id: str,
    operation: str,
    work: Callable[[], Awaitable[T]],
    *,
    source: str = GATEWAY,
    outcome: Callable[[T], str] | None = None,
) -> T:
    """Do the work on that node. A node that has just left the plan ends what it had begun."""
    node = context.nodes.get(node_id)
    return await (node.call(operation, work, source=source, outcome=outcome) if node else work())
