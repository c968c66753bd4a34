"""A waiting room: the batch that is inside, the line before the door, and where somebody stands."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

WAITING = script(__name__, "waiting.jsx")


class WaitingRoom(rx.Component):
    """Cells of those inside, dots of those in line."""

    library = WAITING
    tag = "WaitingRoom"

    waiting: rx.Var[int]
    inside: rx.Var[int]
    batch: rx.Var[int]
    marks: rx.Var[Any]


def waiting_room(*, waiting: Any, inside: Any, batch: Any, marks: Any) -> rx.Component:
    """`marks` are `{name, position}` with positions from 1; position 0 is drawn nowhere."""
    return WaitingRoom.create(waiting=waiting, inside=inside, batch=batch, marks=marks)
