"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

FOUR = {"servers": 4}

COMPARISONS = (
    PreparedComparison(
        id="reach",
        question="What does it cost to reach the right server?",
        toggle="reach",
        alternatives=(
            Alternative("Poll the table", {"reach": "poll"}, FOUR),
            Alternative("One server, one map", {"reach": "single"}, FOUR),
            Alternative("Mesh", {"reach": "mesh"}, FOUR),
            Alternative("Pub/sub", {"reach": "pubsub"}, FOUR),
        ),
        workload="chat",
        rate=40,
        expect="Of a poll most are later than 150 ms. The others are at once; they differ in lines and subscriptions.",
        answer="late",
        best=("One server, one map", "Mesh", "Pub/sub"),
        counts=("% late", "% late"),
        seconds=4,
    ),
    PreparedComparison(
        id="inbox",
        question="What is lost when servers die?",
        toggle="inbox",
        alternatives=(
            Alternative("Pub/sub with an inbox", {"inbox": "kept"}),
            Alternative("Pub/sub alone", {"inbox": "off"}),
            Alternative("Topics alone", {"inbox": "off", "reach": "topic"}),
            Alternative("Mesh alone", {"inbox": "off", "reach": "mesh"}),
        ),
        workload="kills",
        rate=60,
        expect="Whoever was on the server that died has missed what was told meanwhile; an inbox still has it.",
        answer="lost",
        best=("Pub/sub with an inbox",),
        counts=("message lost", "messages lost"),
        seconds=8,
    ),
    PreparedComparison(
        id="balancing",
        question="How even are servers after one has joined?",
        toggle="balancing",
        alternatives=(
            Alternative("Least connections", {"balancing": "least"}),
            Alternative("Random", {"balancing": "random"}),
        ),
        workload="joins",
        rate=60,
        expect="By chance the new server stays behind, or another ahead; counted, all have the same.",
        answer="spread",
        best=("Least connections",),
        counts=("× the mean", "× the mean"),
        seconds=4,
    ),
    PreparedComparison(
        id="footprint",
        question="What does an inbox per device cost?",
        toggle="footprint",
        alternatives=(
            Alternative("Per device", {"footprint": "by_device"}),
            Alternative("Per user", {"footprint": "by_user"}),
        ),
        workload="chat",
        rate=60,
        expect="One row per receiver, not one for each of their devices; in exchange it is kept beside it who has it.",
        answer="rows_written",
        best=("Per user",),
        counts=("row", "rows"),
        seconds=4,
    ),
)
