"""Sliding-window log: the time of every request that passed, for as long as the window reaches back."""

from __future__ import annotations

from collections import deque

from sdlab.blocks.rate_rule import SLACK, Rule, Verdict


class SlidingLog:
    """At most `limit` requests in any window of `window` seconds, exactly: `(t - window, t]`.

    State grows with the limit: one time per request in the window. Time that runs backwards
    counts as standing still.

    >>> log, rule = SlidingLog(), Rule(limit=2, window=10, burst=1)
    >>> [log.check(t, rule).allowed for t in (9.75, 9.875, 10.0, 19.75, 19.8, 19.875)]
    [True, True, False, True, False, True]
    """

    __slots__ = ("times",)

    def __init__(self) -> None:
        self.times: deque[float] = deque()

    def check(self, now: float, rule: Rule, *, take: bool = True) -> Verdict:
        """Whether a request at `now` (seconds) fits every window that holds it; it is noted if so and if `take`."""
        times = self.times
        if times and now < times[-1]:
            now = times[-1]
        after = now - rule.window
        while times and times[0] <= after:
            times.popleft()
        counted = len(times)
        if counted + 1 > rule.limit:  # branch: log-full
            wait = times[counted - rule.limit] + rule.window - now
            return Verdict(False, 0, wait + SLACK, times[-1] + rule.window - now, float(counted))
        if take:
            times.append(now)  # branch: log-has-room
        return Verdict(True, rule.limit - counted - 1, 0.0, rule.window, float(counted + 1))
