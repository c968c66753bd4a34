"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission

MISSIONS = (
    Mission(
        id="lose",
        title="Lose an add",
        says="Make the counter fall behind the journal.",
        level="easy",
        goals=(Goal("an add is lost", "tally.lost", at_least=1),),
        seconds=1,
        solution=Do(toggles={"adding": "read_write"}, workload="crowd", rate=300),
    ),
    Mission(
        id="fast",
        title="Three hundred a second",
        says="Count 300 adds a second, and lose none.",
        level="medium",
        goals=(
            Goal("300 adds/s", "workload.rate", at_least=300, unit="/s"),
            Goal("none lost", "tally.lost", at_most=0),
        ),
        seconds=5,
        solution=Do(workload="crowd", rate=300),
    ),
    Mission(
        id="far",
        title="A thousand, and none lost",
        says="Count 1,000 adds of five, and lose none.",
        level="hard",
        goals=(
            Goal("1,000 adds", "tally.adds", at_least=1000),
            Goal("steps of 5", "config.step", at_least=5),
            Goal("none lost", "tally.lost", at_most=0),
        ),
        seconds=1,
        solution=Do(knobs={"step": 5}, workload="crowd", rate=300),
    ),
)
