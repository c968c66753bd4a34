"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission

MISSIONS = (
    Mission(
        id="twice",
        title="Two tickets for one chair",
        says="Make the system sell one seat twice.",
        level="easy",
        goals=(Goal("a seat is sold twice", "broken.sold_once", at_least=1),),
        seconds=1,
        solution=Do(toggles={"holding": "none"}, workload="rush", rate=300),
    ),
    Mission(
        id="abandoned",
        title="Seats that come back",
        says="While buyers walk away, let no seat stay blocked after its hold has ended.",
        level="medium",
        goals=(
            Goal("buyers walk away", "workload.id", equals="abandon"),
            Goal("60 operations/s", "workload.rate", at_least=60, unit="/s"),
            Goal("a hold lasts at most 5 s", "config.hold_s", at_most=5, unit="s"),
            Goal("no seat blocked for nobody", "tally.blocked", at_most=0, unit="seat-seconds"),
        ),
        seconds=10,
        solution=Do(knobs={"hold_s": 5}, workload="abandon", rate=60),
    ),
    Mission(
        id="programme",
        title="Fast and right",
        says="Answer 45 % of the searches of a busy programme from a cache, and none of them wrong.",
        level="medium",
        goals=(
            Goal("busy programme", "workload.id", equals="season"),
            Goal("80 operations/s", "workload.rate", at_least=80, unit="/s"),
            Goal("45 % from a cache", "tally.cached", at_least=45, unit="%"),
            Goal("no wrong answer", "tally.stale", at_most=0),
        ),
        seconds=5,
        solution=Do(workload="season", rate=80),
    ),
    Mission(
        id="rush",
        title="On sale, without a queue",
        says="Sell seats to 300 buyers a second without a waiting room: none twice, and 95 % answered in 200 ms.",
        level="hard",
        goals=(
            Goal("on-sale rush", "workload.id", equals="rush"),
            Goal("300 buyers/s", "workload.rate", at_least=300, unit="/s"),
            Goal("no waiting room", "config.admission", equals="free"),
            Goal("50 seats sold", "tally.sold", at_least=50),
            Goal("none sold twice", "tally.doubles", at_most=0),
            Goal("p95 under 200 ms", "traffic.p95", at_most=200, unit="ms"),
        ),
        seconds=5,
        solution=Do(toggles={"admission": "free"}, workload="rush", rate=300),
    ),
)
