"""The estimate: the rush at the opening of a sale, batches through a waiting room, and what seats blocked in vain cost."""

from __future__ import annotations

import math
from collections.abc import Mapping

from designs.ticketmaster.engine.strategies.choices import EdgeCache
from sdlab.lab import Assumption, Estimate, Measured, Result

ASSUMPTIONS = (
    Assumption("buyers", "Buyers who come at the opening", "buyers", 1e6, 1, 1e9),
    Assumption("within", "within", "s", 60, 1, 86_400),
    Assumption("seats", "Seats of the event", "seats", 50_000, 1, 1e6),
    Assumption("each", "Seats per buyer", "seats", 2, 1, 10),
    Assumption("batch", "Buyers in a batch", "buyers", 100, 1, 1e6),
    Assumption("visit", "A visit inside, on average", "s", 120, 1, 3600),
    Assumption("hold", "A hold lasts", "s", 600, 5, 3600),
    Assumption("sweep", "The sweeper comes every", "s", 600, 1, 3600),
    Assumption("abandon", "Holds that nobody pays", "%", 30, 0, 99),
    Assumption("lookers", "Screens with the seat map open", "screens", 20_000, 1, 1e8),
    Assumption("poll", "Polling interval", "s", 2, 0.1, 600),
    Assumption("changes", "Seats that change", "per s", 100, 0.1, 1e5),
    Assumption("searches", "Searches", "per s", 20_000, 1, 1e7),
    Assumption("distinct", "Different questions among them", "questions", 5_000, 1, 1e8),
    Assumption("edge", "The edge keeps an answer for", "s", 30, 1, 3600),
)


def in_line_s(ahead: float, batch: float, visit_s: float) -> float:
    """How long somebody waits who has `ahead` buyers in front, when each batch stays for `visit_s`."""
    return math.floor(ahead / batch) * visit_s


def blocked_s(hold_s: float, sweep_s: float) -> float:
    """How long an abandoned seat is blocked on average, when a sweeper frees it."""
    return hold_s + sweep_s / 2


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    served = values["seats"] / values["each"] / (1 - values["abandon"] / 100)
    last = min(values["buyers"], served)
    misses = min(values["searches"], values["distinct"] / values["edge"])
    return (
        Result("peak", "Arrivals at the opening", values["buyers"] / values["within"], "per s", "buyers ÷ time"),
        Result(
            "served",
            "Buyers who must be let in to sell all",
            served,
            "buyers",
            "seats ÷ seats per buyer ÷ (1 − abandoned)",
            "More than seats ÷ seats per buyer: those who abandon used a place too.",
        ),
        Result(
            "attempts", "Attempts to hold, from a full room", values["batch"] / values["visit"], "per s",
            "batch ÷ visit",
            "A batch bounds the load on locks and database, however many stand in line.",
        ),
        Result(
            "line", "The last of those waits", in_line_s(last, values["batch"], values["visit"]) / 3600, "h",
            "⌊buyers ahead ÷ batch⌋ × visit",
            "A batch of 100 is too small for a stadium: with 2 min each it takes half a day.",
        ),
        Result(
            "batch_needed", "Batch to sell all in one hour", math.ceil(last * values["visit"] / 3600), "buyers",
            "buyers to let in × visit ÷ 3600",
        ),
        Result(
            "ttl", "An abandoned seat is blocked, lock with TTL", values["hold"] / 60, "min", "the hold"
        ),
        Result(
            "cron", "the same with a sweeper, on average",
            blocked_s(values["hold"], values["sweep"]) / 60, "min", "hold + interval ÷ 2",
            "A job every ten minutes does not mean ten minutes: up to twenty, fifteen on average.",
        ),
        Result(
            "lost_s", "Seat-hours that the sweeper costs",
            served * values["abandon"] / 100 * values["each"] * values["sweep"] / 2 / 3600, "seat-h",
            "abandoned holds × seats × interval ÷ 2",
        ),
        Result("polls", "Polls of the seat map", values["lookers"] / values["poll"], "per s", "screens ÷ interval"),
        Result(
            "pushes", "Pushes instead", values["lookers"] * values["changes"], "per s", "screens × changes",
            "More than polls on a busy map: changes of a moment are sent together, not one by one.",
        ),
        Result(
            "pushes_batched", "Pushes, four times a second", values["lookers"] * min(4.0, values["changes"]),
            "per s", "screens × min(4, changes)",
        ),
        Result(
            "origin", "Searches that reach the index through an edge", misses, "per s",
            "min(searches, questions ÷ time kept)",
        ),
        Result("edge_hits", "Answered at the edge", 100 * (1 - misses / values["searches"]), "%", "1 − those ÷ searches"),
        Result(
            "wrong", "An edge answer may be wrong for", values["edge"], "s", EdgeCache.cache_control(int(values["edge"])),
        ),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(
        Measured("requests", "Requests of all kinds, the last seconds", "per s", "traffic.rate", "peak"),
    ),
)
