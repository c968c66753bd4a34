"""A city on a canvas: streets below, cells of an index over them, and thousands of moving points on top."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.citymap import geometry
from components.scripts import script
from sdlab.blocks.city import City

CITYMAP = script(__name__, "citymap.jsx")
PLACE = rx.event.passthrough_event_spec(float, float)


class CityMap(rx.Component):
    """`points.data` is base64 of unsigned 16-bit pairs in half metres; all other places are metres.

    With `drive` (an API path) there is a bus of one's own to drag; it is sent over a WebSocket.
    """

    library = CITYMAP
    tag = "CityMap"

    city: rx.Var[dict]
    points: rx.Var[Any]
    cells: rx.Var[Any]
    query: rx.Var[Any]
    buses: rx.Var[Any]
    own: rx.Var[Any]
    followed: rx.Var[Any]
    fences: rx.Var[Any]
    drive: rx.Var[str]
    label: rx.Var[str]
    on_ask: rx.EventHandler[PLACE]


def city_map(city: City, *, label: str, points: Any, **more: Any) -> rx.Component:
    """The map of a city with its points."""
    return CityMap.create(city=geometry(city), label=label, points=points, **more)
