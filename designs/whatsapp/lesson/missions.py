"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission

MISSIONS = (
    Mission(
        id="lost",
        title="The message that nobody got",
        says="Show a message whose sender was told that it is sent, and that a phone never gets. One switch prevents it.",
        level="easy",
        goals=(Goal("a message is lost", "tally.lost", at_least=1),),
        seconds=1,
        solution=Do(toggles={"inbox": "off"}, workload="kills", rate=60),
    ),
    Mission(
        id="server",
        title="Lose a server and no message",
        says="Let three servers die while people write, with every message on every phone once, in order.",
        level="medium",
        goals=(
            Goal("3 servers died", "tally.deaths", at_least=3),
            Goal("500 messages on devices", "tally.delivered", at_least=500),
            Goal("none lost", "tally.lost", at_most=0),
            Goal("none twice or out of order", "broken.once", at_most=0),
        ),
        seconds=2,
        solution=Do(workload="kills", rate=60),
    ),
    Mission(
        id="away",
        title="Three days in flight mode",
        says="Cleo is away for many messages and comes back: all of them arrive, in their order.",
        level="medium",
        goals=(
            Goal("80 messages caught up", "tally.caught_up", at_least=80),
            Goal("none lost, twice or out of order", "broken.once", at_most=0),
        ),
        seconds=1,
        solution=Do(workload="away", rate=40),
    ),
    Mission(
        id="group",
        title="A group of 256",
        says="Everybody in one group of 256: a message is on the phones of 99 % within 200 ms.",
        level="hard",
        goals=(
            Goal("256 users", "config.users", at_least=256),
            Goal("one large group", "workload.id", equals="group"),
            Goal("3,000 messages on devices", "tally.delivered", at_least=3000),
            Goal("p99 below 200 ms", "tally.delay_p99", at_most=200, unit="ms"),
            Goal("none lost", "tally.lost", at_most=0),
        ),
        seconds=2,
        solution=Do(knobs={"users": 256}, workload="group", rate=4),
    ),
)
