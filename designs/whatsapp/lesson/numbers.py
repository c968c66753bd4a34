"""The estimate, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400

ASSUMPTIONS = (
    Assumption("users", "Users per day", "users", 1e9, 1, 1e11),
    Assumption("online", "Connected at the same time", "users", 200e6, 1, 1e11),
    Assumption("messages", "Messages per user and day", "messages", 10, 0, 10_000),
    Assumption("receivers", "Rows per message", "rows", 3, 1, 1000, "one for each device that is to get it"),
    Assumption("per_server", "Connections of one server", "connections", 1e6, 100, 1e8),
    Assumption("peak", "Peak over average", "×", 2, 1, 100),
    Assumption("bytes", "Bytes of a message", "bytes", 200, 1, 100_000),
    Assumption("away_share", "Messages that wait for somebody", "%", 30, 0, 100),
    Assumption("away_days", "How long they wait", "days", 1, 0, 365),
)


def servers(online: float, per_server: float) -> int:
    """How many servers hold so many connections."""
    return math.ceil(online / per_server)


def mesh_lines(count: float) -> float:
    """Lines between so many servers, each of which opens one to every other."""
    return count * (count - 1)


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    needed = servers(values["online"], values["per_server"])
    sent = values["users"] * values["messages"] / DAY
    writes = sent * values["receivers"]
    waiting = (
        values["users"]
        * values["messages"]
        * values["receivers"]
        * values["away_share"]
        / 100
        * values["away_days"]
    )
    return (
        Result("servers", "Chat servers", needed, "servers", "⌈connected ÷ connections of one server⌉"),
        Result("sent", "Messages sent", sent, "per s", "users × messages ÷ 86,400 s"),
        Result(
            "writes",
            "Rows written to inboxes",
            writes,
            "per s",
            "messages sent × rows per message",
            "Each row is written, and deleted with its acknowledgement: the store sees twice as many changes.",
        ),
        Result("peak_writes", "At the peak", writes * values["peak"], "per s", "rows written × peak"),
        Result("lines", "Lines of a mesh", mesh_lines(needed), "lines", "servers × (servers − 1)"),
        Result(
            "channels", "Channels of pub/sub", values["online"], "channels", "one for each connected user"
        ),
        Result(
            "storage",
            "Stored for those who are away",
            waiting * values["bytes"] / 1e9,
            "GB",
            "messages × rows × share that waits × days × bytes",
        ),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(
        Measured("delivered", "Messages on devices, last seconds", "per s", "delivery.rate", "writes"),
    ),
)
