"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="holding",
        question="What keeps a seat from being sold twice?",
        toggle="holding",
        alternatives=tuple(
            Alternative(name, {"holding": holding, "admission": "free"}, {"payment_ms": 400})
            for name, holding in (("No protection", "none"), ("Redis lock", "redis"), ("Row lock", "row"))
        ),
        workload="rush",
        rate=300,
        expect="Each buyer looks, pays and sells. Without a lock another sells in between.",
        answer="doubles",
        best=("Redis lock", "Row lock"),
        counts=("seat sold twice", "seats sold twice"),
        seconds=2,
    ),
    PreparedComparison(
        id="expiry",
        question="How long does an abandoned seat stay blocked?",
        toggle="holding",
        alternatives=(
            Alternative("Sweeper, every 4 s", {"holding": "status"}, {"hold_s": 5, "sweep_s": 4}),
            Alternative("Lock with TTL", {"holding": "redis"}, {"hold_s": 5}),
        ),
        workload="abandon",
        rate=10,
        expect="A status waits for the sweeper after its time is over; a key with a TTL is gone by itself.",
        answer="blocked",
        best=("Lock with TTL",),
        counts=("seat-second blocked for nobody", "seat-seconds blocked for nobody"),
        seconds=12,
    ),
    PreparedComparison(
        id="cache",
        question="What does an edge cache get wrong?",
        toggle="cache",
        alternatives=(
            Alternative("LRU of queries", {"cache": "lru"}),
            Alternative("Edge, 30 s", {"cache": "edge"}),
        ),
        workload="season",
        rate=80,
        expect="The edge goes on with an answer until its time is over; the LRU hears of each change.",
        answer="stale",
        best=("LRU of queries",),
        counts=("wrong answer", "wrong answers"),
        seconds=3,
    ),
)
