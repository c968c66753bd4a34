"""Feeds over real stores, in rooms of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine import Feed
from tests.conftest import AtWork

OpenFeed = Callable[..., Awaitable[Feed]]


@pytest.fixture
def make_feed(at_work: AtWork) -> OpenFeed:
    """`await make_feed(fanout="queue", ...)`: an engine at work."""
    opener: OpenFeed = at_work("facebook-feed", Feed, Config)
    return opener
