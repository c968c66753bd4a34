"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="match",
        question="What does a slow replica cost two people?",
        toggle="match",
        alternatives=(
            Alternative("Read, then write", {"match": "replicas"}),
            Alternative("Atomic in Redis", {"match": "atomic"}),
            Alternative("Partition per pair", {"match": "pair"}),
        ),
        workload="both",
        rate=25,
        expect="Each looks at a replica that has not heard of the other's swipe: both liked, and nobody is told.",
        answer="missed",
        best=("Atomic in Redis", "Partition per pair"),
        counts=("match missed", "matches missed"),
    ),
    PreparedComparison(
        id="again",
        question="What keeps a face from coming back?",
        toggle="again",
        alternatives=(
            Alternative("Database check", {"again": "database"}),
            Alternative("+ Bloom filter", {"again": "bloom"}),
        ),
        workload="restless",
        rate=12,
        expect="Who swipes on before the replicas have caught up meets the same people; the filter knows at once.",
        answer="again",
        best=("+ Bloom filter",),
        counts=("card shown again", "cards shown again"),
    ),
    PreparedComparison(
        id="bits",
        question="What does a small Bloom filter hide?",
        toggle="again",
        alternatives=(
            Alternative("256 bits each", {"again": "bloom"}, {"bloom_bits": 256, "bloom_from": 0}),
            Alternative("4,096 bits each", {"again": "bloom"}, {"bloom_bits": 4096, "bloom_from": 0}),
        ),
        workload="restless",
        rate=12,
        expect="A filter that is full says yes to people who were never shown, and nobody ever sees them.",
        answer="never",
        best=("4,096 bits each",),
        counts=("person hidden by error", "people hidden by error"),
        seconds=4,
    ),
    PreparedComparison(
        id="change",
        question="What does a changed filter leave in the queue?",
        toggle="change",
        alternatives=(
            Alternative("Evict at once", {"change": "evict"}, {"batch": 5}),
            Alternative("Wait for the TTL", {"change": "ttl"}, {"batch": 5}),
        ),
        workload="restless",
        rate=40,
        expect="Prepared cards were right when they were prepared; kept until they expire, they no longer fit.",
        answer="stale",
        best=("Evict at once",),
        counts=("stale card shown", "stale cards shown"),
    ),
)
