"""What may be said, and how often one author may say something."""

from __future__ import annotations

import inspect
import math
from pathlib import Path

from designs.live_comments.config import Config
from sdlab.blocks.lru import LruCache
from sdlab.blocks.rate_rule import SLACK, Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.lab import EngineContext, TooMany
from sdlab.lab.text import TextRule

COMMENT = TextRule("comment", 500, lines=True)
WINDOW = 10.0
MAX_AUTHORS = 5_000
BUCKET = Path(inspect.getfile(TokenBucket))


class AuthorLimits:
    """A token bucket for each of the last `MAX_AUTHORS` authors."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self.context = context
        self.refused = 0
        self._buckets: LruCache[str, TokenBucket] = LruCache(MAX_AUTHORS)

    def allow(self, author: str) -> None:
        """Count one comment of theirs; `TooMany` when they have used their share."""
        now, limit = self.context.clock.monotonic(), self.context.config.author_limit
        bucket = self._buckets.get(author, now=now)
        if bucket is None:
            bucket = TokenBucket()
            self._buckets.put(author, bucket, now=now)
        rule = Rule(limit, WINDOW, limit)
        verdict = bucket.check(now, rule)
        if verdict.allowed:
            text = f"{author} has {verdict.remaining} more at once"
            self.context.decide(text, script=BUCKET, branch="took-token")
            return
        self.refused += 1
        often = "once" if limit == 1 else f"{limit} times at once, then once"
        allowance = f"{author} may comment {often} in {rule.gap:g} s"
        self.context.decide(f"used up: {allowance}", script=BUCKET, branch="no-token")
        raise TooMany(
            f"{allowance}; the next in {wait_of(verdict.retry_after)}", retry_after=verdict.retry_after
        )


def wait_of(seconds: float) -> str:
    """A wait in tenths of a second, rounded up.

    >>> wait_of(0.61), wait_of(2.000001)
    ('0.7 s', '2.0 s')
    """
    return f"{math.ceil((seconds - 5 * SLACK) * 10) / 10:.1f} s"
