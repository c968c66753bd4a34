"""Versions as strips of chunks: what two share has the same colour."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

STRIPS = script(__name__, "strips.jsx")


class Strips(rx.Component):
    """Strips below each other, on one scale of bytes."""

    library = STRIPS
    tag = "Strips"

    strips: rx.Var[Any]
    label: rx.Var[str]
