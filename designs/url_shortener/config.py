"""The switches and numbers of the running system, and the parts that they call for."""

from __future__ import annotations

from dataclasses import dataclass

from designs.url_shortener.engine.shards.replicas import node_id
from designs.url_shortener.engine.allocators import server_ids, worker_ids
from designs.url_shortener.engine.strategies.placements import Layout
from sdlab.lab import DOWN, STANDARD_FAULTS, FaultSpec, NodeSpec

FLUSH = FaultSpec("flush", "flushed", "forgets every link at once and fills up again", momentary=True)
STEP_BACK = FaultSpec(
    "step_back",
    "clock steps back",
    "refuses until its clock has passed its last id",
    "ms",
    1,
    60_000,
    2_000,
    momentary=True,
)


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    generator: str = "token_range"
    redirect: str = "302"
    cache: str = "lru"
    one_to_one: str = "bloom"
    allocator_lock: str = "on"
    url_lock: str = "on"
    placement: str = "ring"
    code_length: int = 7
    range_size: int = 1000
    key_servers: int = 3
    cache_size: int = 500
    cache_ttl_s: int = 30
    bloom_capacity: int = 10_000
    bloom_error_pct: float = 1.0
    shards: int = 3
    virtual_nodes: int = 64
    replicas: int = 1

    @property
    def layout(self) -> Layout:
        """Where codes live."""
        return Layout(self.placement, self.shards, self.virtual_nodes)


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    return (
        NodeSpec("gateway", "gateway", "gateway", 1, faults=(DOWN,)),
        *_cache(config),
        *_key_makers(config),
        *_one_to_one(config),
        *_shards(config),
    )


def _cache(config: Config) -> list[NodeSpec]:
    if config.cache == "off":
        return []
    return [NodeSpec("cache", f"{config.cache.upper()} cache", "cache", 2, faults=(DOWN, FLUSH))]


def _key_makers(config: Config) -> list[NodeSpec]:
    if config.generator == "snowflake":
        return [
            NodeSpec(one, f"worker {one[-1]}", "keys", 2, faults=(*STANDARD_FAULTS, STEP_BACK))
            for one in worker_ids(config.key_servers)
        ]
    if config.generator == "token_range":
        servers = [
            NodeSpec(one, f"key server {one[-1]}", "keys", 2) for one in server_ids(config.key_servers)
        ]
        return [*servers, NodeSpec("counter", "counter", "counter", 3)]
    return [NodeSpec("keygen", "key generator", "keys", 2)]


def _one_to_one(config: Config) -> list[NodeSpec]:
    if config.one_to_one == "off":
        return []
    bloom = (
        [NodeSpec("bloom", "Bloom filter", "filter", 2, faults=())] if config.one_to_one == "bloom" else []
    )
    lock = [NodeSpec("url-lock", "URL lock", "lock", 2)] if config.url_lock == "on" else []
    return bloom + lock


def _shards(config: Config) -> list[NodeSpec]:
    return [
        NodeSpec(node_id(shard, copy), f"shard {shard}" + (" replica" if copy else ""), "shard", 3 + copy)
        for copy in range(config.replicas)
        for shard in range(config.shards)
    ]
