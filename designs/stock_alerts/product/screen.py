"""The trader's screen: candles with alert lines that can be dragged, the alerts, and what the visitor was told."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

SCREEN = script(__name__, "screen.jsx")


class Screen(rx.Component):
    """One stock with its candles, and what is set on it; listens to the visitor's notifications itself."""

    library = SCREEN
    tag = "Screen"

    api: rx.Var[str]
    screen: rx.Var[Any]
    ready: rx.Var[bool]
    wrong: rx.Var[str]
    on_look: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_nudge: rx.EventHandler[rx.event.passthrough_event_spec(str, bool)]
    on_place: rx.EventHandler[rx.event.passthrough_event_spec(str, str, str)]
    on_move: rx.EventHandler[rx.event.passthrough_event_spec(str, float)]
    on_rearm: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_delete: rx.EventHandler[rx.event.passthrough_event_spec(str)]
