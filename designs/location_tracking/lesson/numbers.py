"""The estimate: updates per second, bytes of history, and how large a cell is."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.blocks.geohash import cell_size
from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400

ASSUMPTIONS = (
    Assumption("buses", "Buses on the road", "buses", 100_000, 1, 1e8),
    Assumption("interval_s", "Update interval", "s", 5, 0.5, 600),
    Assumption("hours", "Hours on the road per day", "h", 6, 0.1, 24),
    Assumption(
        "update_bytes", "An update on the wire", "bytes", 120, 16, 4000, note="frame, id, time, place"
    ),
    Assumption("row_bytes", "A row of history", "bytes", 40, 8, 1000, note="id 8, time 8, place 16, index 8"),
    Assumption("parents", "Parents who follow, per bus", "people", 30, 0, 1e6),
    Assumption("connections", "Connections per gateway", "connections", 50_000, 100, 1e7),
    Assumption("shard_writes", "Writes per shard", "per s", 100_000, 100, 1e7),
    Assumption("latitude", "Latitude", "°", 48, 0, 85),
)


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    updates = values["buses"] / values["interval_s"]
    per_day = updates * values["hours"] * 3600
    followers = values["buses"] * values["parents"]
    return (
        Result("updates", "Updates", updates, "per s", "buses ÷ interval"),
        Result(
            "inbound", "Into the gateways", updates * values["update_bytes"] / 1e6, "MB/s", "updates × bytes"
        ),
        Result(
            "outbound",
            "Out to those who follow",
            updates * values["parents"],
            "messages/s",
            "updates × followers per bus",
            "Following costs more than reporting: every position goes to everybody who looks.",
        ),
        Result(
            "gateways",
            "Gateways, for connections",
            math.ceil((values["buses"] + followers) / values["connections"]),
            "nodes",
            "⌈(buses + followers) ÷ connections per gateway⌉",
        ),
        Result(
            "shards",
            "Shards, for writes",
            math.ceil(updates / values["shard_writes"]),
            "nodes",
            "⌈updates ÷ writes per shard⌉",
            "The last position of every bus fits into one node's memory; writes decide.",
        ),
        Result("memory", "Last positions in memory", values["buses"] * 100 / 1e6, "MB", "buses × 100 bytes"),
        Result(
            "history",
            "History per day",
            per_day * values["row_bytes"] / 1e9,
            "GB",
            "updates × hours × 3,600 s × bytes per row",
        ),
        *[_cell(letters, values["latitude"]) for letters in range(4, 9)],
    )


def _cell(letters: int, latitude: float) -> Result:
    tall, wide = cell_size(letters, latitude)
    return Result(
        f"cell_{letters}",
        f"Geohash of {letters} letters",
        wide,
        "m wide",
        f"360° ÷ 2^{(letters * 5 + 1) // 2} × cos latitude; {tall:,.0f} m tall",
        "Letters alternate between wide and tall cells, and cells get narrower towards the poles.",
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("positions", "Positions of the last seconds", "per s", "totals.rate", "updates"),),
)
