"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="spike",
        title="The spike that nobody saw",
        says="Find the setting with which the market crosses an alert and its owner is never told.",
        level="easy",
        goals=(
            Goal("a crossing is missed", "broken.fires", at_least=1),
            Goal("nobody has died for it", "tally.lost", at_most=0),
        ),
        seconds=1,
        solution=Do(toggles={"feed": "poll"}, knobs={"poll_s": 2}, workload="spikes", rate=60),
    ),
    Mission(
        id="notifier",
        title="Kill the notifier, lose nothing",
        says="Let the notifier die again and again before its acknowledgement: all are told, each once.",
        level="medium",
        goals=(
            Goal("it dies at the acknowledgement", "fault.notifier.unacked", at_least=20, unit="%"),
            Goal("200 operations/s", "workload.rate", at_least=200, unit="/s"),
            Goal("100 told", "tally.sent", at_least=100),
            Goal("none missed", "broken.fires", at_most=0),
            Goal("none twice", "broken.once", at_most=0),
        ),
        seconds=3,
        solution=Do(workload="market", rate=400, faults=(Fault("notifier", "unacked"),)),
    ),
    Mission(
        id="cheap",
        title="A hundred thousand alerts, a millisecond per tick",
        says="With 100,000 alerts of others, search for 1,000 ticks in less than a millisecond each.",
        level="medium",
        goals=(
            Goal("100,000 alerts", "config.alerts", at_least=100_000),
            Goal("1,000 ticks", "tally.matched", at_least=1_000),
            Goal("below 1 ms", "tally.match_ms", at_most=1, unit="ms"),
            Goal("none missed", "broken.fires", at_most=0),
        ),
        seconds=2,
        solution=Do(knobs={"alerts": 100_000}, workload="market", rate=500),
    ),
    Mission(
        id="crash",
        title="Flash crash",
        says="Fire 100,000 alerts when everything falls and rebounds: each once, p99 below two seconds.",
        level="hard",
        goals=(
            Goal("100,000 told", "tally.sent", at_least=100_000),
            Goal("p99 below 2 s", "tally.delay_p99", at_most=2_000, unit="ms"),
            Goal("none twice", "broken.once", at_most=0),
            Goal("none missed", "broken.fires", at_most=0),
        ),
        seconds=1,
        solution=Do(knobs={"alerts": 100_000}, workload="flash_crash", rate=40),
    ),
)
