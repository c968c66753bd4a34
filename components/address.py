"""The address bar holds the scenario; a menu saves it to a file and reads one back."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components import places as places  # the script imports that of places
from components.controls import CONTROLS as CONTROLS
from components.scripts import script
from sdlab.lab import Design
from sdlab.live.state import LabState

ADDRESS = script(__name__, "address.jsx")


class Address(rx.Component):
    """Keeps the address in step with the room's seed, answers, traffic and faults."""

    library = ADDRESS
    tag = "Address"

    lab: rx.Var[str]
    toggles: rx.Var[dict]
    knobs: rx.Var[dict]


class ScenarioMenu(rx.Component):
    """Saves the room's scenario as JSON, and sets the room up from such a file."""

    library = ADDRESS
    tag = "ScenarioMenu"

    lab: rx.Var[str]
    on_import: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def address(design: Design) -> rx.Component:
    """For the page of that design."""
    return Address.create(
        lab=design.slug,
        toggles={one.id: one.default for one in design.toggles},
        knobs={one.id: one.default for one in design.knobs},
    )


def scenario_menu(design: Design) -> rx.Component:
    """For the header of that design's page."""
    return ScenarioMenu.create(
        lab=design.slug, on_import=lambda text: LabState.import_scenario(design.slug, text)
    )
