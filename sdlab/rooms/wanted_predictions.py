"""What a leader asks for with a prediction, in the moment or with a step of a lesson of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sdlab.lab.text import TextRule

Kind = Literal["curve", "value"]

KINDS: tuple[Kind, ...] = ("curve", "value")
SHORTEST, LONGEST = 5.0, 120.0  # seconds of a run
USUAL_SECONDS = 30.0
MAX_CHANGE = 200
MAX_FIGURE = 128  # characters of its id

CHANGE = TextRule("change", MAX_CHANGE, minimum=0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How it is predicted. `low` and `high` bound the sketches, in the figure's unit; None for the usual."""

    kind: Kind
    seconds: float
    change: str = ""
    low: float | None = None
    high: float | None = None
