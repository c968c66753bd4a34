"""Likes as they are, over likes as the index knows them, both on a logarithmic scale."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

LIKEPLOT = script(__name__, "likeplot.jsx")


class LikePlot(rx.Component):
    """A point for each tweet."""

    library = LIKEPLOT
    tag = "LikePlot"

    points: rx.Var[Any]
    label: rx.Var[str]


def like_plot(points: Any, *, label: str) -> rx.Component:
    """Points `{id, likes, known}`; of those the index has not, `known` is below 0."""
    return LikePlot.create(points=points, label=label)
