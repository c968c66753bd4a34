"""A class on a lab's page: the follower's bar and question, the leader's button, what only the leader may use."""

from __future__ import annotations

from typing import Any, Literal

import reflex as rx

from components import in_class as in_class  # the script imports that of what a class adds
from components.scripts import script
from sdlab.lab import Design

CLASSROOM = script(__name__, "classroom.jsx")


class ClassRoom(rx.Component):
    """Takes the tab along with the class of its room."""

    library = CLASSROOM
    tag = "ClassRoom"

    lab: rx.Var[str]
    titles: rx.Var[list]


class Only(rx.Component):
    """Disables what is inside for those who may not use it in a class, and says why."""

    library = CLASSROOM
    tag = "Only"

    kind: rx.Var[str]


class TeachButton(rx.Component):
    """Opens a class."""

    library = CLASSROOM
    tag = "TeachButton"

    lab: rx.Var[str]


def class_room(design: Design) -> rx.Component:
    """For the page of that design."""
    beats = design.lesson.beats if design.lesson else ()
    return ClassRoom.create(lab=design.slug, titles=[one.title for one in beats])


def only(kind: Literal["verb", "control"], *children: Any) -> rx.Component:
    """Children that use the product (`verb`) or change the system (`control`)."""
    return Only.create(*children, kind=kind)
