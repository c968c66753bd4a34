"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="miss",
        title="The bus across the street",
        says="Make a question for the nearest buses miss one that is near.",
        level="easy",
        goals=(Goal("a near bus was missed", "tally.missed", at_least=1),),
        seconds=1,
        solution=Do(toggles={"neighbours": "off"}, workload="parents", rate=60),
    ),
    Mission(
        id="order",
        title="Nobody drives backwards",
        says="Take late positions at 90 messages a second, and let no bus go back to where it was.",
        level="medium",
        goals=(
            Goal("late positions", "workload.id", equals="late"),
            Goal("90 messages/s", "workload.rate", at_least=90, unit="/s"),
            Goal("looked at 200 times", "checked.no_step_back", at_least=200),
            Goal("no step back", "broken.no_step_back", at_most=0),
        ),
        seconds=8,
        solution=Do(workload="late", rate=90),
    ),
    Mission(
        id="crowd",
        title="Rush downtown",
        says="With 1,000 buses crowded downtown, look at no more than 150 points for one question.",
        level="medium",
        goals=(
            Goal("1,000 buses", "config.fleet", at_least=1000),
            Goal("rush downtown", "config.spread", equals="downtown"),
            Goal("parents ask", "workload.id", equals="parents"),
            Goal("at most 150 points per query", "tally.examined", at_most=150),
            Goal("none missed", "tally.missed", at_most=0),
        ),
        seconds=6,
        solution=Do(
            toggles={"index": "quadtree", "spread": "downtown"},
            knobs={"fleet": 1000},
            workload="parents",
            rate=60,
        ),
    ),
    Mission(
        id="few",
        title="Forty points",
        says="With 2,000 buses, answer exactly from at most 40 points, while one of the shards is down.",
        level="hard",
        goals=(
            Goal("2,000 buses", "config.fleet", at_least=2000),
            Goal("a shard is down", "fault.shard-1.down", at_least=1),
            Goal("parents ask", "workload.id", equals="parents"),
            Goal("at most 40 points per query", "tally.examined", at_most=40),
            Goal("none missed", "tally.missed", at_most=0),
        ),
        seconds=6,
        solution=Do(
            toggles={"index": "quadtree"},
            knobs={"fleet": 2000, "leaf": 4},
            workload="parents",
            rate=60,
            faults=(Fault("shard-1", "down"),),
        ),
    ),
)
