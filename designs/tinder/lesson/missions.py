"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission

MISSIONS = (
    Mission(
        id="miss",
        title="Both like, nobody knows",
        says="Make two people who like each other miss their match.",
        level="easy",
        goals=(Goal("a match was missed", "broken.matched", at_least=1),),
        seconds=1,
        solution=Do(toggles={"match": "replicas"}, workload="both", rate=25),
    ),
    Mission(
        id="late",
        title="Three seconds apart",
        says="With replicas three seconds behind each other, miss no match of those who swipe at the same instant.",
        level="medium",
        goals=(
            Goal("replication takes 3 s", "config.replication_ms", at_least=3000, unit="ms"),
            Goal("both at the same instant", "workload.id", equals="both"),
            Goal("25 pairs/s", "workload.rate", at_least=25, unit="/s"),
            Goal("no match missed", "tally.missed", at_most=0),
        ),
        seconds=8,
        solution=Do(knobs={"replication_ms": 3000}, workload="both", rate=25),
    ),
    Mission(
        id="fits",
        title="Cards that fit",
        says="While people change their filters and swipe on, show no card that no longer fits.",
        level="medium",
        goals=(
            Goal("restless people", "workload.id", equals="restless"),
            Goal("12 operations/s", "workload.rate", at_least=12, unit="/s"),
            Goal("no stale card", "tally.stale", at_most=0),
            Goal("nobody shown again", "tally.again", at_most=0),
        ),
        seconds=10,
        solution=Do(workload="restless", rate=12),
    ),
    Mission(
        id="bits",
        title="No face twice, none lost",
        says="With a filter for everybody from the first swipe on, show nobody again and hide nobody by error.",
        level="hard",
        goals=(
            Goal("restless people", "workload.id", equals="restless"),
            Goal("12 operations/s", "workload.rate", at_least=12, unit="/s"),
            Goal("a filter from the first swipe", "config.bloom_from", at_most=0),
            Goal("at most 2,048 bits each", "config.bloom_bits", at_most=2048, unit="bits"),
            Goal("nobody shown again", "tally.again", at_most=0),
            Goal("nobody hidden by error", "tally.never", at_most=0),
        ),
        seconds=10,
        solution=Do(knobs={"bloom_from": 0, "bloom_bits": 2048}, workload="restless", rate=12),
    ),
)
