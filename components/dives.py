"""Deep dives: the questions of a design as switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import reflex as rx

from components import controls as controls  # the script imports that of the controls
from components.scripts import script
from sdlab.lab import Design, Knob, Toggle
from sdlab.live.state import LabState

DIVES = script(__name__, "dives.jsx")


class Dives(rx.Component):
    """One control per toggle and knob; shows what is in force now, and marks what was in force in a past frame."""

    library = DIVES
    tag = "Dives"

    toggles: rx.Var[list]
    knobs: rx.Var[list]
    defaults: rx.Var[dict]
    on_toggle: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_knob: rx.EventHandler[rx.event.passthrough_event_spec(str, float)]


def dives(design: Design) -> rx.Component:
    """The deep dives of that design."""
    return Dives.create(
        toggles=[_toggle(design, one) for one in design.toggles],
        knobs=[_knob(one) for one in design.knobs],
        defaults=_defaults(design),
        on_toggle=lambda toggle, option: LabState.set_toggle(design.slug, toggle, option),
        on_knob=lambda knob, value: LabState.set_knob(design.slug, knob, value),
    )


def _toggle(design: Design, toggle: Toggle) -> dict[str, Any]:
    return {
        "id": toggle.id,
        "question": toggle.question,
        "changes": toggle.changes,
        "watch": toggle.watch,
        "options": [asdict(option) for option in toggle.options],
        "breaks": _risk(design, toggle),
    }


def _risk(design: Design, toggle: Toggle) -> str:
    claims = {claim.id: claim.text for claim in design.engine.claims}
    if not toggle.unprotected or toggle.protects not in claims:
        return ""
    option = toggle.option(toggle.unprotected).label
    under = f" under “{design.workload(toggle.breaks_under).label}”" if toggle.breaks_under else ""
    return f"With “{option}”, “{claims[toggle.protects]}” can break{under}."


def _knob(knob: Knob) -> dict[str, Any]:
    return asdict(knob)


def _defaults(design: Design) -> dict[str, Any]:
    return {
        **{toggle.id: toggle.default for toggle in design.toggles},
        **{knob.id: knob.default for knob in design.knobs},
    }
