"""Token bucket: tokens drip in at a steady rate, a request takes one, saved tokens allow a burst.

Described in ITU-T I.371 and used by https://stripe.com/blog/rate-limiters.
"""

from __future__ import annotations

from sdlab.blocks.rate_rule import SLACK, Rule, Verdict

made = tuple.__new__  # a named tuple without the detour through its own constructor: half the time


class TokenBucket:
    """Lets through at most `burst + rate * t` requests in any interval of `t` seconds.

    Two numbers of state. A new bucket is full. Time that runs backwards counts as standing still.

    >>> bucket, rule = TokenBucket(), Rule(limit=1, window=1, burst=2)
    >>> [bucket.check(t, rule).allowed for t in (10.0, 10.1, 10.2, 11.0)]
    [True, True, False, True]
    """

    __slots__ = ("at", "tokens")

    def __init__(self) -> None:
        self.tokens = -1.0  # not yet filled: the first check knows how large the bucket is
        self.at = 0.0

    def check(self, now: float, rule: Rule, *, take: bool = True) -> Verdict:
        """Whether a request at `now` (seconds) passes; it takes its token if so and if `take`."""
        burst, gap, tokens, at = rule.burst, rule.gap, self.tokens, self.at
        if now < at:  # noqa: PLR1730 - max() would cost a third of this function
            now = at
        if tokens >= 0.0:
            tokens += (now - at) / gap
        if tokens < 0.0 or tokens > burst:
            tokens = float(burst)
        if tokens < 1.0:  # branch: no-token
            return made(
                Verdict, (False, 0, (1.0 - tokens) * gap + SLACK, (burst - tokens) * gap, tokens, 0.0)
            )
        tokens -= 1.0  # branch: took-token
        if take:
            self.tokens, self.at = tokens, now
        return made(Verdict, (True, int(tokens), 0.0, (burst - tokens) * gap, tokens, 0.0))
