"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="approaches",
        question="Who answers a query for three tags fastest?",
        toggle="approach",
        alternatives=(
            Alternative("Pairs, joined", {"approach": "join"}),
            Alternative("Arrays with GIN", {"approach": "array"}),
            Alternative("Roaring bitmaps", {"approach": "bitmap"}),
            Alternative("Sets in Valkey", {"approach": "sets"}),
        ),
        workload="browse",
        rate=40,
        expect="Bitmaps in memory answer without asking anybody. Here with the pictures of a room; the bench does it "
        "with a million pairs, where the gap is wider.",
        answer="and_ms",
        best=("Roaring bitmaps",),
        counts=("ms", "ms"),
    ),
    PreparedComparison(
        id="indexes",
        question="How many pages are looked at for three tags, by index?",
        toggle="indexes",
        alternatives=(
            Alternative("None", {"indexes": "none"}),
            Alternative("(item, tag)", {"indexes": "item_tag"}),
            Alternative("(tag, item)", {"indexes": "tag_item"}),
            Alternative("Both", {"indexes": "both"}),
        ),
        workload="browse",
        rate=40,
        expect="Without an index by tag the whole table is read for each of the three tags, or each item of the first is "
        "looked up on its own. By (tag, item) the items of a tag stand side by side.",
        answer="pages",
        best=("(tag, item)", "Both"),
        counts=("page of 8 KiB", "pages of 8 KiB"),
        seconds=8,
    ),
    PreparedComparison(
        id="shards",
        question="How hot does a shard get when all use one tag?",
        toggle="sharding",
        alternatives=(
            Alternative("By item", {"approach": "bitmap", "sharding": "item"}),
            Alternative("By tag", {"approach": "bitmap", "sharding": "tag"}),
        ),
        workload="hot_tag",
        rate=60,
        expect="By tag every write and most reads meet on one shard; by item each query asks all, and load is even.",
        answer="hottest",
        best=("By item",),
        counts=("% on one shard", "% on one shard"),
    ),
    PreparedComparison(
        id="merge",
        question="What does a merge lose without a lock?",
        toggle="merge_lock",
        alternatives=(
            Alternative("Lock on the tag's row", {"merge_lock": "on"}),
            Alternative("No lock", {"merge_lock": "off"}),
        ),
        workload="merge_storm",
        rate=60,
        expect="What is tagged between the list and the move stays under a tag that is no more, or comes twice.",
        answer="broken_pairs_kept",
        best=("Lock on the tag's row",),
        counts=("pair", "pairs"),
        seconds=4,
    ),
)
