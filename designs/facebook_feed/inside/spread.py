"""A graph of members on which posts spread."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

SPREAD = script(__name__, "spread.jsx")


class SpreadGraph(rx.Component):
    """Members at their places, and lines to those whom a post has reached."""

    library = SPREAD
    tag = "SpreadGraph"

    places: rx.Var[str]
    sizes: rx.Var[str]
    flights: rx.Var[Any]
    seats: rx.Var[Any]
    label: rx.Var[str]


def spread_graph(*, places: str, sizes: str, flights: Any, seats: Any, label: str) -> rx.Component:
    """`places` are pairs of bytes, `sizes` bytes, both base64; `flights` are `{id, author, lit, state, …}`."""
    return SpreadGraph.create(places=places, sizes=sizes, flights=flights, seats=seats, label=label)
