"""Runs as points: when they were due, and how much later they were called."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

SCATTER = script(__name__, "scatter.jsx")


class Scatter(rx.Component):
    """`points` are pairs of ms: due after the first of them, and called after that."""

    library = SCATTER
    tag = "Scatter"

    points: rx.Var[Any]
    label: rx.Var[str]
