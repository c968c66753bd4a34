"""The way into a class."""

from __future__ import annotations

import reflex as rx

from components.join import JoinForm
from sdlab.pages.shell import logo


def join() -> rx.Component:
    """The page at `/join`."""
    return rx.el.div(
        rx.el.main(logo(), JoinForm.create(), id="content", class_name="tj"), class_name="sd-page"
    )
