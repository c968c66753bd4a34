"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("token-range", "generator", "generator"),
    Runs("snowflake-id", "generator", "generator"),
    Runs("feistel-shuffle", "generator", "generator"),
    Runs("consistent-hashing", "shard_map", "placement"),
    Runs("lru-cache", "cache", "cache"),
    Runs("bloom-filter", "bloom", "one_to_one"),
    Runs("ttl-lock", "locks", "url_lock"),
    Runs("atomic-script", "generator", "allocator_lock"),
    Runs("replication", "shard_map"),
)
