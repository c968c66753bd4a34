"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison
from sdlab.lab.scenario import Fault

COMPARISONS = (
    PreparedComparison(
        id="approaches",
        question="How much is looked at for one search?",
        toggle="approach",
        alternatives=(
            Alternative("Scan", {"approach": "scan", "hot": "off"}),
            Alternative("Own index", {"approach": "own", "hot": "off"}),
            Alternative("Engine", {"approach": "engine", "hot": "off"}),
        ),
        workload="searches",
        rate=40,
        expect="A scan looks at every word of every tweet; an index at the lists of the words that were asked for; "
        "the engine's collectors see what is in all lists.",
        answer="looked",
        best=("Engine",),
        counts=("entry looked at", "entries looked at"),
    ),
    PreparedComparison(
        id="likes",
        question="How many index writes do likes cost?",
        toggle="likes",
        alternatives=(
            Alternative("Every like", {"likes": "every"}),
            Alternative("Powers of two", {"likes": "powers"}),
        ),
        workload="likes",
        rate=200,
        expect="Popular tweets get most likes, and are between two powers of two nearly always.",
        answer="like_writes",
        best=("Powers of two",),
        counts=("index write", "index writes"),
    ),
    PreparedComparison(
        id="commit",
        question="How soon is a tweet found?",
        toggle="commit",
        alternatives=(
            Alternative("0.1 s", {"commit": "tenth"}),
            Alternative("1 s", {"commit": "one"}),
            Alternative("10 s", {"commit": "ten"}),
        ),
        workload="mixed",
        rate=24,
        seconds=11,
        expect="A tweet waits for the next commit, and a commit makes a segment for each shard that has news.",
        answer="found_after",
        best=("0.1 s",),
        counts=("s until found", "s until found"),
    ),
    PreparedComparison(
        id="slow_shard",
        question="What does one slow shard do to all searches?",
        toggle="missing",
        alternatives=(
            Alternative("1 shard", {"hot": "off"}, {"shards": 1}),
            Alternative("4 shards", {"hot": "off"}, {"shards": 4}),
            Alternative("8 shards", {"hot": "off"}, {"shards": 8}),
            Alternative("4 shards, two copies", {"hot": "off"}, {"shards": 4, "replicas": 1}),
        ),
        workload="searches",
        rate=40,
        faults=(Fault("shard-1", "slow", 300),),
        expect="An answer waits for all shards, so more shards do not help; a second copy is asked when the first is late.",
        answer="p95",
        best=("4 shards, two copies",),
        counts=("ms", "ms"),
    ),
)
