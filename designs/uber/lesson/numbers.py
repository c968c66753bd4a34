"""The estimate: updates per second, nodes for them, bytes, and what a rush asks of the matchers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400

ASSUMPTIONS = (
    Assumption("drivers", "Active drivers", "drivers", 3_000_000, 100, 1e8),
    Assumption("interval_s", "Update interval", "s", 5, 0.5, 600),
    Assumption(
        "update_bytes", "An update on the wire", "bytes", 150, 16, 4000, note="frame, id, time, place"
    ),
    Assumption("point_bytes", "A driver in Redis", "bytes", 200, 50, 2000, note="sorted set, hash, and time"),
    Assumption("redis_updates", "Updates per Redis node", "per s", 100_000, 1000, 1e7),
    Assumption("rides_per_day", "Rides per driver and day", "rides", 10, 0.1, 100),
    Assumption("peak", "Rush over the mean", "×", 4, 1, 100),
    Assumption("offers", "Offers per ride", "offers", 1.6, 1, 50),
    Assumption("offer_s", "An offer is open for", "s", 6, 0.1, 60),
    Assumption("parked", "Share of cars that stand", "%", 50, 0, 100),
)


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    updates = values["drivers"] / values["interval_s"]
    rides = values["drivers"] * values["rides_per_day"] / DAY
    rush = rides * values["peak"]
    offers = rush * values["offers"]
    return (
        Result("updates", "Location updates", updates, "per s", "drivers ÷ interval"),
        Result(
            "inbound", "Into the service", updates * values["update_bytes"] / 1e6, "MB/s", "updates × bytes"
        ),
        Result(
            "nodes",
            "Redis nodes for updates",
            math.ceil(updates / values["redis_updates"]),
            "nodes",
            "⌈updates ÷ updates per node⌉",
            "One node does not take them all: an update is a sorted-set write, a hash write and a time, on one core.",
        ),
        Result(
            "memory",
            "Memory for positions",
            values["drivers"] * values["point_bytes"] / 1e6,
            "MB",
            "drivers × bytes",
            "Positions are few and small: writes decide how many nodes there are, not memory.",
        ),
        Result(
            "adaptive",
            "Updates, parked cars nearly silent",
            updates * (1 - values["parked"] / 100),
            "per s",
            "updates × (1 − share that stands)",
        ),
        Result("rides", "Rides", rides, "per s", "drivers × rides per day ÷ 86,400 s"),
        Result("rush", "Rides in a rush", rush, "per s", "rides × rush"),
        Result("asked", "Offers in a rush", offers, "per s", "rides in a rush × offers per ride"),
        Result(
            "locks",
            "Drivers who are locked",
            offers * values["offer_s"],
            "drivers",
            "offers × time that one is open",
            "Every driver who thinks is one whom nobody else can ask: quick answers are capacity.",
        ),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("positions", "Positions of the last seconds", "per s", "updates.rate", "updates"),),
)
