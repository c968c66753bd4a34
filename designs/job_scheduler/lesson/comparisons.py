"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

THOUGHT_MS = 20

COMPARISONS = (
    PreparedComparison(
        id="scanning",
        question="What does it cost that nobody says who scans what?",
        toggle="scanning",
        alternatives=(
            Alternative("One scanner", {"scanning": "single", "idempotency": "off"}, {"gap_ms": THOUGHT_MS}),
            Alternative(
                "N, nothing shared out", {"scanning": "shared", "idempotency": "off"}, {"gap_ms": THOUGHT_MS}
            ),
            Alternative("N with partitions", {"idempotency": "off"}, {"gap_ms": THOUGHT_MS}),
        ),
        workload="steady",
        rate=500,
        expect="Those that read the same rows at the same time each put them into the queue, and each entry is done.",
        answer="doubles",
        best=("One scanner", "N with partitions"),
        counts=("run done twice", "runs done twice"),
        seconds=2.5,
    ),
    PreparedComparison(
        id="interval",
        question="What does a longer pause between two scans cost?",
        toggle="scanning",
        alternatives=(
            Alternative("Every 100 ms", {}, {"scan_ms": 100}),
            Alternative("Every second", {}, {"scan_ms": 1000}),
            Alternative("Every 5 s", {}, {"scan_ms": 5000}),
        ),
        workload="steady",
        rate=20,
        expect="A job waits half the pause on average and all of it at worst; less costs reads of the store.",
        answer="delay_p99",
        best=("Every 100 ms",),
        counts=("ms, p99", "ms, p99"),
        seconds=11,
    ),
    PreparedComparison(
        id="pressure",
        question="Where do jobs wait when callbacks are slow?",
        toggle="pressure",
        alternatives=(
            Alternative("Scans pause", {"pressure": "on"}, {"threshold": 50}),
            Alternative("Scans go on", {"pressure": "off"}),
        ),
        workload="slow",
        rate=80,
        expect="With back-pressure the queue stays near its threshold, and what is due waits in the store.",
        answer="deepest",
        best=("Scans pause",),
        counts=("run deep", "runs deep"),
        seconds=4,
    ),
    PreparedComparison(
        id="retry",
        question="Which retries survive a receiver that comes and goes?",
        toggle="retry",
        alternatives=(
            Alternative("No retry", {"retry": "none"}),
            Alternative("Immediate", {"retry": "immediate"}),
            Alternative("Exponential, with jitter", {"retry": "exponential"}),
        ),
        workload="flapping",
        rate=30,
        expect="Tries that follow each other at once all meet the same outage; only waiting gets past it.",
        answer="dead",
        best=("Exponential, with jitter",),
        counts=("run given up", "runs given up"),
        seconds=6,
    ),
)
