"""The leader's pointer and pen: marks on a part of the page, by its name, so that every screen finds the place.

Coordinates are shares (0 to 1) of that part's width and height: followers' pages have other sizes.
"""

from __future__ import annotations

import math
from typing import Any

from sdlab.lab import Invalid

MAX_POINTS = 64
MAX_MARKS = 400
MAX_PLACE = 64
MAX_STROKE = 2**31
FIELDS = {"at", "stroke", "pen", "points"}


class Ink:
    """The pen's marks of the present step, kept for who comes late; the pointer is kept nowhere."""

    def __init__(self) -> None:
        self.marks: list[dict[str, Any]] = []

    def add(self, mark: dict[str, Any]) -> None:
        """Keep what the pen drew; the oldest goes when there is too much."""
        if "clear" in mark:
            self.marks.clear()
        elif mark["pen"]:
            self.marks = [*self.marks, mark][-MAX_MARKS:]


def mark_of(said: Any) -> dict[str, Any]:
    """The mark that a message means: `{"clear": true}` or a piece of a stroke. `Invalid` for anything else."""
    if said == {"clear": True}:
        return {"clear": True}
    if not isinstance(said, dict) or set(said) != FIELDS:
        raise Invalid("a mark has at, stroke, pen and points")
    at, stroke, pen, points = said["at"], said["stroke"], said["pen"], said["points"]
    if not isinstance(at, str) or not 1 <= len(at) <= MAX_PLACE:
        raise Invalid(f"at names a part of the page with at most {MAX_PLACE} characters")
    if not isinstance(pen, bool) or not isinstance(stroke, int) or not 0 <= stroke < MAX_STROKE:
        raise Invalid("pen is true or false, stroke is a number")
    if not isinstance(points, list) or not 1 <= len(points) <= MAX_POINTS:
        raise Invalid(f"1 to {MAX_POINTS} points in a message")
    return {"at": at, "stroke": stroke, "pen": pen, "points": [_point(one) for one in points]}


def _point(said: Any) -> list[float]:
    if not isinstance(said, list) or len(said) != 2 or not all(_is_share(one) for one in said):
        raise Invalid("a point is [x, y], each from 0 to 1")
    return [round(one, 4) for one in said]


def _is_share(one: Any) -> bool:
    is_number = isinstance(one, int | float) and not isinstance(one, bool)
    return is_number and math.isfinite(one) and 0 <= one <= 1
