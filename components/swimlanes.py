"""Swim lanes: who did what when, on one time axis, so that overlapping steps can be seen."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

SWIMLANES = script(__name__, "swimlanes.jsx")


class SwimLanes(rx.Component):
    """Lanes of segments on one axis."""

    library = SWIMLANES
    tag = "SwimLanes"

    lanes: rx.Var[Any]
    label: rx.Var[str]


def swim_lanes(lanes: Any, *, label: str) -> rx.Component:
    """Lanes `{label, segments: [{label, start_ms, end_ms, tone}]}` from top to bottom.

    Times are milliseconds on one axis that begins at the earliest of them; tones are ok, miss,
    error, moved, selected or none. A segment shorter than a pixel is still drawn.
    """
    return SwimLanes.create(lanes=lanes, label=label)
