"""A graph of members on which posts spread."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

SPREAD = script(__name__, "spread.jsx")


class SpreadGraph(rx.Component):
    """Members at their positions, and lines to those whom a post has reached."""

    library = SPREAD
    tag = "SpreadGraph"

    positions: rx.Var[str]
    sizes: rx.Var[str]
    deliveries: rx.Var[Any]
    users: rx.Var[Any]
    label: rx.Var[str]


def spread_graph(*, positions: str, sizes: str, deliveries: Any, users: Any, label: str) -> rx.Component:
    """`positions` are pairs of bytes, `sizes` bytes, both base64; `deliveries` are `{id, author, reached, state, …}`."""
    return SpreadGraph.create(
        positions=positions, sizes=sizes, deliveries=deliveries, users=users, label=label
    )
