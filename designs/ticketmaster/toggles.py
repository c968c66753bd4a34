"""The deep dives as switches, and the numbers."""

from __future__ import annotations

from designs.ticketmaster.engine.strategies import (
    ADMISSIONS,
    CACHES,
    DELIVERIES,
    ISOLATIONS,
    SEARCHES,
    SEAT_LOCKS,
)
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="holding",
        question="What keeps a seat for the buyer who is paying?",
        options=options(SEAT_LOCKS),
        default="redis",
        changes="Where a hold is kept, how it ends, and whether the sale has a constraint.",
        watch="Seats sold twice, and how long an abandoned seat stays blocked.",
        panel="race",
        unprotected="none",
        protects="sold_once",
        breaks_under="rush",
    ),
    Toggle(
        id="isolation",
        question="What may a transaction see of the others?",
        options=options(ISOLATIONS),
        default="committed",
        changes="The isolation level of the transactions that lock seats' rows and that sell.",
        watch="How many transactions the database gives up (40001), and how long a row is waited for.",
        panel="transactions",
    ),
    Toggle(
        id="admission",
        question="Who may choose seats of a popular event?",
        options=options(ADMISSIONS),
        default="queue",
        changes="Whether a hold needs an admitted position in the queue.",
        watch="How many wait, how many are inside, and how many attempts are refused.",
        panel="queue",
    ),
    Toggle(
        id="delivery",
        question="How does a changed seat get to the screen?",
        options=options(DELIVERIES),
        default="sse",
        changes="Both seat maps of the page connect by the new way, or begin to ask again and again.",
        watch="Requests, bytes per change, and how late news is.",
        panel="delivery",
    ),
    Toggle(
        id="search",
        question="Where do searches go, and how does the index hear of changes?",
        options=options(SEARCHES),
        default="cdc",
        changes="The part that answers searches and the way that edits reach it.",
        watch="The lag of the index, and what it misses while it is down.",
        panel="index",
    ),
    Toggle(
        id="cache",
        question="Is a search answered twice?",
        options=options(CACHES),
        default="lru",
        changes="Where answers are kept, and what Cache-Control says of them.",
        watch="Hits, and the answers that were wrong when they were given.",
        panel="cache",
    ),
)

KNOBS = (
    Knob("hold_s", "A hold lasts", "s", 5, 600, 30, changes="Also how long a visit from the queue may last."),
    Knob(
        "batch",
        "Inside at a time",
        "buyers",
        1,
        500,
        50,
        changes="Smaller batches wait longer and collide less.",
    ),
    Knob("sweep_s", "Sweep every", "s", 1, 120, 10, changes="How long an expired status may block a seat."),
    Knob(
        "payment_ms",
        "A payment takes",
        "ms",
        0,
        3000,
        100,
        changes="The time between looking at a seat and selling it.",
    ),
    Knob("poll_s", "Poll every", "s", 1, 10, 2, changes="How often a seat map that polls asks again."),
    Knob("edge_s", "Edge keeps for", "s", 30, 60, 30, changes="How long an answer may be wrong at the edge."),
)
