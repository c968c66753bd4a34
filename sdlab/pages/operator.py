"""How the server does, for whoever runs it."""

from __future__ import annotations

import reflex as rx

from components.controls import theme_toggle
from components.operator import Operator
from sdlab.pages.shell import logo


def operator() -> rx.Component:
    """The page at `/operator`: the figures of `/api/metrics`; who may see them is asked of the server."""
    return rx.el.div(Operator.create(logo(), theme_toggle()), class_name="sd-page")
