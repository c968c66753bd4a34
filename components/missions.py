"""A lab's missions: goals that the running system is judged by, and what was reached in this browser."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.progress import PROGRESS as PROGRESS
from components.scripts import script
from sdlab.lab import Design

MISSIONS = script(__name__, "missions.jsx")


class Missions(rx.Component):
    """The panel on the Lab tab; its figures come with the frames."""

    library = MISSIONS
    tag = "Missions"

    lab: rx.Var[str]
    missions: rx.Var[list]


def missions(design: Design) -> rx.Component:
    """For that design."""
    return Missions.create(
        lab=design.slug,
        missions=[
            {
                "id": one.id,
                "title": one.title,
                "says": one.says,
                "level": one.level,
                "seconds": one.seconds,
                "goals": [{"text": goal.text, "unit": goal.unit} for goal in one.goals],
            }
            for one in design.missions
        ],
    )
