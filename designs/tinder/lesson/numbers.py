"""The estimate: swipes per second, what they weigh in a year, and the bytes of a filter."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY_S = 86_400
YEAR = 365

ASSUMPTIONS = (
    Assumption("people", "People who open the app in a day", "people", 20e6, 1000, 1e9),
    Assumption("swipes", "Swipes each, per day", "swipes", 200, 1, 5000),
    Assumption("peak", "Busiest hour over the mean", "times", 3, 1, 20),
    Assumption(
        "row_bytes", "A stored swipe", "bytes", 40, 16, 400, note="two ids 16, time 8, intent 1, overhead"
    ),
    Assumption("replicas", "Copies of a swipe", "copies", 3, 1, 5),
    Assumption("node_writes", "Writes per storage node", "per s", 15_000, 100, 1e6),
    Assumption("batch", "Cards per refill", "cards", 20, 1, 50),
    Assumption("cards_kept", "Cards in a prepared feed", "cards", 70, 1, 1000),
    Assumption(
        "card_bytes", "A card in the cache", "bytes", 16, 4, 4000, note="an id and a rank; facts come later"
    ),
    Assumption("history", "Swipes in a long history", "swipes", 50_000, 100, 1e7),
    Assumption("error", "Wrong yeses that are bearable", "%", 1, 0.001, 50),
    Assumption("heavy", "People with a long history", "%", 20, 0, 100),
    Assumption("nearby", "People who pass the filters", "people", 100_000, 10, 1e7),
)


def bits_per_swipe(error_percent: float) -> float:
    """What a Bloom filter of the best shape takes for an element."""
    return -math.log(error_percent / 100) / math.log(2) ** 2


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    per_day = values["people"] * values["swipes"]
    mean = per_day / DAY_S
    filter_bytes = values["history"] * bits_per_swipe(values["error"]) / 8
    heavy = values["people"] * values["heavy"] / 100
    day_bytes = per_day * values["row_bytes"] * values["replicas"]
    return (
        Result("per_day", "Swipes", per_day, "per day", "people × swipes"),
        Result(
            "mean",
            "Swipes, mean",
            mean,
            "per s",
            "swipes per day ÷ 86,400",
            "A day has 86,400 seconds, not 100,000: the rounder figure hides one swipe in seven.",
        ),
        Result(
            "peak_rate", "Swipes, busiest hour", mean * values["peak"], "per s", "mean × busiest over mean"
        ),
        Result(
            "nodes",
            "Storage nodes, for writes",
            math.ceil(mean * values["peak"] * values["replicas"] / values["node_writes"]),
            "nodes",
            "⌈busiest × copies ÷ writes per node⌉",
            "Every copy is a write.",
        ),
        Result("store_day", "Stored per day", day_bytes / 1e9, "GB", "swipes × bytes × copies"),
        Result(
            "store_year",
            "Stored per year",
            day_bytes * YEAR / 1e12,
            "TB",
            "per day × 365",
            "Nobody may be shown twice, ever: swipes cannot be thrown away, only made smaller.",
        ),
        Result(
            "refills",
            "Refills, mean",
            mean / values["batch"],
            "per s",
            "swipes ÷ cards per refill",
            "With cards on the phone a swipe is no read at all.",
        ),
        Result(
            "feeds",
            "Prepared feeds in memory",
            values["people"] * values["cards_kept"] * values["card_bytes"] / 1e9,
            "GB",
            "people × cards × bytes",
        ),
        Result(
            "filter",
            "Bloom filter of one person",
            filter_bytes / 1000,
            "kB",
            "history × −ln(error) ÷ ln²2 ÷ 8",
        ),
        Result(
            "exact",
            "The same history, exactly",
            values["history"] * 8 / 1000,
            "kB",
            "history × 8 bytes of id",
            "At one per cent a filter is about seven times smaller, not a thousand times.",
        ),
        Result("filters", "All filters", heavy * filter_bytes / 1e9, "GB", "people × long histories × bytes"),
        Result(
            "never",
            "Never shown to such a person",
            values["nearby"] * values["error"] / 100,
            "people",
            "people who pass × error",
            "The error is paid in people, and it is the same people every day.",
        ),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("swiped", "Swipes of the last seconds", "per s", "store.per_second", "mean"),),
)
