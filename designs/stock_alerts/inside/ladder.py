"""The ladder of alerts around a price, with the band that was crossed last."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

LADDER = script(__name__, "ladder.jsx")


class Ladder(rx.Component):
    """Rungs from the dearest to the cheapest, the price between them."""

    library = LADDER
    tag = "Ladder"

    ladder: rx.Var[Any]
    label: rx.Var[str]
