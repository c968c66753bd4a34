"""Sheets: what a phone shows one at a time of what stands side by side on a wide screen."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

SHEETS = script(__name__, "sheets.jsx")


class Sheet(rx.Component):
    """A part of the Lab tab; the tabs of the dock choose one by its name: product, question, panels, feed, missions."""

    library = SHEETS
    tag = "Sheet"

    name: rx.Var[str]


def sheet(name: str, *parts: rx.Component) -> rx.Component:
    """What belongs on the sheet of that name."""
    return Sheet.create(*parts, name=name)
