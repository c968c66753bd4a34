"""What a rate limiter is asked to keep, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

SLACK = 1e-6
"""Seconds added to a wait: today's Unix time has steps of 2.4e-7 s in a double, so that a caller
who waits exactly as long as told is never turned away by rounding."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`limit` requests per `window` seconds; `burst` at once for algorithms that save up.

    `limit` and `burst` are at least 1, `window` is above 0.
    """

    limit: int
    window: float
    burst: int
    gap: float = field(init=False, compare=False, repr=False)
    """Seconds between two requests at the long-run rate."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "gap", self.window / self.limit)

    @property
    def rate(self) -> float:
        """Requests per second in the long run."""
        return self.limit / self.window


class Verdict(NamedTuple):
    """The answer to one request.

    `remaining` requests would pass at this moment after this one. A refused caller that asks
    again after `retry_after` seconds passes, if nobody took its place. After `reset_after`
    seconds without requests the whole allowance is back. `level` is what the algorithm looked
    at (tokens, waiting requests, counted requests, or seconds ahead), after this request.
    `delay` is how many seconds the request is held back before it is passed on.
    """

    allowed: bool
    remaining: int
    retry_after: float
    reset_after: float
    level: float
    delay: float = 0.0
