"""What to bring about in the running system, from a leak to a contest that holds."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission

MISSIONS = (
    Mission(
        id="leak",
        title="Read what is not yours",
        says="Find the isolation in which code of strangers reads a file of the host.",
        level="easy",
        goals=(Goal("an attack got something", "tally.leaks", at_least=1),),
        seconds=1,
        solution=Do(toggles={"isolation": "process"}, workload="attacks", rate=3),
    ),
    Mission(
        id="solve",
        title="Solve one",
        says="Solve a problem: all hidden tests accepted.",
        level="easy",
        goals=(Goal("a problem solved", "tally.solved", at_least=1),),
        seconds=1,
        solution=Do(workload="practice", rate=1),
    ),
    Mission(
        id="verdicts",
        title="Six verdicts",
        says="Write code that gets each of the six verdicts: accepted, wrong answer, three limits and errors, forbidden.",
        level="medium",
        goals=(Goal("different verdicts of yours", "tally.mine", at_least=6, unit="of 6"),),
        seconds=1,
        solution=Do(workload="practice", rate=1),
    ),
    Mission(
        id="tight",
        title="Nine attacks, nothing out",
        says="Show that namespaces do not leak what a process with limits does: try all nine attacks in them.",
        level="medium",
        goals=(
            Goal("code runs in namespaces", "config.isolation", equals="namespaces"),
            Goal("all attacks tried", "tally.tried", at_least=9, unit="of 9"),
            Goal("nothing got out", "tally.leaks", at_most=0),
        ),
        seconds=2,
        solution=Do(workload="attacks", rate=3),
    ),
    Mission(
        id="contest",
        title="200 submitters, one second",
        says="Have 200 different people submit, and keep the time to the verdict below a second for 95 of 100.",
        level="hard",
        goals=(
            Goal("submitters", "tally.submitters", at_least=200),
            Goal("150 judged", "tally.judged", at_least=150),
            Goal("p95 to the verdict", "tally.wait_p95", at_most=1000, unit="ms"),
            Goal("none lost", "tally.lost", at_most=0),
            Goal("none written twice", "tally.twice", at_most=0),
        ),
        seconds=2,
        solution=Do(knobs={"runners": 3}, workload="finale", rate=40),
    ),
)
