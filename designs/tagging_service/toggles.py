"""The questions of this design, as switches and numbers of the running system."""

from __future__ import annotations

from designs.tagging_service.engine.strategies.approaches import APPROACHES
from designs.tagging_service.engine.strategies.counts import COUNTS
from designs.tagging_service.engine.strategies.indexes import HOT_INDEXES, INDEXES
from designs.tagging_service.engine.strategies.locks import LOCKS
from designs.tagging_service.engine.strategies.shardings import SHARDINGS
from designs.tagging_service.engine.strategies.upkeeps import UPKEEPS
from sdlab.lab import Knob, Option, Toggle


def _options(table: dict) -> tuple[Option, ...]:  # type: ignore[type-arg]
    return tuple(Option(key, one.label, one.tradeoff) for key, one in table.items())


TOGGLES = (
    Toggle(
        id="approach",
        short="Who answers a query?",
        question="Who answers a query for several tags?",
        options=_options(APPROACHES),
        default="join",
        changes="Which of the four copies queries and the wall are answered from. All four are always kept.",
        watch="Four copies: how many queries each has answered, what it takes and what a write to it costs.",
        panel="copies",
        also=("postings",),
        shown_under="browse",
    ),
    Toggle(
        id="indexes",
        short="Which index on the pairs?",
        question="Which index do the pairs have?",
        options=_options(INDEXES),
        default="both",
        changes="B-trees of the pair table are made and dropped, now.",
        watch="Query plan: scans instead of walks, and the rows that were looked at.",
        panel="plan",
        also=("sizes",),
        shown_under="browse",
    ),
    Toggle(
        id="hot_index",
        short="An index for the hot part?",
        question="An index for the active items alone?",
        options=_options(HOT_INDEXES),
        default="none",
        changes="A partial index over the pairs of active items is made or dropped, now.",
        watch="Partial index: its size, and which of two queries can use it.",
        panel="hot",
        also=("sizes",),
        shown_under="browse",
    ),
    Toggle(
        id="counts",
        short="How are counts told?",
        question="How many have this tag: counted, remembered, estimated?",
        options=_options(COUNTS),
        default="exact",
        changes="Where the counts of the tag cloud and of the completion come from.",
        watch="Counts: told beside counted, and whether the error stays within its bound.",
        panel="counts",
        unprotected="cached",
        protects="exact_count",
        breaks_under="tagging",
    ),
    Toggle(
        id="sharding",
        short="How is the index cut?",
        question="How is the bitmap index cut into shards?",
        options=_options(SHARDINGS),
        default="one",
        changes="The bitmaps are made anew from the pairs, on so many shards.",
        watch="Shards: whom one query asks, and how uneven the load is.",
        panel="shards",
        also=("copies",),
        shown_under="hot_tag",
    ),
    Toggle(
        id="merge_lock",
        short="A lock while tags merge?",
        question="What keeps writers and a merge apart?",
        options=_options(LOCKS),
        default="on",
        changes="Whether writers share the tag's row and a merge has it alone, or everybody looks first and writes then.",
        watch="Pairs: doubled ones, and pairs under a tag that is no more. Arrays that a writer has changed after the "
        "merge part from the pairs, so that “all four answer alike” breaks with it; taking the lock again mends both.",
        panel="pairs",
        unprotected="off",
        protects="pairs_kept",
        breaks_under="merge_storm",
        breaks_at=(("merge_gap_ms", 60),),
    ),
    Toggle(
        id="upkeep",
        short="How do copies hear of it?",
        question="How do bitmaps and sets hear of a change?",
        options=_options(UPKEEPS),
        default="outbox",
        changes="Whether a change stands in an outbox of its transaction, or is written to each copy after it.",
        watch="Four copies: how many pairs each has. Tear the service: without the outbox they stay apart.",
        panel="copies",
        also=("pairs",),
        under=("service:torn",),
        unprotected="dual",
        protects="one_answer",
        breaks_under="tagging",
    ),
)

KNOBS = (
    Knob(
        "shards",
        "Shards",
        "shards",
        2,
        8,
        4,
        changes="How many shards the bitmaps are cut into, where they are.",
        about="sharding",
    ),
    Knob(
        "merge_gap_ms",
        "Time between read and write",
        "ms",
        0,
        500,
        8,
        changes="Without a lock: how long a merge takes between its list and its move.",
        about="merge_lock",
    ),
    Knob(
        "count_age_s",
        "Counts are remembered for",
        "s",
        1,
        120,
        10,
        changes="How old a remembered count may become.",
        about="counts",
    ),
    Knob(
        "sample_pct",
        "Sample",
        "%",
        5,
        80,
        20,
        changes="The share of the rows that an estimate counts.",
        about="counts",
    ),
)
