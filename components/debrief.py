"""After a run: what was done, what was refused, what broke, and the heights; linked to the tape."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.controls import CONTROLS as CONTROLS
from components.scripts import script

DEBRIEF = script(__name__, "debrief.jsx")


class Debrief(rx.Component):
    """Shows itself when traffic has ended, until it is closed."""

    library = DEBRIEF
    tag = "Debrief"

    lab: rx.Var[str]
