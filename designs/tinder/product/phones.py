"""Stacks of portrait cards on two phones."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import avatar as avatar  # the script imports those of avatar, controls and live store
from components import controls as controls
from components import live as live
from components import sheets as sheets
from components.scripts import script

PHONES = script(__name__, "phones.jsx")


class PhonePair(rx.Component):
    """Two phones that swipe through one API; each holds cards and asks for more before they run out."""

    library = PHONES
    tag = "PhonePair"

    api: rx.Var[str]
    phones: rx.Var[Any]
    born: rx.Var[float]
    refill_at: rx.Var[int]
    remembers: rx.Var[int]
    interests: rx.Var[list[str]]
    regions: rx.Var[list[dict]]
