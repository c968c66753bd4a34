"""A live panel of a lab in a frame of its own, for the page of a concept."""

from __future__ import annotations

import reflex as rx

from components.scripts import script

CONCEPTS = script(__name__, "concepts.jsx")


class ConceptLive(rx.Component):
    """Loads the panel when it comes into sight."""

    library = CONCEPTS
    tag = "ConceptLive"

    src: rx.Var[str]
    title: rx.Var[str]
