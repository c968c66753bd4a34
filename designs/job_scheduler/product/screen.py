"""The desk of the scheduler: what falls due on a line of time, a form, the request bin, the dead letters."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components import sheets as sheets
from components.scripts import script

SCREEN = script(__name__, "screen.jsx")


class Screen(rx.Component):
    """Jobs on a line of time, and what can be asked for."""

    library = SCREEN
    tag = "Screen"

    screen: rx.Var[Any]
    ready: rx.Var[bool]
    wrong: rx.Var[str]
    on_soon: rx.EventHandler[rx.event.no_args_event_spec]
    on_schedule: rx.EventHandler[rx.event.passthrough_event_spec(str, str, str, str, str)]
    on_cancel: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_requeue: rx.EventHandler[rx.event.passthrough_event_spec(str)]
