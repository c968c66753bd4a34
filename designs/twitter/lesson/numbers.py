"""The estimate, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result
from sdlab.parts.two_stage_counter import POWERS_OF_TWO, every, writes_for

DAY = 86_400
YEAR = 365
TB = 1e12

ASSUMPTIONS = (
    Assumption("users", "Users", "people", 100e6, 1e3, 1e10),
    Assumption("tweets", "Tweets per user and day", "tweets", 0.5, 0.001, 100),
    Assumption("likes", "Likes per user and day", "likes", 5, 0.001, 1000),
    Assumption("searches", "Searches per user and day", "searches", 1, 0.001, 1000),
    Assumption("views", "Timeline pages per user and day", "pages", 20, 0.001, 1000),
    Assumption("peak", "Peak over average", "×", 3, 1, 100),
    Assumption(
        "bytes", "A tweet with its indexes", "B", 1000, 100, 1e5, note="280 characters, ids, postings"
    ),
    Assumption("hot", "Likes of a viral tweet", "likes", 1e6, 1, 1e10),
    Assumption("years", "Kept for", "years", 10, 1, 100),
)


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    per_second = {
        name: values["users"] * values[name] / DAY for name in ("tweets", "likes", "searches", "views")
    }
    hot = int(values["hot"])
    stored = values["users"] * values["tweets"] * YEAR * values["years"] * values["bytes"]
    return (
        Result("tweets_s", "Tweets", per_second["tweets"], "per s", "users × tweets ÷ 86,400 s"),
        Result("likes_s", "Likes", per_second["likes"], "per s", "users × likes ÷ 86,400 s"),
        Result("searches_s", "Searches", per_second["searches"], "per s", "users × searches ÷ 86,400 s"),
        Result("views_s", "Timeline pages", per_second["views"], "per s", "users × pages ÷ 86,400 s"),
        Result(
            "peak_s",
            "Requests at the peak",
            sum(per_second.values()) * values["peak"],
            "per s",
            "(tweets + likes + searches + pages) × peak",
        ),
        Result(
            "storage", "Tweets and their indexes", stored / TB, "TB", "users × tweets × 365 × years × bytes"
        ),
        Result(
            "writes_powers",
            "Writes of a viral count, powers of two",
            float(writes_for(POWERS_OF_TWO, hot)),
            "writes",
            "⌊log₂ likes⌋ + 1",
            correction="“When the count reaches a power of two or 100 or 1,000” are three rules with very different costs.",
        ),
        Result(
            "writes_hundred",
            "Writes of a viral count, every 100",
            float(writes_for(every(100), hot)),
            "writes",
            "⌊likes ÷ 100⌋",
        ),
        Result(
            "set",
            "Memory of its set of likers",
            hot * 60 / 1e6,
            "MB",
            "likes × 60 B",
            correction="A counter is a few bytes. Knowing who has liked takes memory for each of them.",
        ),
        Result(
            "like_rows",
            "Rows of likes",
            math.ceil(values["users"] * values["likes"]),
            "rows per day",
            "users × likes",
            correction="These are written whatever the flush rule: what is saved are the writes of the counts.",
        ),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("rate", "Requests of the last seconds", "per s", "traffic.rate", "peak_s"),),
)
