"""What to bring about in the running system."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission

MISSIONS = (
    Mission(
        id="find",
        title="Find your own tweet",
        says="Let people tweet and search for it, and let each be found within a second.",
        level="easy",
        goals=(
            Goal("found by a search", "tally.found", at_least=5),
            Goal("within a second", "tally.slowest_find", at_most=1000, unit="ms"),
        ),
        seconds=2,
        solution=Do(workload="write_storm", rate=40),
    ),
    Mission(
        id="pages",
        title="Page without a repeat",
        says="Scroll through a busy search twenty times, and see no tweet twice and miss none.",
        level="medium",
        goals=(
            Goal("20 scrolls", "tally.scrolls", at_least=20),
            Goal("30 operations a second", "workload.rate", at_least=30, unit="/s"),
            Goal("none twice", "tally.repeats", at_most=0),
            Goal("none never", "tally.gaps", at_most=0),
        ),
        seconds=3,
        solution=Do(workload="scrollers", rate=30),
    ),
    Mission(
        id="lose",
        title="Lose Redis and no like",
        says="Restart the like counter three times amid likes; every acknowledged like is still counted.",
        level="medium",
        goals=(
            Goal("three losses", "tally.losses", at_least=3),
            Goal("200 likes", "tally.likes", at_least=200),
            Goal("claim was checked", "checked.survive", at_least=3),
            Goal("and held", "broken.survive", at_most=0),
        ),
        seconds=2,
        solution=Do(workload="losses", rate=60),
    ),
    Mission(
        id="writes",
        title="10,000 likes with 20 writes",
        says="Give one tweet 10,000 likes, and let its count cost the database no more than 20 writes.",
        level="hard",
        goals=(
            Goal("10,000 likes on one tweet", "tally.hot_likes", at_least=10_000),
            Goal("at most 20 writes of its count", "tally.hot_writes", at_most=20),
            Goal("the database is close behind", "broken.behind", at_most=0),
        ),
        seconds=1,
        solution=Do(workload="viral", rate=50),
    ),
)
