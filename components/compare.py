"""The Compare tab: the same seeded traffic through two to four variants, one after another, side by side."""

from __future__ import annotations

import reflex as rx

from components import asked as asked
from components import live as live  # the script imports those of questions and the live store
from components.controls import CONTROLS as CONTROLS
from components.prepared import PREPARED as PREPARED
from components.prepared import prepared_of
from components.scripts import script
from sdlab.lab import Design
from sdlab.lab.scenario import LONGEST_COMPARISON, MOST_VARIANTS, SHORTEST_COMPARISON

COMPARE = script(__name__, "compare.jsx")
COMPARE_TAB = script(__name__, "compare_tab.jsx")
PLOTTER = "plotly.js-basic-dist-min@3.7.0"


class Compare(rx.Component):
    """Builds, runs and shows comparisons; the plotting library is loaded when there is something to plot."""

    library = COMPARE_TAB
    tag = "Compare"
    lib_dependencies: list[str] = [PLOTTER]

    lab: rx.Var[str]
    prepared: rx.Var[list]
    toggles: rx.Var[list]
    knobs: rx.Var[list]
    workloads: rx.Var[list]
    most: rx.Var[int]
    shortest: rx.Var[float]
    longest: rx.Var[float]


def compare(design: Design) -> rx.Component:
    """For that design."""
    return Compare.create(
        lab=design.slug,
        prepared=prepared_of(design),
        toggles=[
            {
                "id": toggle.id,
                "question": toggle.question,
                "default": toggle.default,
                "traffic": toggle.traffic,
                "options": [{"id": option.id, "label": option.label} for option in toggle.options],
            }
            for toggle in design.toggles
        ],
        knobs=[
            {
                "id": knob.id,
                "label": knob.label,
                "unit": knob.unit,
                "minimum": knob.minimum,
                "maximum": knob.maximum,
                "step": knob.step,
                "default": knob.default,
            }
            for knob in design.knobs
        ],
        workloads=[
            {"id": one.id, "label": one.label, "rate": one.rate, "maximum": one.maximum, "does": one.does}
            for one in design.workloads
        ],
        most=MOST_VARIANTS,
        shortest=SHORTEST_COMPARISON,
        longest=LONGEST_COMPARISON,
    )
