"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="late",
        title="A tweet that nobody finds",
        says="Promise what the system does not keep: a tweet that is not found in time.",
        level="easy",
        goals=(Goal("a tweet is late", "broken.found", at_least=1),),
        seconds=1,
        solution=Do(toggles={"commit": "ten"}, knobs={"promise_s": 5}, workload="mixed", rate=60),
    ),
    Mission(
        id="lost_shard",
        title="A shard less",
        says="Take shard 1 down under 40 searches a second: no answer lacks anything.",
        level="medium",
        goals=(
            Goal("shard 1 is down", "fault.shard-1.down", at_least=1),
            Goal("40 searches/s", "workload.rate", at_least=40, unit="/s"),
            Goal("no answer lacks a shard", "tally.lacking", at_most=0),
        ),
        seconds=6,
        solution=Do(knobs={"replicas": 1}, workload="searches", rate=40, faults=(Fault("shard-1", "down"),)),
    ),
    Mission(
        id="few",
        title="As few as will do",
        says="Under 200 likes a second keep 95 % of the true first page, with at most 100 ranked again by exact likes.",
        level="medium",
        goals=(
            Goal("200 likes/s", "workload.rate", at_least=200, unit="/s"),
            Goal("powers of two", "config.likes", equals="powers"),
            Goal("at most 100 ranked again", "config.rerank", at_most=100),
            Goal("first pages checked", "checked.first_page", at_least=3),
            Goal("recall of 95 %", "tally.recall", at_least=95, unit="%"),
        ),
        seconds=6,
        solution=Do(knobs={"rerank": 80}, workload="likes", rate=200),
    ),
    Mission(
        id="fast",
        title="A thousand searches a second, to scale",
        says="100 searches a second on this machine, 99 of 100 in 20 ms; from an index.",
        level="hard",
        goals=(
            Goal("100 searches/s", "workload.rate", at_least=100, unit="/s"),
            Goal("searches", "workload.id", equals="searches"),
            Goal("at most 50,000 entries looked at each time", "tally.looked", at_most=50_000),
            Goal("p99 of 20 ms", "traffic.p99", at_most=20, unit="ms"),
            Goal("100 answers", "traffic.total", at_least=100),
        ),
        seconds=6,
        solution=Do(toggles={"approach": "own", "pages": "again"}, workload="searches", rate=100),
    ),
    Mission(
        id="fresh",
        title="In a second, with few commits",
        says="Under 60 operations a second, 95 of 100 tweets are found within 1.5 s, with at most 1.5 commits a second.",
        level="hard",
        goals=(
            Goal("60 operations/s", "workload.rate", at_least=60, unit="/s"),
            Goal("a day of everybody", "workload.id", equals="mixed"),
            Goal("found promises checked", "checked.found", at_least=5),
            Goal("found within 1.5 s", "tally.found_after", at_most=1.5, unit="s"),
            Goal("at most 1.5 commits/s", "tally.commits", at_most=1.5, unit="/s"),
        ),
        seconds=6,
        solution=Do(workload="mixed", rate=60),
    ),
)
