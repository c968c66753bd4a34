"""Finding places: words, a map, a list, and a place with its reviews."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live
from components.scripts import script
from designs.yelp.inside import placemap as placemap  # the script imports those of both

EXPLORE = script(__name__, "explore.jsx")
LOOK = rx.event.passthrough_event_spec(str, float, float, float)
WHICH = rx.event.passthrough_event_spec(int)
RATING = rx.event.passthrough_event_spec(int, int, str)
NOTHING = rx.event.no_args_event_spec


class Explore(rx.Component):
    """What was found where; the map tells where it is moved to, in metres of the city."""

    library = EXPLORE
    tag = "Explore"

    city: rx.Var[dict]
    explorer: rx.Var[Any]
    on_look: rx.EventHandler[LOOK]
    on_open: rx.EventHandler[WHICH]
    on_leave: rx.EventHandler[NOTHING]
    on_rate: rx.EventHandler[RATING]
