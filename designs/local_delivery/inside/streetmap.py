"""The city with one hour drawn along its streets: where the pin is, who is in time, where couriers are."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the city, the controls and the live store
from components.citymap import geometry
from components.scripts import script
from sdlab.blocks.city import City

STREETMAP = script(__name__, "streetmap.jsx")
PLACE = rx.event.passthrough_event_spec(float, float)


class StreetMap(rx.Component):
    """`reach` is the hour of the pin, `trips` are orders on their way. `movable`: the pin may be put elsewhere."""

    library = STREETMAP
    tag = "StreetMap"

    city: rx.Var[dict]
    reach: rx.Var[Any]
    trips: rx.Var[Any]
    movable: rx.Var[bool]
    label: rx.Var[str]
    on_move: rx.EventHandler[PLACE]


def street_map(city: City, reach: Any, *, label: str, **more: Any) -> rx.Component:
    """The map of one hour."""
    return StreetMap.create(city=geometry(city), reach=reach, label=label, **more)
