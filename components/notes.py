"""The notes' list of contents, and the panels that stand beside what the notes say."""

from __future__ import annotations

import reflex as rx

from components import asked as asked
from components import sheets as sheets
from components import shell as shell  # the script imports those of questions, sheets and tabs
from components.scripts import script

NOTES = script(__name__, "notes.jsx")


class Contents(rx.Component):
    """Links to the headings, as {anchor, text, level}; the one that is being read is marked."""

    library = NOTES
    tag = "Contents"

    headings: rx.Var[list]


class Quoted(rx.Component):
    """Shows the panel inside it while it is near the window, and leads to it in the lab."""

    library = NOTES
    tag = "Quoted"

    panel: rx.Var[str]
    question: rx.Var[str]
