"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="adding",
        question="What do two steps lose?",
        toggle="adding",
        alternatives=(
            Alternative("One step", {"adding": "atomic"}),
            Alternative("Two steps", {"adding": "read_write"}),
        ),
        workload="crowd",
        rate=300,
        expect="Two that read the same total write the same one, and an add is gone.",
        answer="lost",
        best=("One step",),
        counts=("add lost", "adds lost"),
    ),
    PreparedComparison(
        id="crowds",
        question="Does it need a crowd?",
        toggle="adding",
        alternatives=(
            Alternative("One step, steps of 5", {"adding": "atomic"}, {"step": 5}),
            Alternative("Two steps, steps of 5", {"adding": "read_write"}, {"step": 5}),
        ),
        workload="steady",
        rate=200,
        expect="Fewer are enough: now and then two fall into the same gap.",
        answer="lost",
        best=("One step, steps of 5",),
        counts=("add lost", "adds lost"),
    ),
)
