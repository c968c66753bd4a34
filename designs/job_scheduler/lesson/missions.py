"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="double",
        title="The same job, twice",
        says="Find the setting with which a job is done twice for one timestamp.",
        level="easy",
        goals=(Goal("a run is done twice", "tally.doubles", at_least=1),),
        seconds=1,
        solution=Do(
            toggles={"idempotency": "off"}, workload="steady", rate=50, faults=(Fault("worker-1", "after"),)
        ),
    ),
    Mission(
        id="prevented",
        title="And now with one switch: once",
        says="Start over. A worker dies after each of its callbacks, twenty repetitions come, and nothing is done twice.",
        level="medium",
        goals=(
            Goal("a worker dies after its callbacks", "fault.worker-1.after", at_least=50, unit="%"),
            Goal("20 repetitions kept away", "tally.prevented", at_least=20),
            Goal("nothing done twice", "tally.doubles", at_most=0),
        ),
        seconds=2,
        solution=Do(workload="steady", rate=100, faults=(Fault("worker-1", "after"),)),
    ),
    Mission(
        id="punctual",
        title="Within 100 ms",
        says="Call 200 jobs, each within 100 ms of its time.",
        level="medium",
        goals=(
            Goal("200 called", "tally.fired", at_least=200),
            Goal("p99 below 100 ms", "tally.delay_p99", at_most=100, unit="ms"),
        ),
        seconds=2,
        solution=Do(knobs={"scan_ms": 50}, workload="steady", rate=50),
    ),
    Mission(
        id="extractor",
        title="Lose an extractor and no job",
        says="Kill an extractor while jobs fall due: its partitions go to others, and every job is called, once.",
        level="medium",
        goals=(
            Goal("extractor 1 is killed", "fault.extractor-1.down", at_least=1),
            Goal("300 called", "tally.fired", at_least=300),
            Goal("none lost", "tally.lost", at_most=0),
            Goal("none done twice", "tally.doubles", at_most=0),
        ),
        seconds=3,
        solution=Do(workload="steady", rate=100, faults=(Fault("extractor-1", "down"),)),
    ),
    Mission(
        id="wave",
        title="Ten thousand in one second",
        says="Have 10,000 jobs due in the same second, and call them all with a p99 below three seconds.",
        level="hard",
        goals=(
            Goal("10,000 due in one second", "tally.most_due", at_least=10_000),
            Goal("10,000 called", "tally.fired", at_least=10_000),
            Goal("p99 below 3 s", "tally.delay_p99", at_most=3_000, unit="ms"),
            Goal("none done twice", "tally.doubles", at_most=0),
        ),
        seconds=1,
        solution=Do(knobs={"threshold": 5_000, "workers": 4, "scan_ms": 50}, workload="wave", rate=80),
    ),
)
