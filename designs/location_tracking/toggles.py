"""The deep dives as switches and numbers of the running system."""

from __future__ import annotations

from designs.location_tracking.engine.fleet import MOST_BUSES
from designs.location_tracking.engine.nodes import MOST_SHARDS
from designs.location_tracking.engine.strategies import INDEXES, NEIGHBOURS, ORDERINGS, PLACEMENTS, SPREADS
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="index",
        question="How are points indexed?",
        options=options(INDEXES),
        default="geohash",
        changes="The structure that every position is put into and every query is asked of.",
        watch="The map: its cells. Examined: points looked at for one answer. Costs: all five on the same points.",
        panel="map",
    ),
    Toggle(
        id="neighbours",
        question="Look into the cells around?",
        options=options(NEIGHBOURS),
        default="on",
        changes="With geohash: whether a query goes beyond the cell that it is asked in.",
        watch="Ask near the edge of a cell: the bus across the street is missed. The claim on the nearest says so.",
        panel="map",
        unprotected="off",
        protects="nearest_exact",
        breaks_under="parents",
    ),
    Toggle(
        id="ordering",
        question="What if positions overtake each other?",
        options=options(ORDERINGS),
        default="checked",
        changes="Whether the store compares the time of a position with that of the stored one.",
        watch="Late positions: dropped and counted, or the buses jump back.",
        panel="connections",
        unprotected="last_write",
        protects="no_step_back",
        breaks_under="late",
    ),
    Toggle(
        id="placement",
        question="Which shard has a cell?",
        options=options(PLACEMENTS),
        default="ring",
        changes="How a cell's name leads to a shard. Positions move at once.",
        watch="Change the number of shards and read how many positions moved.",
        panel="shards",
    ),
    Toggle(
        id="spread",
        question="Where do buses go?",
        options=options(SPREADS),
        default="even",
        changes="Where the buses of the fleet turn at corners.",
        watch="Fullest cells and shard loads: a grid and its shards get uneven, a tree splits instead.",
        panel="density",
    ),
)

KNOBS = (
    Knob("fleet", "Fleet", "buses", 10, MOST_BUSES, 240, changes="How many buses drive."),
    Knob(
        "interval_s",
        "Update interval",
        "s",
        0.5,
        30,
        1,
        step=0.5,
        changes="How often a bus says where it is.",
    ),
    Knob(
        "precision",
        "Cell size",
        "letters",
        5,
        8,
        6,
        changes="Geohash letters (6: 817 × 611 m here); the resolution of H3 is three higher (9: 201 m to a side).",
    ),
    Knob("leaf", "Points per leaf", "points", 2, 64, 16, changes="When a box of the quadtree splits."),
    Knob(
        "measured",
        "Points measured",
        "points",
        200,
        50_000,
        20_000,
        step=100,
        changes="How many points the costs of all indexes are measured on.",
    ),
    Knob("shards", "Shards", "nodes", 2, MOST_SHARDS, 4, changes="Nodes that hold last positions."),
    Knob("stale_s", "Stale after", "s", 2, 60, 10, changes="When a silent bus is shown as such."),
)
