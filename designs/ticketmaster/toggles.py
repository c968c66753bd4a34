"""The deep dives as switches, and the numbers."""

from __future__ import annotations

from designs.ticketmaster.holdings import HOLDINGS
from designs.ticketmaster.search import SEARCHES
from designs.ticketmaster.strategies import ADMISSIONS
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="holding",
        question="What keeps a seat for the buyer who is paying?",
        options=options(HOLDINGS),
        default="redis",
        changes="Where a hold is kept, how it ends, and whether the sale has a constraint.",
        watch="Double bookings, and how long an abandoned seat stays blocked.",
        unprotected="none",
        protects="sold_once",
        breaks_under="rush",
    ),
    Toggle(
        id="search",
        question="Where do searches go, and how does the index hear of changes?",
        options=options(SEARCHES),
        default="cdc",
        changes="The part that answers searches and the way that edits reach it.",
        watch="The lag of the index, and what it misses while it is down.",
    ),
    Toggle(
        id="admission",
        question="Who may choose seats of a popular event?",
        options=options(ADMISSIONS),
        default="queue",
        changes="Whether a hold needs an admitted place in the queue.",
        watch="How many wait, how many are inside, and how many attempts are refused.",
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
)
