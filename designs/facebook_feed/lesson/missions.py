"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission

MISSIONS = (
    Mission(
        id="lose",
        title="A post that never arrives",
        says="Make feeds miss a post that was acknowledged.",
        level="easy",
        goals=(Goal("a feed entry is lost", "tally.lost", at_least=1),),
        seconds=1,
        solution=Do(toggles={"ack": "before"}, workload="crashes", rate=60),
    ),
    Mission(
        id="celebrity",
        title="Cheap for both",
        says="While celebrities post, write little ahead and still merge few lists when somebody looks.",
        level="medium",
        goals=(
            Goal("celebrities post", "workload.id", equals="celebrity"),
            Goal("20 operations/s", "workload.rate", at_least=20, unit="/s"),
            Goal("at most 5 writes per post", "tally.per_post", at_most=5),
            Goal("at most 12 lists per view", "tally.per_view", at_most=12),
        ),
        seconds=10,
        solution=Do(workload="celebrity", rate=20),
    ),
    Mission(
        id="crash",
        title="Workers end, posts arrive",
        says="While a worker ends every half second, lose nothing, and let nothing pile up.",
        level="medium",
        goals=(
            Goal("workers end", "workload.id", equals="crashes"),
            Goal("60 operations/s", "workload.rate", at_least=60, unit="/s"),
            Goal("nothing lost", "tally.lost", at_most=0),
            Goal("at most 40 jobs wait", "tally.waiting", at_most=40),
        ),
        seconds=8,
        solution=Do(knobs={"workers": 6, "worker_rate": 100_000}, workload="crashes", rate=60),
    ),
    Mission(
        id="storm",
        title="Everybody reads one post",
        says="Serve 1,500 reads of one post per second: nobody refused, at most 500 reads of the store.",
        level="hard",
        goals=(
            Goal("reader storm", "workload.id", equals="storm"),
            Goal("1,500 reads/s", "workload.rate", at_least=1500, unit="/s"),
            Goal("nobody refused", "traffic.failed", at_most=0),
            Goal("at most 500 reads of the store", "tally.store_reads", at_most=500),
        ),
        seconds=5,
        solution=Do(knobs={"cache_nodes": 6}, workload="storm", rate=1500),
    ),
)
