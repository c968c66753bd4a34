"""Generic cell rate algorithm: one time per client, when its next request is due.

ITU-T I.371, virtual scheduling; see also https://brandur.org/rate-limiting.
"""

from __future__ import annotations

from sdlab.blocks.rate_rule import SLACK, Rule, Verdict


class Gcra:
    """Decides as a token bucket of the same rule does, from a single number: the time when the next is due.

    Each request moves that time on by one gap (`window / limit`). It may lie up to `burst - 1`
    gaps ahead of now. At most `burst + rate * t` requests pass in any interval of `t` seconds.

    >>> gcra, rule = Gcra(), Rule(limit=1, window=1, burst=2)
    >>> [gcra.check(t, rule).allowed for t in (10.0, 10.1, 10.2, 11.0)]
    [True, True, False, True]
    """

    __slots__ = ("due",)

    def __init__(self) -> None:
        self.due = 0.0

    def check(self, now: float, rule: Rule, *, take: bool = True) -> Verdict:
        """Whether a request at `now` (seconds) is not too early; it moves the due time if so and if `take`."""
        gap = rule.gap
        ahead = self.due - now
        ahead = max(0.0, min(ahead, rule.burst * gap))
        room = (rule.burst - 1) * gap - ahead
        if room < -SLACK:  # branch: too-early
            return Verdict(False, 0, SLACK - room, ahead, ahead)
        ahead += gap  # branch: early-enough
        if take:
            self.due = now + ahead
        return Verdict(True, int(max(0.0, room + SLACK) / gap), 0.0, ahead, ahead)
