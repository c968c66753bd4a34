"""What to bring about in the running system, from a query that an index cannot serve to a shard that is cooled."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission

MISSIONS = (
    Mission(
        id="partial",
        title="Not for this query",
        says="Have a partial index that serves the query for active pictures, and find the one that it cannot serve.",
        level="easy",
        goals=(
            Goal("it serves “active only”", "tally.active_by_hot", at_least=1),
            Goal("it cannot serve the other", "tally.other_unserved", at_least=1),
        ),
        seconds=1,
        solution=Do(toggles={"hot_index": "partial", "indexes": "none"}, workload="browse", rate=40),
    ),
    Mission(
        id="three",
        title="Three tags in 5 ms",
        says="Answer queries for three tags from the pairs themselves in less than 5 ms on average, 40 of them a second.",
        level="medium",
        goals=(
            Goal("the pairs answer", "config.approach", equals="join"),
            Goal("40 operations/s", "workload.rate", at_least=40, unit="/s"),
            Goal("100 queries", "tally.and_asked", at_least=100),
            Goal("less than 5 ms", "tally.and_ms", at_most=5, unit="ms"),
        ),
        seconds=3,
        solution=Do(toggles={"approach": "join", "indexes": "both"}, workload="browse", rate=60),
    ),
    Mission(
        id="rename",
        title="Another name for nyc",
        says="Rename nyc five times while everybody uses it, and lose no pair.",
        level="medium",
        goals=(
            Goal("nyc is renamed under way", "workload.id", equals="rename_storm"),
            Goal("60 operations/s", "workload.rate", at_least=60, unit="/s"),
            Goal("five renames", "tally.renames", at_least=5),
            Goal("none lost or doubled", "tally.lost", at_most=0),
            Goal("all copies alike", "tally.apart", at_most=0),
        ),
        seconds=3,
        solution=Do(workload="rename_storm", rate=60),
    ),
    Mission(
        id="hot",
        title="Make one shard hot",
        says="Have one shard of four take most of the load while bitmaps answer.",
        level="medium",
        goals=(
            Goal("bitmaps answer", "config.approach", equals="bitmap"),
            Goal("four shards", "config.shards", at_least=4),
            Goal("40 operations/s", "workload.rate", at_least=40, unit="/s"),
            Goal("most of the load on one", "tally.hottest", at_least=60, unit="%"),
        ),
        seconds=2,
        solution=Do(toggles={"approach": "bitmap", "sharding": "tag"}, workload="hot_tag", rate=60),
    ),
    Mission(
        id="cool",
        title="Then cool it",
        says="The same traffic, one tag for everything; and no shard has more than 40 % of the load.",
        level="hard",
        goals=(
            Goal("one tag for everything", "workload.id", equals="hot_tag"),
            Goal("60 operations/s", "workload.rate", at_least=60, unit="/s"),
            Goal("bitmaps answer", "config.approach", equals="bitmap"),
            Goal("no shard above 40 %", "tally.hottest", at_most=40, unit="%"),
            Goal("all copies alike", "tally.apart", at_most=0),
            Goal("compared often", "checked.one_answer", at_least=20),
        ),
        seconds=3,
        solution=Do(toggles={"approach": "bitmap", "sharding": "item"}, workload="hot_tag", rate=60),
    ),
)
