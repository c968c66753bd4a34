"""What a reader gets at once: a page of a timeline."""

from __future__ import annotations

from dataclasses import dataclass

from designs.facebook_feed.engine.entries import Position
from designs.facebook_feed.engine.page_cache import CachedPages
from designs.facebook_feed.engine.post_store import Post

PAGE = 20
MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Posts, newest first. `next` is where the page behind it begins, None at the end.

    `precomputed` posts came from the reader's feed (`ahead` has the ids of all such), `merged` ones
    from authors' lists; `held` entries were in the feed. `cached_s` is the age of the pages it came
    from, -1 when it was put together now. `made_at`, `asked_at` and `given_at` are the monotonic clock.
    """

    posts: tuple[Post, ...]
    next: Position | None
    precomputed: int = 0
    merged: int = 0
    lists_read: int = 0
    cached_s: float = -1.0
    made_at: float = 0.0
    asked_at: float = 0.0
    given_at: float = 0.0
    ahead: frozenset[int] = frozenset()
    held: int = 0
    cached: CachedPages | None = None
