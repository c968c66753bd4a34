"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="transport",
        question="What is missed while servers are replaced?",
        toggle="transport",
        alternatives=(
            Alternative("Log with ids", {"transport": "log"}),
            Alternative("Pub/sub alone", {"transport": "pubsub"}),
        ),
        workload="deploys",
        rate=80,
        expect="A channel keeps nothing for those who reconnect; from a log they go on where they stopped.",
        answer="missed",
        best=("Log with ids",),
        counts=("comment missed", "comments missed"),
        seconds=4,
    ),
    PreparedComparison(
        id="distribution",
        question="How much does a server hear for nobody?",
        toggle="distribution",
        alternatives=(
            Alternative("Everything to all", {"distribution": "everything"}),
            Alternative("A channel per stream", {"distribution": "partitioned"}),
            Alternative("Dispatcher", {"distribution": "dispatcher"}),
        ),
        workload="chatter",
        rate=60,
        expect="Sent to all, most messages reach servers where nobody watches; a channel per stream sends none of those.",
        answer="useless",
        best=("A channel per stream", "Dispatcher"),
        counts=("message that nobody watched for", "messages that nobody watched for"),
    ),
    PreparedComparison(
        id="delivery",
        question="What does polling cost?",
        toggle="delivery",
        alternatives=(
            Alternative("Polling", {"delivery": "polling"}),
            Alternative("Server-sent events", {"delivery": "sse"}),
        ),
        workload="chatter",
        rate=20,
        expect="Asked every two seconds, a comment is a second late on average; pushed, it is there at once.",
        answer="delay_p50",
        best=("Server-sent events",),
        counts=("ms late (p50)", "ms late (p50)"),
        seconds=5,
    ),
    PreparedComparison(
        id="pagination",
        question="What does an offset show twice?",
        toggle="pagination",
        alternatives=(
            Alternative("Offset", {"pagination": "offset"}),
            Alternative("Cursor", {"pagination": "cursor"}),
        ),
        workload="readers",
        rate=60,
        expect="While comments come in, whatever is counted from the top has moved by the next page.",
        answer="paging",
        best=("Cursor",),
        counts=("duplicate or gap", "duplicates and gaps"),
    ),
)
