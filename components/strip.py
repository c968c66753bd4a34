"""The architecture strip: running parts, the calls between them, faults, and replay of a trace."""

from __future__ import annotations

from dataclasses import asdict

import reflex as rx

from components import boxcard as boxcard
from components import replay as replay
from components import routes as routes
from components import sheets as sheets  # the script imports those of cards, replay, routes and sheets
from components.faults import cards_of, faults_of
from components.scripts import script
from sdlab.lab import Design
from sdlab.lab.snapshot import NodeView
from sdlab.live.state import LabState

STRIP = script(__name__, "strip.jsx")


class Strip(rx.Component):
    """Draws the nodes and edges of the frame shown."""

    library = STRIP
    tag = "Strip"

    lab: rx.Var[str]
    shrinks: rx.Var[bool]
    planned: rx.Var[list[dict]]
    faults: rx.Var[dict]
    on_fault: rx.EventHandler[rx.event.passthrough_event_spec(str, str, float)]
    on_mend: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]


def _planned(design: Design) -> list[NodeView]:
    """The boxes that stand before the first frame, without anything that they did: their places are known."""
    specs = design.engine.plan(design.config())
    return [NodeView(one.id, one.label, one.kind, one.column, detail="\u00a0") for one in specs]


def strip(design: Design, *, shrinks: bool = False) -> rx.Component:
    """The strip of that design, with what can be done to its parts; small on a phone, if it shrinks."""
    return Strip.create(
        lab=design.slug,
        shrinks=shrinks,
        planned=[asdict(one) for one in _planned(design)],
        faults={**faults_of(design), **cards_of(design)},
        on_fault=lambda node, kind, value: LabState.set_fault(design.slug, node, kind, value),
        on_mend=lambda node, kind: LabState.clear_fault(design.slug, node, kind),
    )
