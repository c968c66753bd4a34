"""A part of the city with the places that a search found, and the cells that it asked for."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the city, the controls and the live store
from components.citymap import geometry
from components.scripts import script
from sdlab.blocks.city import City

PLACEMAP = script(__name__, "placemap.jsx")
PLACE = rx.event.passthrough_event_spec(float, float)
WHICH = rx.event.passthrough_event_spec(int)


class PlaceMap(rx.Component):
    """`explorer` is what was found around which point; all places are metres. `movable` ones tell where they are."""

    library = PLACEMAP
    tag = "PlaceMap"

    city: rx.Var[dict]
    explorer: rx.Var[Any]
    span: rx.Var[int]
    cells: rx.Var[bool]
    movable: rx.Var[bool]
    label: rx.Var[str]
    on_move: rx.EventHandler[PLACE]
    on_pick: rx.EventHandler[WHICH]


def place_map(city: City, explorer: Any, *, label: str, **more: Any) -> rx.Component:
    """The map with what was found."""
    return PlaceMap.create(city=geometry(city), explorer=explorer, label=label, **more)
