"""What to bring about in the running system, from a wrong average to one that stands a storm."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="wrong",
        title="An average that lies",
        says="Let ratings arrive that the average of their place will never know of.",
        level="easy",
        goals=(Goal("an average is wrong", "broken.average", at_least=1),),
        seconds=1,
        solution=Do(toggles={"average": "naive"}, workload="storm", rate=150),
    ),
    Mission(
        id="favourite",
        title="The favourite first",
        says="Kettle & Crane is loved and a little off. Turn the weights until it is the first answer to “coffee”.",
        level="medium",
        goals=(
            Goal("ordered by relevance", "config.sort", equals="relevance"),
            Goal("words still count", "config.text_weight", at_least=0.1),
            Goal("Kettle & Crane is first", "tally.favourite", at_most=1),
        ),
        seconds=2,
        solution=Do(
            knobs={"text_weight": 0.1, "distance_weight": 0.0, "rating_weight": 1.0},
            workload="searches",
            rate=20,
        ),
    ),
    Mission(
        id="ramen",
        title="The best ramen around",
        says="Everybody wants the best ramen within 800 m. Answer 95 % of them in 10 ms, and miss no place.",
        level="medium",
        goals=(
            Goal("everybody wants ramen", "workload.id", equals="hungry"),
            Goal("60 searches/s", "workload.rate", at_least=60, unit="/s"),
            Goal("the best first", "config.sort", equals="rating"),
            Goal("p95 under 10 ms", "traffic.p95", at_most=10, unit="ms"),
            Goal("answers were checked", "checked.found_all", at_least=1),
            Goal("no place missed", "broken.found_all", at_most=0),
        ),
        seconds=4,
        solution=Do(toggles={"sort": "rating"}, workload="hungry", rate=60),
    ),
    Mission(
        id="down",
        title="Without the index",
        says="The index is down. Searches go on, and nothing that is there is missed.",
        level="medium",
        goals=(
            Goal("the index is down", "fault.index.down", at_least=1),
            Goal("20 searches/s", "workload.rate", at_least=20, unit="/s"),
            Goal("30 answers from the database", "tally.fallback", at_least=30),
            Goal("no place missed", "broken.found_all", at_most=0),
        ),
        seconds=4,
        solution=Do(workload="searches", rate=30, faults=(Fault("index", "down"),)),
    ),
    Mission(
        id="storm",
        title="Stand the storm",
        says="Take 100 ratings of one place a second, stored averages and all: none lost, 95 % within 150 ms.",
        level="hard",
        goals=(
            Goal("a review storm", "workload.id", equals="storm"),
            Goal("100 ratings/s", "workload.rate", at_least=100, unit="/s"),
            Goal("400 ratings taken", "tally.rated", at_least=400),
            Goal("with a version", "config.average", equals="optimistic"),
            Goal("no average wrong", "broken.average", at_most=0),
            Goal("one rating each", "broken.one_each", at_most=0),
            Goal("p95 under 150 ms", "traffic.p95", at_most=150, unit="ms"),
        ),
        seconds=4,
        solution=Do(workload="storm", rate=100),
    ),
)
