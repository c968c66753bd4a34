"""The questions of this design, as switches and numbers of the running system."""

from __future__ import annotations

from designs.web_crawler.engine.strategies import ADDINGS
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        "adding",
        "One step or two?",
        "How is one added?",
        options(ADDINGS),
        "atomic",
        changes="Whether reading and writing are one step for the store, or two.",
        watch="Under Crowd the counter falls behind the journal as soon as others fit in between.",
        panel="total",
        unprotected="read_write",
        protects="counted",
        breaks_under="crowd",
    ),
)

KNOBS = (Knob("step", "Step", "", 1, 100, 1, changes="How much one add adds.", about="adding"),)
