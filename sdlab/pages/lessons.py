"""Lessons of one's own."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.controls import theme_toggle
from components.own_lessons import OwnLessons
from sdlab.lab import Design
from sdlab.pages.panel_names import panel_names
from sdlab.pages.shell import logo
from sdlab.registry import designs
from sdlab.rooms.own_lessons import PATH, spotlights
from sdlab.rooms.wanted_predictions import figures_ahead


def lessons() -> rx.Component:
    """The page at `/lessons`: what is made there stays in the browser until it is saved or taught."""
    labs = [_offered(one) for one in designs() if one.lesson]
    return rx.el.div(OwnLessons.create(logo(), theme_toggle(), labs=labs), class_name="sd-page")


def _offered(design: Design) -> dict[str, Any]:
    """What a step in that lab may name, with the words for it."""
    known = spotlights(design)
    named = {PATH: "The path of requests", **panel_names(design)}
    return {
        "slug": design.slug,
        "title": design.title,
        "beats": [one.title for one in design.lesson.beats] if design.lesson else [],
        "panels": [{"id": id, "title": title} for id, title in named.items() if id in known],
        "figures": [{"id": id, "label": label} for id, label in figures_ahead(design).items()],
        "claims": [{"id": one.id, "text": one.text} for one in design.engine.claims],
    }
