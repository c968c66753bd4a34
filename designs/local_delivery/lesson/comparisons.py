"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison
from sdlab.lab.scenario import Fault

COMPARISONS = (
    PreparedComparison(
        id="ordering",
        question="Which order sells nothing twice when 200 want one of 20?",
        toggle="ordering",
        alternatives=tuple(
            Alternative(name, {"ordering": ordering, "picking": "first"})
            for name, ordering in (
                ("No transaction", "none"),
                ("Conditional update", "conditional"),
                ("Serialisable", "serializable"),
                ("Coordinated stores", "coordinated"),
            )
        ),
        workload="flash",
        rate=150,
        expect="Separate statements sell the same unit to several. The others sell each once; what it costs them are tries.",
        answer="oversold",
        best=("Conditional update", "Serialisable", "Coordinated stores"),
        counts=("sale too many", "sales too many"),
        seconds=4,
    ),
    PreparedComparison(
        id="closing",
        question="A centre closes: how many promises break?",
        toggle="allocation",
        alternatives=tuple(
            Alternative(name, {"allocation": allocation}, {"pick_min": 2.0, "courier_min": 40})
            for name, allocation in (("Nearest", "nearest"), ("Rules", "rules"), ("Bound late", "promise"))
        ),
        workload="closing",
        rate=9,
        expect="The longest line has the most to lose. What is bound late is in nobody's line when the centre closes.",
        answer="late",
        best=("Bound late",),
        counts=("promise broken", "promises broken"),
        seconds=25,
    ),
    PreparedComparison(
        id="answers",
        question="Who answers what is left, and how often wrongly?",
        toggle="availability",
        alternatives=tuple(
            Alternative(name, {"availability": availability}, {"pick_min": 0.1, "lag_ms": 1000})
            for name, availability in (
                ("Database", "straight"),
                ("Cache, one minute", "cache"),
                ("Replicas", "regions"),
            )
        ),
        workload="looks",
        rate=120,
        expect="The cache repeats what was true up to a minute ago. Replicas are late by a moment, the database by nothing.",
        answer="stale",
        best=("Database",),
        counts=("% of counts wrong", "% of counts wrong"),
        seconds=5,
    ),
    PreparedComparison(
        id="crash",
        question="The order service dies in the middle: whose orders are whole?",
        toggle="ordering",
        alternatives=tuple(
            Alternative(name, {"ordering": ordering})
            for name, ordering in (
                ("One transaction", "serializable"),
                ("Two stores", "split"),
                ("Coordinated", "coordinated"),
            )
        ),
        workload="evening",
        rate=20,
        faults=(Fault("orders", "crash", 40),),
        expect="A transaction leaves nothing of an order that died. Two stores leave half of it, until somebody coordinates.",
        answer="halves",
        best=("One transaction", "Coordinated"),
        counts=("half order", "half orders"),
        seconds=12,
    ),
)
