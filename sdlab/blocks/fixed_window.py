"""Fixed window: one counter per aligned stretch of time, forgotten when the next begins."""

from __future__ import annotations

import math

from sdlab.blocks.rate_rule import SLACK, Rule, Verdict


class FixedWindow:
    """At most `limit` requests in each window that begins at a multiple of `window` seconds.

    Across the edge of two windows twice that: `limit` just before it and `limit` just after.
    Three numbers of state. Time that runs backwards stays in the window it had reached.

    >>> window, rule = FixedWindow(), Rule(limit=2, window=10, burst=1)
    >>> [window.check(t, rule).allowed for t in (9.8, 9.9, 9.95, 10.0, 10.1, 10.2)]
    [True, True, False, True, True, False]
    """

    __slots__ = ("counted", "number", "width")

    def __init__(self) -> None:
        self.number = -1
        self.width = 0.0
        self.counted = 0

    def check(self, now: float, rule: Rule, *, take: bool = True) -> Verdict:
        """Whether a request at `now` (seconds) fits its window; it is counted if so and if `take`."""
        number = math.floor(now / rule.window)
        counted = 0
        if self.width == rule.window and number <= self.number:
            number, counted = self.number, self.counted
        left = (number + 1) * rule.window - now
        if counted + 1 > rule.limit:  # branch: window-full
            return Verdict(False, 0, left + SLACK, left, float(counted))
        counted += 1  # branch: window-has-room
        if take:
            self.number, self.width, self.counted = number, rule.window, counted
        return Verdict(True, rule.limit - counted, 0.0, left, float(counted))
