"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="miss",
        title="A comment that some never see",
        says="Make a viewer miss a comment.",
        level="easy",
        goals=(Goal("a viewer missed one", "broken.seen_once", at_least=1),),
        seconds=1,
        solution=Do(toggles={"transport": "pubsub"}, workload="deploys", rate=80),
    ),
    Mission(
        id="useful",
        title="Nothing for nobody",
        says="Send viewers to random servers, and still send no server a comment that nobody there watches.",
        level="medium",
        goals=(
            Goal("viewers go to random servers", "config.routing", equals="random"),
            Goal("chatter", "workload.id", equals="chatter"),
            Goal("200 messages at servers", "tally.received", at_least=200),
            Goal("none in vain", "tally.useless", at_most=0),
        ),
        seconds=5,
        solution=Do(toggles={"routing": "random"}, workload="chatter", rate=60),
    ),
    Mission(
        id="slow",
        title="One slow line",
        says="With viewers who cannot keep up, make nobody else wait, and keep buffers of at most 32 events.",
        level="medium",
        goals=(
            Goal("slow viewers", "fault.viewers.slow", at_least=0.01),
            Goal("viewers come and go", "workload.id", equals="come_and_go"),
            Goal("buffers of at most 32", "config.buffer", at_most=32),
            Goal("nobody waits for another", "broken.unhindered", at_most=0),
            Goal("looked at 10 times", "checked.unhindered", at_least=10),
        ),
        seconds=5,
        solution=Do(
            knobs={"buffer": 32},
            workload="come_and_go",
            rate=60,
            faults=(Fault("viewers", "slow"),),
        ),
    ),
    Mission(
        id="deploys",
        title="Deploy at noon",
        says="Replace servers under 1,000 viewers: every comment on every screen, half of them within 100 ms.",
        level="hard",
        goals=(
            Goal("rolling deploys", "workload.id", equals="deploys"),
            Goal("80 operations/s", "workload.rate", at_least=80, unit="/s"),
            Goal("1,000 viewers", "config.viewers", at_least=1000),
            Goal("no comment missed", "tally.missed", at_most=0),
            Goal("seen once, in order", "broken.seen_once", at_most=0),
            Goal("half within 100 ms", "tally.delay_p50", at_most=100, unit="ms"),
        ),
        seconds=8,
        solution=Do(knobs={"viewers": 1000}, workload="deploys", rate=80),
    ),
)
