"""Feeds over real stores, in rooms of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine import Feed
from designs.facebook_feed.graph import room_ties
from designs.facebook_feed.places import encode_cursor
from designs.facebook_feed.postrows import Post
from tests.conftest import AtWork

OpenFeed = Callable[..., Awaitable[Feed]]
UNHURRIED = {"worker_rate": 100_000}


@pytest.fixture
def make_feed(at_work: AtWork) -> OpenFeed:
    """`await make_feed(fanout="queue", ...)`: an engine at work."""
    opener: OpenFeed = at_work("facebook-feed", Feed, Config)
    return opener


def verdicts(feed: Feed) -> dict[str, int]:
    """Violations by claim."""
    return {name: one.violations for name, one in feed.monitors.items() if one.violations}


def fans(number: int) -> list[int]:
    """Who follows a member before anybody changes anything."""
    return room_ties().followers(number)


async def all_pages(feed: Feed, reader: int, *, size: int, most: int = 100) -> list[Post]:
    """What a reader is shown who scrolls to the end."""
    shown: list[Post] = []
    cursor: str | None = None
    for _ in range(most):
        page = await feed.timeline(reader, cursor=cursor, size=size)
        shown += page.posts
        if page.next is None:
            return shown
        cursor = encode_cursor(page.next)
    return shown
