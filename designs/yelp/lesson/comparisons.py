"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison
from sdlab.lab.scenario import Fault

COMPARISONS = (
    PreparedComparison(
        id="search",
        question="What does a search look at?",
        toggle="search",
        alternatives=tuple(
            Alternative(name, {"search": search, "cache": "none"})
            for name, search in (
                ("LIKE and a box", "like"),
                ("Geohash prefix", "prefix"),
                ("Engine", "engine"),
            )
        ),
        workload="searches",
        rate=60,
        expect="LIKE compares every row, a prefix everything that is near, the engine only what has the words and is near.",
        answer="touched",
        best=("Engine",),
        counts=("row or entry a search", "rows or entries a search"),
        seconds=3,
    ),
    PreparedComparison(
        id="level",
        question="How long should the geohash be for a circle of 1 km?",
        toggle="candidates",
        alternatives=tuple(
            Alternative(f"{level} letters", {"cache": "none"}, {"level": level}) for level in (4, 5, 6, 7)
        ),
        workload="hungry",
        rate=60,
        expect="Short words are large cells: more places are measured in vain. Long ones are more cells to ask for.",
        answer="vain",
        best=("7 letters",),
        counts=("place in vain a search", "places in vain a search"),
        seconds=3,
    ),
    PreparedComparison(
        id="average",
        question="Which average is right in a review storm?",
        toggle="average",
        alternatives=tuple(
            Alternative(name, {"average": average}, {"batch_s": 30})
            for name, average in (
                ("On read", "read"),
                ("Read, write back", "naive"),
                ("Version", "optimistic"),
                ("Batch", "batch"),
            )
        ),
        workload="storm",
        rate=80,
        expect="Whoever reads and writes back loses what others wrote meanwhile; a batch is late; the others are exact.",
        answer="off",
        best=("On read", "Version"),
        counts=("rating missing in an average", "ratings missing in averages"),
        seconds=5,
    ),
    PreparedComparison(
        id="sync",
        question="Which index is right when messages are lost?",
        toggle="sync",
        alternatives=tuple(
            Alternative(name, {"sync": sync}, {"lag_ms": 50})
            for name, sync in (("In the transaction", "same"), ("Queue", "queue"), ("Capture", "capture"))
        ),
        workload="edits",
        rate=20,
        faults=(Fault("service", "drop"),),
        expect="A queue forgets what was lost on the way. Capture reads the outbox until the index has it.",
        answer="lost",
        best=("In the transaction", "Capture"),
        counts=("edit lost", "edits lost"),
        seconds=4,
    ),
)
