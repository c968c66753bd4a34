"""How candidates are found and put in order: a map of cells, a queue of cards, a score."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import avatar as avatar  # the script imports those of the avatar and the live store
from components import live as live
from components.scripts import script

CANDIDATES = script(__name__, "candidates.jsx")


class GeoGrid(rx.Component):
    """Cells of an index with people in them, a circle, and dots."""

    library = CANDIDATES
    tag = "GeoGrid"

    view: rx.Var[Any]
    label: rx.Var[str]


class CardQueue(rx.Component):
    """Small cards in their order, with the line below which they are refilled."""

    library = CANDIDATES
    tag = "CardQueue"

    view: rx.Var[Any]
    label: rx.Var[str]


class ScoreBars(rx.Component):
    """A score as a sum of parts, each with what it could be at most."""

    library = CANDIDATES
    tag = "ScoreBars"

    view: rx.Var[Any]


def geo_grid(view: Any, *, label: str) -> rx.Component:
    """Cells `{name, x, y, wide, tall, people, looked}` and dots `{x, y, kind, name}` in km of a square."""
    return GeoGrid.create(view=view, label=label)


def card_queue(view: Any, *, label: str) -> rx.Component:
    """Cards `{id, name, face, age, km, score, fits}` with `size`, `capacity` and `refill_below`."""
    return CardQueue.create(view=view, label=label)


def score_bars(view: Any) -> rx.Component:
    """Parts `{label, points, most, why}` of a `total`."""
    return ScoreBars.create(view=view)
