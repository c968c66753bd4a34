"""What stays of a class."""

from __future__ import annotations

import reflex as rx

from components.controls import theme_toggle
from components.taught import Taught
from sdlab.pages.shell import logo


def taught() -> rx.Component:
    """The page at `/taught/<room>`; who may see it is asked of the server by what is on it."""
    return rx.el.div(Taught.create(logo(), theme_toggle()), class_name="sd-page")
