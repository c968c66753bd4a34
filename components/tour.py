"""The guided tour of a lab: its lesson, played alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import reflex as rx

from components import sheets as sheets
from components import shell as shell  # the script imports those of the sheets and tabs
from components.progress import PROGRESS as PROGRESS
from components.scripts import script
from sdlab.lab import Design
from sdlab.lab.lesson import Beat, Lesson
from sdlab.lab.prose import to_html
from sdlab.live.tour import TourState

TOUR = script(__name__, "tour.jsx")


class TourButton(rx.Component):
    """Begins the tour."""

    library = TOUR
    tag = "TourButton"

    beats: rx.Var[list]
    on_go: rx.EventHandler[rx.event.passthrough_event_spec(int, bool)]


class TourBar(rx.Component):
    """The beat, its question, what to expect, and the way on."""

    library = TOUR
    tag = "TourBar"

    slug: rx.Var[str]
    lab: rx.Var[str]
    beats: rx.Var[list]
    at: rx.Var[int]
    revealed: rx.Var[bool]
    verdict: rx.Var[str]
    on_go: rx.EventHandler[rx.event.passthrough_event_spec(int, bool)]
    on_leave: rx.EventHandler[rx.event.no_args_event_spec]


def tour_button(design: Design, lesson: Lesson) -> rx.Component:
    """For the tab bar of that design's page."""
    return TourButton.create(
        beats=[{"minutes": one.minutes} for one in lesson.beats],
        on_go=lambda number, revealed: TourState.go(design.slug, number, revealed),
    )


def tour_bar(design: Design, lesson: Lesson) -> rx.Component:
    """The tour itself, there while it is under way."""
    return TourBar.create(
        slug=design.slug,
        lab=TourState.tour_lab,
        beats=[_shown(design, one) for one in lesson.beats],
        at=TourState.tour_beat,
        revealed=TourState.tour_revealed,
        verdict=TourState.tour_verdict,
        on_go=lambda number, revealed: TourState.go(design.slug, number, revealed),
        on_leave=TourState.leave,
    )


def _question(design: Design, beat: Beat) -> str:
    """The question that a beat speaks of: of those whose switch it sets the one that shows its panel."""
    asked = [one for one in design.toggles if one.id in beat.do.toggles]
    showing = [one for one in asked or design.toggles if one.panel == beat.spotlight]
    return next((one.id for one in (*showing, *asked)), "")


def _shown(design: Design, beat: Beat) -> dict[str, Any]:
    return {
        "title": beat.title,
        "html": to_html(beat.say),
        "minutes": beat.minutes,
        "tab": beat.tab,
        "spotlight": beat.spotlight,
        "question": _question(design, beat),
        "expect": beat.expect.text if beat.expect else "",
        "ask": asdict(beat.ask) if beat.ask else None,
    }
