"""What may be said, and how often one author may say something."""

from __future__ import annotations

from collections.abc import Callable

from designs.live_comments.config import Config
from sdlab.blocks.lru import LruCache
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.lab import Invalid, TooMany

MAX_TEXT = 500
MAX_AUTHORS = 5_000


def acceptable(text: str) -> str:
    """The text without superfluous space; `Invalid` for nothing, too much, or what cannot be printed."""
    said = " ".join(text.split())
    if not said:
        raise Invalid("a comment has at least one character", field="comment")
    if len(text) > MAX_TEXT:
        raise Invalid(f"a comment has at most {MAX_TEXT} characters, not {len(text)}", field="comment")
    if not said.isprintable():
        raise Invalid("a comment has printable characters only", field="comment")
    return said


class Authors:
    """A token bucket for each of the last `MAX_AUTHORS` authors."""

    def __init__(self, config: Callable[[], Config], decide: Callable[[str], None]) -> None:
        self.refused = 0
        self._config, self._decide = config, decide
        self._buckets: LruCache[str, TokenBucket] = LruCache(MAX_AUTHORS)

    def allow(self, author: str, *, now: float) -> None:
        """Count one comment of theirs; `TooMany` when they have used their share."""
        bucket = self._buckets.get(author, now=now)
        if bucket is None:
            bucket = TokenBucket()
            self._buckets.put(author, bucket, now=now)
        config = self._config()
        verdict = bucket.check(now, config.rule)
        if not verdict.allowed:
            self.refused += 1
            self._decide(f"{author} has used {config.author_limit} comments in 10 s")
            raise TooMany(
                f"{author} may comment {config.author_limit} times in 10 s", retry_after=verdict.retry_after
            )
