"""Evidence as a space–time diagram: a lane per actor, one true axis, what was read and written, what was lost and why."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

EVIDENCE = script(__name__, "evidence.jsx")


class SpaceTime(rx.Component):
    """Steps on lanes, and the same steps as a table."""

    library = EVIDENCE
    tag = "SpaceTime"

    steps: rx.Var[Any]
    label: rx.Var[str]


def space_time(steps: Any, *, label: str) -> rx.Component:
    """Steps `{t, end, actor, text, kind, value, lost}`, seconds, as `EvidenceView` has them.

    The axis begins at the earliest step; steps of one actor that overlap stand below each other, and
    one that took no time is a mark. Numbers tie the picture to its table.
    """
    return SpaceTime.create(steps=steps, label=label)
