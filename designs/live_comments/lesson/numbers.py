"""The estimate: servers for all viewers, deliveries per second, and why not every comment reaches every screen."""

from __future__ import annotations

import math
from collections.abc import Mapping

from designs.live_comments.engine.strategies import ServerSentEvents
from sdlab.lab import Assumption, Estimate, Measured, Result

ASSUMPTIONS = (
    Assumption("viewers", "Viewers at a time", "viewers", 5e6, 1, 1e9),
    Assumption("connections", "Connections per server", "connections", 50_000, 100, 2e6),
    Assumption("comments", "Comments per second, all streams", "per s", 5_000, 1, 1e7),
    Assumption("viral_viewers", "Viewers of the largest stream", "viewers", 1e6, 1, 1e9),
    Assumption("viral_comments", "Comments per second there", "per s", 1_000, 1, 1e6),
    Assumption("readable", "Comments that a person can read", "per s", 5, 0.1, 100),
    Assumption("body", "A comment as JSON", "bytes", 150, 20, 5000),
    Assumption("poll", "Polling interval", "s", 2, 0.1, 600),
    Assumption(
        "empty_poll",
        "An empty poll, question and answer",
        "bytes",
        1_000,
        100,
        20_000,
        note="what a browser and this server write, headers included",
    ),
    Assumption("per_server", "Deliveries per server", "per s", 200_000, 100, 1e8),
    Assumption("mean_viewers", "Viewers of a stream, on average", "viewers", 200, 1, 1e9),
)


def deliveries(comments: float, viewers: float) -> float:
    """Deliveries per second when each of the viewers gets each of the comments."""
    return comments * viewers


def framing() -> int:
    """Bytes around a comment in a server-sent event: the names of the fields, an id, the line breaks."""
    return len(ServerSentEvents.frame(123_456, b""))


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    viral = deliveries(values["viral_comments"], values["viral_viewers"])
    sampled = deliveries(min(values["viral_comments"], values["readable"]), values["viral_viewers"])
    event = values["body"] + framing()
    return (
        Result(
            "servers",
            "Servers, to hold the connections",
            math.ceil(values["viewers"] / values["connections"]),
            "servers",
            "⌈viewers ÷ connections per server⌉",
            "The limit is memory and sockets per connection, not the 65,535 ports: a server's side uses one port.",
        ),
        Result(
            "mean",
            "Deliveries on ordinary streams",
            deliveries(values["comments"], values["mean_viewers"]),
            "per s",
            "comments per second × viewers of a stream",
            "Only viewers of the same stream count; all comments × all viewers would be far too much.",
        ),
        Result("viral", "Deliveries on the largest stream", viral, "per s", "comments there × viewers there"),
        Result(
            "viral_bytes", "Bytes of that", viral * event / 1e9, "GB per s", "deliveries × (JSON + framing)"
        ),
        Result(
            "viral_servers",
            "Servers for that, unsampled",
            math.ceil(viral / values["per_server"]),
            "servers",
            "⌈deliveries ÷ deliveries per server⌉",
            "Nobody can read it: this is what sampling is for.",
        ),
        Result(
            "share",
            "Share of comments that a screen can show",
            100 * min(1.0, values["readable"] / values["viral_comments"]),
            "%",
            "comments that a person can read ÷ comments there",
        ),
        Result("sampled", "Deliveries, sampled", sampled, "per s", "min(comments, readable) × viewers"),
        Result(
            "sampled_servers",
            "Servers for that",
            math.ceil(sampled / values["per_server"]),
            "servers",
            "⌈deliveries ÷ deliveries per server⌉",
        ),
        Result("polls", "Polls instead", values["viewers"] / values["poll"], "per s", "viewers ÷ interval"),
        Result(
            "poll_bytes",
            "Bytes of that, if all are empty",
            values["viewers"] / values["poll"] * values["empty_poll"] / 1e9,
            "GB per s",
            "polls × bytes of an empty poll",
        ),
        Result("poll_delay", "Delay by polling, on average", values["poll"] / 2 * 1000, "ms", "interval ÷ 2"),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("deliveries", "Deliveries of the last seconds", "per s", "totals.rate", "sampled"),),
)
