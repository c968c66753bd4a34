"""The deep dives as switches, and the numbers."""

from __future__ import annotations

from designs.local_delivery.engine.strategies import (
    ALLOCATIONS,
    AVAILABILITIES,
    ORDERINGS,
    PICKINGS,
    REACHES,
    RESERVATIONS,
)
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="ordering",
        short="How is an order written?",
        question="How does an order become one, with stock and lines?",
        options=options(ORDERINGS),
        default="serializable",
        changes="Which statements are in one transaction, at which level, and in how many stores.",
        watch="Units sold twice, half orders, and transactions that begin again.",
        panel="conflicts",
        also=("stock",),
        unprotected="none",
        protects="sold_once",
        breaks_under="flash",
        breaks_at=(("gap_ms", 30),),
    ),
    Toggle(
        id="picking",
        short="Which unit is taken?",
        question="Which of many equal units does an order take?",
        options=options(PICKINGS),
        default="skip",
        changes="The end of the statement that looks for free units.",
        watch="How many tries have to be made again, of a hundred.",
        panel="conflicts",
        shown_under="flash",
    ),
    Toggle(
        id="reservation",
        short="What keeps a cart?",
        question="What keeps a thing for the cart that it lies in?",
        options=options(RESERVATIONS),
        default="status",
        changes="Where a reservation is kept, and what ends it.",
        watch="Units whose time is over and that nobody can buy.",
        panel="stock",
        also=("carts",),
        unprotected="forever",
        protects="comes_back",
        breaks_under="carts",
        breaks_at=(("reserve_s", 2), ("sweep_s", 1)),
    ),
    Toggle(
        id="reach",
        short="Who can be there in time?",
        question="Which centres can be there within the hour?",
        options=options(REACHES),
        default="time",
        changes="Whether the streets are asked, or a circle is drawn.",
        watch="Centres inside the circle that the streets put outside; orders that come too late.",
        panel="reach",
        also=("promises",),
        unprotected="distance",
        protects="in_time",
        breaks_under="evening",
        breaks_at=(("courier_min", 45),),
    ),
    Toggle(
        id="allocation",
        short="Which centre delivers?",
        question="Which centre delivers, and when is that decided?",
        options=options(ALLOCATIONS),
        default="rules",
        changes="How centres are ranked, and whether an order is bound to one before it is picked.",
        watch="The lines of the centres, and what is lost when one closes.",
        panel="promises",
        also=("reach",),
        shown_under="evening",
    ),
    Toggle(
        id="availability",
        short="Who answers what is left?",
        question="Who answers what is left at a place?",
        options=options(AVAILABILITIES),
        default="regions",
        changes="Whether rows are counted for each look, or a cache or replicas answer.",
        watch="The time of an answer, and how many were wrong when they were given.",
        panel="answers",
        also=("regions",),
        shown_under="looks",
    ),
)

KNOBS = (
    Knob(
        "gap_ms", "Look to sale", "ms", 0, 200, 0,
        changes="How long an order rests between choosing its units and selling them.", about="ordering",
    ),
    Knob(
        "reserve_s", "A cart is kept for", "s", 2, 600, 30,
        changes="Longer is kinder to who pays, and keeps more from who would.", about="reservation",
    ),
    Knob("sweep_s", "Sweep every", "s", 1, 60, 5, changes="How long what is over stays blocked.", about="reservation"),
    Knob(
        "pick_min", "Picking an order takes", "min", 0.1, 15.0, 3.0, 0.1,
        "How long lines become. A minute of the city is a second here.", "allocation",
    ),
    Knob(
        "courier_min", "The courier's other stops", "min", 5, 50, 35,
        changes="What is left of the hour for the ride.", about="reach",
    ),
    Knob("kept_s", "An answer is kept for", "s", 1, 300, 60, changes="How old an answer may be.", about="availability"),
    Knob(
        "lag_ms", "Replicas hear every", "ms", 20, 10_000, 200,
        changes="How late the first copy is; the second is one turn later.", about="availability",
    ),
)  # fmt: skip
