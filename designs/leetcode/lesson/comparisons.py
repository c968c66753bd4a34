"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

HISTORY = 100_000

COMPARISONS = (
    PreparedComparison(
        id="isolation",
        question="What does it cost to shut code in?",
        toggle="isolation",
        alternatives=(
            Alternative("Process + rlimits", {"isolation": "process", "start": "cold"}),
            Alternative("Namespaces", {"isolation": "namespaces", "start": "cold"}),
            Alternative("Landlock", {"isolation": "landlock", "start": "cold"}),
            Alternative("Embedded interpreter", {"isolation": "embedded", "start": "cold"}),
        ),
        workload="finale",
        rate=8,
        expect="Most of a start is the interpreter's own; namespaces add some milliseconds. What is embedded is there.",
        answer="start_p50",
        best=("Embedded interpreter",),
        counts=("ms, p50", "ms, p50"),
        seconds=3,
    ),
    PreparedComparison(
        id="start",
        question="How many jobs wait for an interpreter to be started?",
        toggle="start",
        alternatives=(
            Alternative("Warm pool", {"start": "warm"}),
            Alternative("Scale to zero", {"start": "cold"}),
        ),
        workload="finale",
        rate=4,
        expect="A job that finds an interpreter waits for nothing; one that does not waits for its whole start.",
        answer="cold",
        best=("Warm pool",),
        counts=("interpreter started for a job", "interpreters started for a job"),
        seconds=5,
    ),
    PreparedComparison(
        id="board",
        question="Who pays for a leaderboard over 100,000 submissions?",
        toggle="board",
        alternatives=(
            Alternative("Sorted set", {"board": "sorted"}, {"history": HISTORY}),
            Alternative("SQL each time", {"board": "sql"}, {"history": HISTORY}),
            Alternative("SQL + cache", {"board": "ttl"}, {"history": HISTORY}),
        ),
        workload="finale",
        rate=8,
        expect="SQL reads every accepted row for each look, the cache does so once in five seconds and is old, "
        "the sorted set reads none.",
        answer="db_rows",
        best=("Sorted set",),
        counts=("row read", "rows read"),
        seconds=3,
    ),
    PreparedComparison(
        id="watching",
        question="How old is the news: asked for every 3 s, or pushed?",
        toggle="watching",
        alternatives=(
            Alternative("Poll every 3 s", {"watching": "poll"}),
            Alternative("Push", {"watching": "push"}),
        ),
        workload="finale",
        rate=8,
        expect="Those who ask hear of it after half an interval on average; those who are told, a fifth of a second later.",
        answer="news_p50",
        best=("Push",),
        counts=("ms, p50", "ms, p50"),
        seconds=5,
    ),
)
