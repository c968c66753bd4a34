"""Says of a large package that a lab needs how far it is fetched; nothing once it is there."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script
from sdlab.lab import Design

NEEDS = script(__name__, "needs.jsx")


class Needs(rx.Component):
    """A line and a bar for each package that is not there yet."""

    library = NEEDS
    tag = "Needs"

    lab: rx.Var[str]


def needs(design: Design) -> rx.Component:
    """For the page of that design; nothing for one that needs no such package."""
    return Needs.create(lab=design.slug) if design.needs else rx.fragment()
