"""The estimate, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

HOUR = 3_600
ENTRY_BYTES = 16  # a price and an id, eight bytes each
KEY_BYTES = 100  # of a key with a time to live, with what Redis keeps beside it

ASSUMPTIONS = (
    Assumption("ticks_per_day", "Ticks per day", "ticks", 20e6, 1, 1e12),
    Assumption("hours", "Hours of trading", "h", 8, 1, 24),
    Assumption("peak", "Peak over average", "×", 5, 1, 100, "the first and last minutes of a session"),
    Assumption("alerts", "Alerts in force", "alerts", 1e6, 1, 1e11),
    Assumption("stocks", "Stocks", "stocks", 5_000, 1, 1e6),
    Assumption("fired_share", "Alerts that fire in a day", "%", 10, 0, 100),
    Assumption("crash_share", "Alerts that fire in a crash", "%", 10, 0, 100, "at one moment"),
    Assumption("sends_per_s", "Sent by one notifier", "per s", 5_000, 1, 1e7),
    Assumption("ttl", "Life of a dedupe key", "s", 60, 1, 86_400),
    Assumption("query_ms", "One range query", "ms", 0.3, 0.001, 1_000),
)


def bisection_steps(entries: float) -> int:
    """Entries that two bisections of a sorted array look at."""
    return 2 * math.ceil(math.log2(entries + 1))


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    average = values["ticks_per_day"] / (values["hours"] * HOUR)
    peak = average * values["peak"]
    per_stock = values["alerts"] / values["stocks"]
    crash = values["alerts"] * values["crash_share"] / 100
    return (
        Result(
            "average",
            "Ticks, averaged over the session",
            average,
            "ticks/s",
            "ticks per day ÷ (hours × 3,600 s)",
            "20 million in eight hours are 694 a second, not 600; and a session's first minute has many times that.",
        ),
        Result("peak_rate", "Ticks at the peak", peak, "ticks/s", "average × peak"),
        Result("per_stock", "Alerts per stock", per_stock, "alerts", "alerts ÷ stocks"),
        Result(
            "scanned", "Looked at per second by a scan", peak * per_stock, "alerts/s", "ticks at the peak × alerts per stock"
        ),
        Result(
            "bisected",
            "Looked at per second by bisection",
            peak * bisection_steps(per_stock / 2),
            "entries/s",
            "ticks at the peak × 2 × ⌈log₂(half of the alerts per stock + 1)⌉",
        ),
        Result(
            "query_cores", "Cores busy with range queries", peak * values["query_ms"] / 1000, "cores",
            "ticks at the peak × one query",
        ),
        Result("memory", "Sorted thresholds", values["alerts"] * ENTRY_BYTES / 1e6, "MB", "alerts × 16 bytes"),
        Result("crash", "Notifications of a crash", crash, "notifications", "alerts × share that fires at once"),
        Result(
            "drain",
            "Seconds until one notifier has sent them",
            crash / values["sends_per_s"],
            "s",
            "notifications of a crash ÷ sent by one notifier",
        ),
        Result(
            "keys", "Dedupe keys after a crash", crash * KEY_BYTES / 1e6, "MB", "notifications of a crash × 100 bytes",
            "They are gone after their time to live, so it has to be longer than the replication delay and a restart.",
        ),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("ticks", "Ticks of the last seconds", "ticks/s", "totals.ticks_per_s", "peak_rate"),),
)
