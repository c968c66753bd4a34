"""Sliding-window counter: two counters, and the guess that the older one was filled evenly.

https://blog.cloudflare.com/counting-things-a-lot-of-different-things/
"""

from __future__ import annotations

import math

from sdlab.blocks.rate_rule import SLACK, Rule, Verdict


class SlidingCounter:
    """Keeps `previous * (share of the window that still reaches into it) + current` at or below `limit`.

    Exact when requests come evenly. When all of the previous window came at its end, a window
    can hold almost `2 * limit`, but never more. Four numbers of state. Time that runs backwards
    stays in the window it had reached.

    >>> counter, rule = SlidingCounter(), Rule(limit=4, window=10, burst=1)
    >>> [counter.check(t, rule).allowed for t in (6.0, 7.0, 8.0, 9.0, 10.0, 12.5, 12.6)]
    [True, True, True, True, False, True, False]
    """

    __slots__ = ("counted", "number", "previous", "width")

    def __init__(self) -> None:
        self.number = -2
        self.width = 0.0
        self.counted = 0
        self.previous = 0

    def check(self, now: float, rule: Rule, *, take: bool = True) -> Verdict:
        """Whether a request at `now` (seconds) fits the estimate; it is counted if so and if `take`."""
        width = rule.window
        number = math.floor(now / width)
        counted = previous = 0
        if self.width == width:
            if number <= self.number:
                number, counted, previous = self.number, self.counted, self.previous
            elif number == self.number + 1:
                previous = self.counted
        into = max(0.0, now / width - number)
        estimate = previous * (1.0 - into) + counted
        edge = (number + 1) * width - now
        if estimate + 1.0 > rule.limit:  # branch: estimate-too-high
            wait = self._wait(previous, counted, rule, start=number * width, now=now)
            return Verdict(False, 0, wait + 2 * SLACK, edge + (width if counted else 0.0), estimate)
        counted += 1  # branch: estimate-fits
        if take:
            self.number, self.width, self.counted, self.previous = number, width, counted, previous
        left = max(0, math.floor(rule.limit - estimate - 1.0))
        return Verdict(True, left, 0.0, edge + width, estimate + 1.0)

    @staticmethod
    def _wait(previous: int, counted: int, rule: Rule, *, start: float, now: float) -> float:
        """Seconds until the estimate leaves room for one, in this window or in the next."""
        if counted + 1 > rule.limit:
            previous, counted, start = counted, 0, start + rule.window
        share = (rule.limit - 1 - counted) / previous if previous else 1.0
        return max(0.0, start + (1.0 - min(1.0, share)) * rule.window - now)
