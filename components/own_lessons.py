"""Lessons of one's own, kept in the browser: made, rehearsed, saved and taught; loaded on its own page only."""

from __future__ import annotations

import reflex as rx

from components import class_calls as class_calls  # the script imports those of calls and steps
from components import lesson_step as lesson_step
from components.scripts import script

OWN_LESSONS = script(__name__, "own_lessons.jsx")


class OwnLessons(rx.Component):
    """The whole page; its children are the logo and the switch between light and dark."""

    library = OWN_LESSONS
    tag = "OwnLessons"

    labs: rx.Var[list]
