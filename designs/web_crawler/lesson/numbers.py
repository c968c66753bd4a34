"""The estimate, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400

ASSUMPTIONS = (
    Assumption("adds_per_day", "Adds per day", "adds", 100e6, 1, 1e13),
    Assumption("peak", "Peak over average", "×", 3, 1, 100),
    Assumption("adds_per_core", "Adds per core of the store", "per s", 100_000, 1000, 1e7),
)


def lost_by(overlapping: int) -> int:
    """How many of so many adds that all read before any writes are lost: all but one."""
    return max(0, overlapping - 1)


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    average = values["adds_per_day"] / DAY
    peak = average * values["peak"]
    return (
        Result("average", "Adds, averaged over a day", average, "per s", "adds per day ÷ 86,400 s"),
        Result("peak_rate", "Adds at the peak", peak, "per s", "average × peak"),
        Result(
            "cores",
            "Cores of the store",
            math.ceil(peak / values["adds_per_core"]),
            "cores",
            "⌈adds at the peak ÷ adds per core⌉",
        ),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("rate", "Requests of the last seconds", "per s", "traffic.rate", "peak_rate"),),
)
