"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="over",
        title="Over the limit",
        says="Get more requests through than the rule allows.",
        level="easy",
        goals=(Goal("a client got more than promised", "broken.within_limit", at_least=1),),
        seconds=1,
        solution=Do(toggles={"store": "racy"}, workload="burst", rate=3),
    ),
    Mission(
        id="network",
        title="A hundred addresses, one machine",
        says="Tell clients by their address, and still take one IPv6 network for the one client that it is.",
        level="medium",
        goals=(
            Goal("clients are addresses", "config.client_key", equals="ip"),
            Goal("traffic of one IPv6 network", "workload.id", equals="one_network"),
            Goal("200 requests refused", "tally.refused", at_least=200),
            Goal("at most 40 passed", "tally.passed", at_most=40),
        ),
        seconds=3,
        solution=Do(toggles={"client_key": "ip"}, workload="one_network", rate=30),
    ),
    Mission(
        id="outage",
        title="Neither open nor closed",
        says="With the counter store down, let some requests through, and none that no counter has seen.",
        level="medium",
        goals=(
            Goal("the store is down", "fault.redis.down", at_least=1),
            Goal("Eve attacks", "workload.id", equals="one_abuser"),
            Goal("20 requests passed", "tally.passed", at_least=20),
            Goal("none unchecked", "broken.nothing_unchecked", at_most=0),
        ),
        seconds=5,
        solution=Do(
            toggles={"on_failure": "fallback"},
            workload="one_abuser",
            rate=30,
            faults=(Fault("redis", "down"),),
        ),
    ),
    Mission(
        id="edge",
        title="Both sides of the edge",
        says="Withstand the boundary attack for two windows: at most the limit in any window, "
        "in at most 250 bytes of Redis for Eve.",
        level="hard",
        goals=(
            Goal("boundary attack", "workload.id", equals="boundary"),
            Goal("limit of at least 10", "config.limit", at_least=10),
            Goal("window of at most 3 s", "config.window_s", at_most=3, unit="s"),
            Goal("20 requests passed", "tally.passed", at_least=20),
            Goal("most in any window: 10", "tally.worst_window", at_most=10),
            Goal("at most 250 bytes", "tally.redis_bytes", at_most=250, unit="B"),
        ),
        seconds=6,
        solution=Do(
            toggles={"algorithm": "sliding_counter"},
            knobs={"window_s": 3},
            workload="boundary",
            rate=20,
        ),
    ),
)
