"""What may be said, and how often one author may say something."""

from __future__ import annotations

from designs.live_comments.config import Config
from sdlab.blocks.lru import LruCache
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.lab import EngineContext, TooMany
from sdlab.lab.text import TextRule

COMMENT = TextRule("comment", 500, lines=True)
WINDOW = 10.0
MAX_AUTHORS = 5_000


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
        verdict = bucket.check(now, Rule(limit, WINDOW, limit))
        if not verdict.allowed:
            self.refused += 1
            self.context.decide(f"{author} has used {limit} comments in {WINDOW:.0f} s")
            raise TooMany(
                f"{author} may comment {limit} times in {WINDOW:.0f} s", retry_after=verdict.retry_after
            )
