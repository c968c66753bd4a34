"""The nodes of the system, left to right, and how they are reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from designs.url_shortener.config import Config
from sdlab.lab import DOWN, STANDARD_FAULTS, EngineContext, FaultSpec, NodeSpec

T = TypeVar("T")

GATEWAY = "gateway"
CACHE = "cache"
BLOOM = "bloom"
URL_LOCK = "url-lock"
KEY_GENERATOR = "keygen"
COUNTER = "counter"

FLUSH = FaultSpec("flush", "flushed", "forgets every link at once and fills up again", momentary=True)
STEP_BACK = FaultSpec(
    "step_back", "clock steps back", "refuses until its clock has passed its last id",
    "ms", 1, 60_000, 2_000, momentary=True,
)  # fmt: skip


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The nodes that a configuration calls for."""
    return (
        NodeSpec(GATEWAY, "gateway", "gateway", 1, faults=(DOWN,)),
        *_cache(config),
        *_key_generators(config),
        *_one_to_one(config),
        *_shards(config),
    )


def _cache(config: Config) -> list[NodeSpec]:
    if config.cache == "off":
        return []
    return [NodeSpec(CACHE, f"{config.cache.upper()} cache", "cache", 2, faults=(DOWN, FLUSH))]


def _key_generators(config: Config) -> list[NodeSpec]:
    if config.generator == "snowflake":
        faults = (*STANDARD_FAULTS, STEP_BACK)
        return [NodeSpec(id, label_of(id), "keys", 2, faults=faults) for id in worker_ids(config.key_servers)]
    if config.generator == "token_range":
        servers = [NodeSpec(id, label_of(id), "keys", 2) for id in server_ids(config.key_servers)]
        return [*servers, NodeSpec(COUNTER, "counter", "counter", 3)]
    return [NodeSpec(KEY_GENERATOR, "key generator", "keys", 2)]


def _one_to_one(config: Config) -> list[NodeSpec]:
    specs = []
    if config.one_to_one == "bloom":
        specs.append(NodeSpec(BLOOM, "Bloom filter", "filter", 2, faults=()))
    if config.one_to_one != "off" and config.url_lock == "on":
        specs.append(NodeSpec(URL_LOCK, "URL lock", "lock", 2))
    return specs


def _shards(config: Config) -> list[NodeSpec]:
    return [
        NodeSpec(replica_id(shard, copy), f"shard {shard}" + (" replica" if copy else ""), "shard", 3 + copy)
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
