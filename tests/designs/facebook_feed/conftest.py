"""Feeds over real stores, in rooms of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.engine import Feed
from designs.facebook_feed.engine.entries import Position
from designs.facebook_feed.engine.graph import room_edges
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.engine.post_store import Post
from sdlab.lab import Clock, as_user
from tests.conftest import AtWork

OpenFeed = Callable[..., Awaitable[Feed]]
UNHURRIED = {"worker_rate": 100_000}

T = TypeVar("T")


@pytest.fixture
def make_feed(at_work: AtWork, usual_clock: Clock) -> OpenFeed:
    """`await make_feed(fanout="queue", ...)`: an engine at work."""
    opener: OpenFeed = at_work("facebook-feed", Feed, Config, clock=lambda: usual_clock)
    return opener


async def by(number: int, work: Awaitable[T]) -> T:
    """What `work` gives when that member does it."""
    return await as_user(member(number).handle, work)


def verdicts(feed: Feed) -> dict[str, int]:
    """Violations by claim."""
    return {name: one.violations for name, one in feed.monitors.items() if one.violations}


def fans(number: int) -> list[int]:
    """Who follows a member before anybody changes anything."""
    return room_edges().followers(number)


async def all_pages(feed: Feed, reader: int, *, size: int, most: int = 100) -> list[Post]:
    """What a reader is shown who scrolls to the end."""
    shown: list[Post] = []
    after: Position | None = None
    for _ in range(most):
        page = await by(reader, feed.timeline(after=after, size=size))
        shown += page.posts
        if page.next is None:
            return shown
        after = page.next
    return shown
