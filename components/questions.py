"""The questions of a lab, one at a time, and the panels that each of them moves."""

from __future__ import annotations

from collections.abc import Sequence

import reflex as rx

from components import asked as asked  # the script imports that of each of these
from components import controls as controls
from components import live as live
from components import shell as shell
from components.dives import DIVES as DIVES
from components.dives import defaults_of, question_of
from components.scripts import script
from sdlab.lab import Design
from sdlab.live.state import LabState

QUESTIONS = script(__name__, "questions.jsx")


class Questions(rx.Component):
    """A rail of short questions, and the one that is open; shows what is in force now, and marks what was then."""

    library = QUESTIONS
    tag = "Questions"

    questions: rx.Var[list]
    defaults: rx.Var[dict]
    on_toggle: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_knob: rx.EventHandler[rx.event.passthrough_event_spec(str, float)]
    on_provoke: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_stop: rx.EventHandler[rx.event.no_args_event_spec]


class Panels(rx.Component):
    """The panels: those of the open question first, the others folded to their title and figure."""

    library = QUESTIONS
    tag = "Panels"

    ids: rx.Var[list[str]]
    spans: rx.Var[list[int]]
    questions: rx.Var[list]


def questions(design: Design) -> rx.Component:
    """The questions of that design."""
    slug = design.slug
    return Questions.create(
        questions=[question_of(design, one) for one in design.toggles],
        defaults=defaults_of(design),
        on_toggle=lambda toggle, option: LabState.set_toggle(slug, toggle, option),
        on_knob=lambda knob, value: LabState.set_knob(slug, knob, value),
        on_provoke=lambda toggle: LabState.provoke(slug, toggle),
        on_stop=LabState.stop_workload(slug),
    )


def arranged(design: Design, panels: Sequence[rx.Component]) -> rx.Component:
    """The panels of that design, arranged by the question that is open."""
    return Panels.create(
        *panels,
        ids=[str(one.anchor._var_value) for one in panels],
        spans=[int(one.span._var_value) for one in panels],
        questions=[{"id": one.id, "panels": list(one.panels)} for one in design.toggles],
    )
