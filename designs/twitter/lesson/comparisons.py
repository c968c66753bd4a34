"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="counting",
        question="What do a viral tweet's likes cost the database?",
        toggle="counting",
        alternatives=(
            Alternative("Every like", {"counting": "every"}),
            Alternative("At powers of two", {"counting": "powers"}),
            Alternative("Every 100", {"counting": "hundred"}),
            Alternative("Every 1,000", {"counting": "thousand"}),
        ),
        workload="viral",
        rate=15,
        expect="A write for each like, for each hundred, or at powers of two, each of which waits for twice as many.",
        answer="hot_writes",
        best=("Every 1,000",),
        counts=("write", "writes"),
    ),
    PreparedComparison(
        id="error",
        question="And how far is the database behind then?",
        toggle="counting",
        alternatives=(
            Alternative("Every like", {"counting": "every"}),
            Alternative("At powers of two", {"counting": "powers"}),
            Alternative("Every 1,000", {"counting": "thousand"}),
        ),
        workload="viral",
        rate=15,
        expect="By nothing, by less than half, or by nearly all that a tweet has.",
        answer="lag",
        best=("Every like",),
        counts=("like behind", "likes behind"),
    ),
    PreparedComparison(
        id="search",
        question="What does a search look at among 200,000 tweets?",
        toggle="search",
        alternatives=(
            Alternative("SQL LIKE", {"search": "scan"}, {"archive": 200_000}),
            Alternative("Inverted index", {"search": "index"}, {"archive": 200_000}),
        ),
        workload="trends",
        rate=15,
        expect="A scan compares every text; the index reads the lists of the words.",
        answer="looked_at",
        best=("Inverted index",),
        counts=("entry per search", "entries per search"),
    ),
    PreparedComparison(
        id="paging",
        question="What do readers see twice while tweets arrive?",
        toggle="paging",
        alternatives=(
            Alternative("Offset", {"paging": "offset"}),
            Alternative("Offset, read ahead", {"paging": "cached"}, {"pages_ahead": 2}),
            Alternative("Cursor", {"paging": "cursor"}),
        ),
        workload="scrollers",
        rate=40,
        expect="What arrives shifts every later page: by offset at each page, read ahead at each refill, by cursor never.",
        answer="repeats",
        best=("Cursor",),
        counts=("tweet shown twice", "tweets shown twice"),
    ),
)
