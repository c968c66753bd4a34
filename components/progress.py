"""What this browser has reached, kept by it alone: missions, the tour, the quiz."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script
from sdlab.lab import Design

PROGRESS = script(__name__, "progress.jsx")


class CardProgress(rx.Component):
    """How far this browser is in a lab, in one line."""

    library = PROGRESS
    tag = "CardProgress"

    lab: rx.Var[str]
    beats: rx.Var[int]
    missions: rx.Var[list]
    questions: rx.Var[int]


def card_progress(design: Design) -> rx.Component:
    """For the card of that design."""
    return CardProgress.create(
        lab=design.slug,
        beats=len(design.lesson.beats) if design.lesson else 0,
        missions=[one.id for one in design.missions],
        questions=len(design.quiz),
    )
