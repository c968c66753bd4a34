"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="counters",
        question="Why is a counter raised in one step?",
        toggle="counters",
        alternatives=(
            Alternative("One step", {"counters": "atomic"}),
            Alternative("Read, then write", {"counters": "read_then_write"}),
        ),
        workload="viral_spike",
        rate=200,
        expect="Two servers read the same count and write the same next one: a view is gone.",
        answer="broken_counted_once",
        best=("One step",),
        counts=("miscount", "miscounts"),
    ),
    PreparedComparison(
        id="merging",
        question="How much is merged for one answer?",
        toggle="counting",
        alternatives=(
            Alternative("Random hosts", {"counting": "random"}),
            Alternative("Partitioned", {"counting": "partitioned"}),
            Alternative("One host", {"counting": "one_host"}),
        ),
        workload="zipf",
        rate=200,
        expect="With a video's views anywhere, all counts of all hosts must be merged; partitioned, the best of each.",
        answer="read",
        best=("One host",),
        counts=("entry merged per query", "entries merged per query"),
    ),
    PreparedComparison(
        id="sketch_update",
        question="What is conservative update worth?",
        toggle="sketch_update",
        alternatives=(
            Alternative("Plain", {"counting": "sketch", "sketch_update": "plain"}, {"width": 64}),
            Alternative(
                "Conservative", {"counting": "sketch", "sketch_update": "conservative"}, {"width": 64}
            ),
        ),
        workload="zipf",
        rate=200,
        expect="Raising only the smallest cells of a video leaves less in those that it shares with others.",
        answer="max_error",
        best=("Conservative",),
        counts=("view too many, at most", "views too many, at most"),
    ),
    PreparedComparison(
        id="batch",
        question="How old is the answer of a batch?",
        toggle="counting",
        alternatives=(
            Alternative("Partitioned hosts", {"counting": "partitioned"}),
            Alternative("Batch, every 2 s", {"counting": "batch"}),
        ),
        workload="zipf",
        rate=200,
        expect="Hosts answer from what they counted just now; a batch answers from its last run.",
        answer="late",
        best=("Partitioned hosts",),
        counts=("s old", "s old"),
    ),
)
