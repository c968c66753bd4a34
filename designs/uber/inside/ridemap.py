"""A city on a canvas with cars that glide: a search over its cells, or a trip with the ring that grows around it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the city, the controls and the live store
from components.citymap import geometry
from components.scripts import script
from sdlab.blocks.city import City

RIDEMAP = script(__name__, "ridemap.jsx")
ENDS = rx.event.passthrough_event_spec(float, float, float, float)


class RideMap(rx.Component):
    """`points` are packed cars; `search`, `rider` and `driver` are views, in metres of the city."""

    library = RIDEMAP
    tag = "RideMap"

    city: rx.Var[dict]
    points: rx.Var[Any]
    search: rx.Var[Any]
    rider: rx.Var[Any]
    driver: rx.Var[Any]
    surges: rx.Var[Any]
    label: rx.Var[str]
    on_trip: rx.EventHandler[ENDS]


def ride_map(city: City, *, label: str, points: Any, **more: Any) -> rx.Component:
    """The map of a city with its cars."""
    return RideMap.create(city=geometry(city, one_way=True), label=label, points=points, **more)
