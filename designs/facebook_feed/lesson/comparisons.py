"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="fanout",
        question="What does a celebrity's post cost?",
        toggle="fanout",
        alternatives=(
            Alternative("On read", {"fanout": "read"}),
            Alternative("On write", {"fanout": "write"}),
            Alternative("Hybrid", {"fanout": "hybrid"}),
        ),
        workload="celebrity",
        rate=20,
        expect="On write, each post is copied to all followers; merged in when read, it is not copied at all.",
        answer="per_post",
        best=("On read", "Hybrid"),
        counts=("feed write per post", "feed writes per post"),
    ),
    PreparedComparison(
        id="views",
        question="And what does a view cost then?",
        toggle="fanout",
        alternatives=(
            Alternative("On read", {"fanout": "read"}),
            Alternative("Through a queue", {"fanout": "queue"}),
            Alternative("Hybrid", {"fanout": "hybrid"}),
        ),
        workload="everyday",
        rate=60,
        expect="On read, a view merges a list per account that is followed. A ready feed is one list.",
        answer="per_view",
        best=("Through a queue",),
        counts=("list read per view", "lists read per view"),
    ),
    PreparedComparison(
        id="ack",
        question="When may a worker tell the queue that it is done?",
        toggle="ack",
        alternatives=(
            Alternative("After the writes", {"ack": "after"}),
            Alternative("On taking the job", {"ack": "before"}),
        ),
        workload="crashes",
        rate=60,
        expect="A worker that ends after its word and before its writes leaves feeds without the post, for good.",
        answer="lost",
        best=("After the writes",),
        counts=("feed entry lost", "feed entries lost"),
        seconds=4,
    ),
    PreparedComparison(
        id="hot_cache",
        question="Who answers when all read one post?",
        toggle="hot_cache",
        alternatives=(
            Alternative("No cache", {"hot_cache": "none"}, {"node_rate": 150}),
            Alternative("Partitioned", {"hot_cache": "partitioned"}, {"node_rate": 150}),
            Alternative("Replicated", {"hot_cache": "replicated"}, {"node_rate": 150}),
        ),
        workload="storm",
        rate=300,
        expect="Partitioned, one node has the post, and what is over its capacity falls through to the store.",
        answer="store_reads",
        best=("Replicated",),
        counts=("read of the store", "reads of the store"),
    ),
)
