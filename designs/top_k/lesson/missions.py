"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="lose",
        title="A view that nobody counted",
        says="Make the system lose a view that it acknowledged.",
        level="easy",
        goals=(Goal("a view is lost", "broken.counted_once", at_least=1),),
        seconds=1,
        solution=Do(toggles={"counters": "read_then_write"}, workload="viral_spike", rate=200),
    ),
    Mission(
        id="host",
        title="A host less",
        says="Take a host down under 200 views a second: no view dies with it, and answers stay exact.",
        level="medium",
        goals=(
            Goal("host 1 is down", "fault.host-1.down", at_least=1),
            Goal("200 views/s", "workload.rate", at_least=200, unit="/s"),
            Goal("exact counting", "config.counting", equals="partitioned"),
            Goal("no view lost", "tally.lost", at_most=0),
            Goal("recall of 100 %", "tally.recall", at_least=100, unit="%"),
        ),
        seconds=8,
        solution=Do(workload="zipf", rate=200, faults=(Fault("host-1", "down"),)),
    ),
    Mission(
        id="merge",
        title="Few to merge",
        says="Count on at least four hosts, and merge at most 50 entries for an answer.",
        level="medium",
        goals=(
            Goal("4 hosts", "config.hosts", at_least=4),
            Goal("200 views/s", "workload.rate", at_least=200, unit="/s"),
            Goal("no sketch, no batch", "config.counting", equals="partitioned"),
            Goal("at most 50 entries merged", "tally.read", at_most=50),
            Goal("recall of 100 %", "tally.recall", at_least=100, unit="%"),
        ),
        seconds=8,
        solution=Do(knobs={"hosts": 4}, workload="zipf", rate=200),
    ),
    Mission(
        id="sketch",
        title="Ten of thousands, from little memory",
        says="Let a sketch of at most 110 KiB answer: nine of the true ten, each at most 10 views off.",
        level="hard",
        goals=(
            Goal("a sketch counts", "config.counting", equals="sketch"),
            Goal("200 views/s", "workload.rate", at_least=200, unit="/s"),
            Goal("2,000 videos", "config.videos", at_least=2000),
            Goal("at most 110 KiB", "tally.sketch", at_most=110, unit="KiB"),
            Goal("recall of 90 %", "tally.recall", at_least=90, unit="%"),
            Goal("at most 10 views off", "tally.max_error", at_most=10),
        ),
        seconds=8,
        solution=Do(toggles={"counting": "sketch"}, knobs={"width": 96}, workload="zipf", rate=200),
    ),
)
