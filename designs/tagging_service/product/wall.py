"""A wall of pictures that narrows as tags are chosen, and what one does to tags."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls  # the script imports those of the controls and the live store
from components import live as live
from components.scripts import script

WALL = script(__name__, "wall.jsx")


class Wall(rx.Component):
    """Pictures, the query, the tag cloud. Tags are put on and taken off through the API."""

    library = WALL
    tag = "Wall"

    api: rx.Var[str]
    wall: rx.Var[Any]
    cloud: rx.Var[Any]
    on_show: rx.EventHandler[
        rx.event.passthrough_event_spec(list[str], list[str], list[str], bool)  # type: ignore[valid-type]
    ]
