"""The figures that Prometheus reads, as a page; loaded on its own page only."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

OPERATOR = script(__name__, "operator.jsx")


class Operator(rx.Component):
    """The whole page; its children are the logo and the switch between light and dark."""

    library = OPERATOR
    tag = "Operator"
