"""A rider and a driver over one map: a trip with its price, offers with their time, and a ride on its way."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live
from components import sheets as sheets
from components.scripts import script
from designs.uber.inside import ridemap as ridemap  # the script imports those of all three

CAB = script(__name__, "cab.jsx")
ENDS = rx.event.passthrough_event_spec(float, float, float, float)
WHICH = rx.event.passthrough_event_spec(str)
NOTHING = rx.event.no_args_event_spec


class Cab(rx.Component):
    """Both panes follow streams of events below `api` beside the live frames."""

    library = CAB
    tag = "Cab"

    api: rx.Var[str]
    city: rx.Var[dict]
    points: rx.Var[Any]
    rider: rx.Var[Any]
    driver: rx.Var[Any]
    surges: rx.Var[Any]
    on_trip: rx.EventHandler[ENDS]
    on_order: rx.EventHandler[NOTHING]
    on_cancel: rx.EventHandler[NOTHING]
    on_new: rx.EventHandler[NOTHING]
    on_accept: rx.EventHandler[WHICH]
    on_deny: rx.EventHandler[WHICH]
