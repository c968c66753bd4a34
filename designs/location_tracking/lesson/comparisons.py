"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="index",
        question="How many points does one question look at, in a crowd?",
        toggle="index",
        alternatives=tuple(
            Alternative(name, {"index": index, "spread": "downtown"}, {"fleet": 1000})
            for name, index in (("Full scan", "scan"), ("Geohash", "geohash"), ("Quadtree", "quadtree"))
        ),
        workload="parents",
        rate=60,
        expect="Buses crowd downtown: the scan looks at each, a grid has its cells full, a tree has split them.",
        answer="examined",
        best=("Quadtree",),
        counts=("point looked at per query", "points looked at per query"),
    ),
    PreparedComparison(
        id="neighbours",
        question="What is missed across the edge of a cell?",
        toggle="neighbours",
        alternatives=(
            Alternative("Cells around too", {"neighbours": "on"}),
            Alternative("Own cell only", {"neighbours": "off"}),
        ),
        workload="parents",
        rate=60,
        expect="The nearest bus is often across the street, in another cell, and is not found there.",
        answer="missed",
        best=("Cells around too",),
        counts=("near bus missed", "near buses missed"),
    ),
    PreparedComparison(
        id="ordering",
        question="What if a late position is written over a newer one?",
        toggle="ordering",
        alternatives=(
            Alternative("Newer wins", {"ordering": "checked"}),
            Alternative("Last write wins", {"ordering": "last_write"}),
        ),
        workload="late",
        rate=30,
        expect="Whatever arrives last stands: buses jump back to where they were six seconds ago.",
        answer="broken_no_step_back",
        best=("Newer wins",),
        counts=("step back", "steps back"),
        seconds=8,
    ),
)
