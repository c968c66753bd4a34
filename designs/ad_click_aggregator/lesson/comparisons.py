"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison
from sdlab.lab.scenario import Fault

COMPARISONS = (
    PreparedComparison(
        id="aggregation",
        question="How much is written to count a thousand clicks?",
        toggle="aggregation",
        alternatives=(
            Alternative("A row per click", {"aggregation": "per_click"}),
            Alternative("Stream", {"aggregation": "stream"}),
            Alternative("Batch", {"aggregation": "batch"}, {"batch_s": 4}),
        ),
        workload="readers",
        rate=100,
        expect="A click is a write of the database; a stream writes a row per ad and window, a batch even fewer, "
        "and is the oldest on the dashboard.",
        answer="written",
        best=("Batch",),
        counts=("row per 1,000 clicks", "rows per 1,000 clicks"),
        seconds=10,
    ),
    PreparedComparison(
        id="key",
        question="How far behind is the partition of a hot ad?",
        toggle="key",
        alternatives=(
            Alternative("adId", {"key": "ad"}),
            Alternative("adId:0–N where hot", {"key": "spread"}),
        ),
        workload="hot_ad",
        rate=400,
        expect="With the ad as the key its partition gets more than an aggregator takes, and the rest idle.",
        answer="lag",
        best=("adId:0–N where hot",),
        counts=("click waiting", "clicks waiting"),
        seconds=6,
    ),
    PreparedComparison(
        id="flush",
        question="How old is a click when the dashboard has it?",
        toggle="flush",
        alternatives=(
            Alternative("Every second", {"flush": "1"}),
            Alternative("Every 10 s", {"flush": "10"}),
            Alternative("Every minute", {"flush": "60"}),
        ),
        workload="readers",
        rate=20,
        expect="As old as the flush interval; the shortest writes the most rows.",
        answer="fresh_s",
        best=("Every second",),
        counts=("s old", "s old"),
        seconds=24,
    ),
    PreparedComparison(
        id="recovery",
        question="How long is an aggregator away with its one-day window, and how much does it read again?",
        toggle="recovery",
        alternatives=(
            Alternative("Replay of the log", {"recovery": "replay"}),
            Alternative("Checkpoint", {"recovery": "checkpoint"}),
        ),
        workload="readers",
        rate=200,
        expect="Without a checkpoint the day is counted again from the beginning of the log, after each crash.",
        answer="again",
        best=("Checkpoint",),
        counts=("click read again", "clicks read again"),
        seconds=8,
        faults=(Fault("aggregator-1", "dies"),),
    ),
)
