"""Leaky bucket as a queue: requests wait in it and leave at a steady rate, one after the other.

Turner, "New directions in communications" (1986); the same as nginx's `limit_req` with a burst.
"""

from __future__ import annotations

import math

from sdlab.blocks.rate_rule import SLACK, Rule, Verdict


class LeakyBucket:
    """Requests leave at least one gap (`window / limit`) apart; at most `burst` of them wait.

    So at most `limit` leave in any window, however they came. The price is `delay`: how long a
    request that is let in waits before it leaves. One number of state: when the last one leaves.

    >>> bucket, rule = LeakyBucket(), Rule(limit=1, window=1, burst=2)
    >>> [bucket.check(t, rule).delay for t in (10.0, 10.0, 10.0)]
    [0.0, 1.0, 2.0]
    >>> bucket.check(10.0, rule).allowed
    False
    """

    __slots__ = ("leaves",)

    def __init__(self) -> None:
        self.leaves = -1.0

    def check(self, now: float, rule: Rule, *, take: bool = True) -> Verdict:
        """Whether a request at `now` (seconds) finds room; it takes its place if so and if `take`."""
        gap = rule.gap
        free = self.leaves + gap if self.leaves >= 0.0 else now
        delay = max(0.0, free - now)
        waiting = max(0, math.ceil((delay - SLACK) / gap))
        if waiting > rule.burst:  # branch: queue-full
            wait = delay - rule.burst * gap
            return Verdict(False, 0, wait + SLACK, delay, float(waiting))
        if take:
            self.leaves = now + delay  # branch: queue-has-room
        return Verdict(True, rule.burst - waiting, 0.0, delay + gap, float(waiting), delay)
