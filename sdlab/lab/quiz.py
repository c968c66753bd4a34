"""Questions about a design; a numeric answer is computed by the code that runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer, and what there is to say about it."""

    text: str
    because: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Either `choices` (exactly one right) or `answer` (a number, within `tolerance`).

    `tolerance` is relative: 0.05 accepts five per cent to either side.
    """

    id: str
    text: str
    explanation: str
    choices: tuple[Choice, ...] = ()
    answer: Callable[[], float] | None = None
    tolerance: float = 0.05
    unit: str = ""

    def grade(self, given: str) -> bool:
        """Whether `given` is right: the index of a choice, or a number as typed."""
        if self.answer is None:
            return given.isdigit() and int(given) < len(self.choices) and self.choices[int(given)].right
        try:
            value = float(given.replace(",", "").replace(" ", "").replace("_", ""))
        except ValueError:
            return False
        right = self.answer()
        return math.isfinite(value) and abs(value - right) <= abs(right) * self.tolerance
