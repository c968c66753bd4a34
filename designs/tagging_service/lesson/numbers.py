"""The estimate, as pure functions: rows, indexes, posting lists, and who has to be asked."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

GIB = 1 << 30
TUPLE_HEADER = 24 + 4  # bytes of a row's header, and of the pointer to it
ENTRY = 8 + 8  # bytes of an index entry over two numbers, with its pointer
FILL = 0.9
ID_BYTES = 4

ASSUMPTIONS = (
    Assumption("items", "Items", "items", 50e6, 1, 1e11),
    Assumption("tags_per_item", "Tags of an item", "tags", 5, 0.1, 1000),
    Assumption("row_bytes", "Values of a pair's row", "bytes", 16, 4, 1000, note="two numbers of 8 bytes"),
    Assumption("item_bytes", "An item's own row", "bytes", 400, 1, 1e6),
    Assumption("queries", "Queries at the peak", "per s", 5_000, 0.1, 1e8),
    Assumption("queries_per_core", "Queries that a core answers", "per s", 2_000, 1, 1e7),
    Assumption("popular_pct", "Items with the most popular tag", "%", 50, 0.0001, 100),
    Assumption("shards", "Shards", "shards", 8, 1, 10_000),
)


def pairs(values: Mapping[str, float]) -> float:
    """How many pairs there are."""
    return values["items"] * values["tags_per_item"]


def gap_bytes(share: float) -> float:
    """Bytes of an id in a list of that share of all items, written as gaps of seven bits each."""
    gap = max(1.0, 1 / share)
    return max(1, math.ceil(math.log2(gap + 1) / 7))


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    number, share = pairs(values), values["popular_pct"] / 100
    heap = number * (values["row_bytes"] + TUPLE_HEADER)
    index = number * ENTRY / FILL
    popular = values["items"] * share
    return (
        Result("pairs", "Pairs", number, "rows", "items × tags of an item"),
        Result(
            "heap",
            "The pair table",
            heap / GIB,
            "GiB",
            "pairs × (values + 28 bytes) ÷ 2³⁰",
            correction="a row is more than its values: 24 bytes of header and 4 of pointer go with each",
        ),
        Result("index", "One B-tree over both numbers", index / GIB, "GiB", "pairs × 16 bytes ÷ 0.9 ÷ 2³⁰"),
        Result(
            "items_size",
            "The items",
            values["items"] * values["item_bytes"] / GIB,
            "GiB",
            "items × bytes ÷ 2³⁰",
        ),
        Result("raw", "All posting lists, raw", number * ID_BYTES / GIB, "GiB", "pairs × 4 bytes ÷ 2³⁰"),
        Result(
            "popular_raw",
            "The longest list, raw",
            popular * ID_BYTES / (1 << 20),
            "MiB",
            "items × share × 4 bytes ÷ 2²⁰",
        ),
        Result(
            "popular_packed",
            "The longest list, as gaps",
            popular * gap_bytes(share) / (1 << 20),
            "MiB",
            "items × share × bytes of a gap ÷ 2²⁰",
        ),
        Result(
            "popular_bits",
            "The longest list, as bits",
            values["items"] / 8 / (1 << 20),
            "MiB",
            "items ÷ 8 ÷ 2²⁰",
            correction="for a tag on half of all items a bitmap is smaller than any list of numbers",
        ),
        Result("query_rate", "Queries at the peak", values["queries"], "per s", "as assumed"),
        Result(
            "cores",
            "Cores for queries",
            math.ceil(values["queries"] / values["queries_per_core"]),
            "cores",
            "⌈queries ÷ queries per core⌉",
        ),
        Result(
            "asked",
            "Calls to shards, cut by item",
            values["queries"] * values["shards"],
            "per s",
            "queries × shards",
            correction="each query asks every shard: more shards do not mean fewer calls for each",
        ),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("rate", "Requests of the last seconds", "per s", "queries.rate", "query_rate"),),
)
