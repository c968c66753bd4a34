"""What to bring about in the running system, from a click that counts twice to totals that are exact and soon final."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="twice",
        title="Click twice, count twice",
        says="Ids are remembered, and yet one impression counts twice: find out how.",
        level="easy",
        goals=(
            Goal("ids are remembered", "config.idempotency", equals="redis"),
            Goal("an impression counts twice", "broken.once", at_least=1),
        ),
        seconds=1,
        solution=Do(toggles={"idempotency": "redis"}, knobs={"ttl_s": 1}, workload="duplicates", rate=60),
    ),
    Mission(
        id="forger",
        title="Catch a forger",
        says="Refuse fifty forged ids, and let none into the log.",
        level="medium",
        goals=(
            Goal("50 forged ids refused", "tally.forged", at_least=50),
            Goal("none in the log", "broken.served", at_most=0),
        ),
        seconds=2,
        solution=Do(workload="forgers", rate=60),
    ),
    Mission(
        id="hot",
        title="Everybody clicks one ad",
        says="Keep every partition less than two seconds behind while one ad gets most of 400 clicks a second.",
        level="medium",
        goals=(
            Goal("a hot ad", "workload.id", equals="hot_ad"),
            Goal("400 clicks/s", "workload.rate", at_least=400, unit="/s"),
            Goal("200 clicks/s per partition", "config.capacity", at_most=200),
            Goal("1,500 clicks", "tally.logged", at_least=1_500),
            Goal("less than 2 s behind", "tally.lag_s", at_most=2, unit="s"),
        ),
        seconds=3,
        solution=Do(workload="hot_ad", rate=400),
    ),
    Mission(
        id="crash",
        title="Crash, and be exact",
        says="Let an aggregator be killed three times under traffic; every total is what the log says.",
        level="medium",
        goals=(
            Goal("three crashes", "tally.crashes", at_least=3),
            Goal("100 clicks/s", "workload.rate", at_least=100, unit="/s"),
            Goal("40 totals checked", "checked.totals", at_least=40),
            Goal("none wrong", "broken.totals", at_most=0),
        ),
        seconds=2,
        solution=Do(workload="readers", rate=100, faults=(Fault("aggregator-1", "dies"),)),
    ),
    Mission(
        id="lateness",
        title="Late, but not too late",
        says="Choose a lateness by which less than 0.1 % come late and windows are final within 15 seconds.",
        level="hard",
        goals=(
            Goal("late traffic", "workload.id", equals="out_of_order"),
            Goal("200 clicks in closed windows", "tally.closed", at_least=200),
            Goal("less than 0.1 % late", "tally.late_share", at_most=0.1, unit="%"),
            Goal("final within 15 s", "tally.final_s", at_most=15, unit="s"),
            Goal("none wrong", "broken.totals", at_most=0),
        ),
        seconds=3,
        solution=Do(restart=True, knobs={"lateness_s": 9}, workload="out_of_order", rate=60),
    ),
)
