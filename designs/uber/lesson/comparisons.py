"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

RUSH = {"fleet": 900, "matchers": 1, "give_up_s": 20, "radius_m": 4000, "answer_ms": 300}

COMPARISONS = (
    PreparedComparison(
        id="matching",
        question="Who waits how long for the car, when a stadium lets out?",
        toggle="matching",
        alternatives=(
            Alternative("Greedy", {"matching": "greedy", "surge": "off"}, RUSH),
            Alternative("Batched", {"matching": "batch", "surge": "off"}, {**RUSH, "batch_ms": 1000}),
        ),
        workload="stadium",
        rate=20,
        expect="A batch gives a car to whom nobody else is near, and its mean pick-up is shorter than the greedy one's.",
        answer="pickup",
        best=("Batched",),
        counts=("second until the car is there, in the mean", "seconds until the car is there, in the mean"),
        seconds=8,
    ),
    PreparedComparison(
        id="proximity",
        question="How many of 5,000 moving cars does one search look at?",
        toggle="proximity",
        alternatives=tuple(
            Alternative(name, {"proximity": index}, {"fleet": 5000, "interval_s": 4})
            for name, index in (
                ("SQL box", "sql"),
                ("Redis GEO", "geo"),
                ("Quadtree", "quadtree"),
                ("H3", "h3"),
            )
        ),
        workload="evening",
        rate=20,
        expect="A tree opens boxes of few cars only; circles, boxes and hexagons bring more than are asked for.",
        answer="examined",
        best=("Quadtree",),
        counts=("car looked at per search", "cars looked at per search"),
    ),
    PreparedComparison(
        id="offers",
        question="How many rides are given to two drivers?",
        toggle="offers",
        alternatives=(
            Alternative("One by one", {"offers": "one"}, {"answer_ms": 100}),
            Alternative("All at once", {"offers": "all"}, {"answer_ms": 100}),
        ),
        workload="evening",
        rate=12,
        expect="Asked all at once, somebody answers sooner; and two who answer together are both told yes.",
        answer="twice",
        best=("One by one",),
        counts=("ride given to two drivers", "rides given to two drivers"),
        seconds=6,
    ),
    PreparedComparison(
        id="updates",
        question="What do updates cost for the error that they leave?",
        toggle="updates",
        alternatives=(
            *(
                Alternative(f"Every {seconds} s", {"updates": "every"}, {"interval_s": seconds})
                for seconds in (1, 4, 10)
            ),
            Alternative("Adaptive", {"updates": "adaptive"}, {"move_m": 40}),
        ),
        workload="drive",
        rate=2,
        expect="By the clock, fewer updates are paid for in metres; by distance, parked cars cost neither.",
        answer="product",
        best=("Adaptive",),
        counts=("update per second times metre of error", "updates per second times metres of error"),
        seconds=25,
    ),
)
