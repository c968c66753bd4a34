"""Tweet search at work over real stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.tweet_search.config import Config
from designs.tweet_search.engine.engine import TweetSearch
from designs.tweet_search.engine.searching import SearchResult
from designs.tweet_search.inside.snapshot import build_snapshot
from designs.tweet_search.inside.views import Snapshot
from sdlab.lab import ManualClock
from tests.conftest import AtWork

MakeSearch = Callable[..., Awaitable[TweetSearch]]


@pytest.fixture
def search(at_work: AtWork) -> MakeSearch:
    """`await search(clock=..., quota=..., room=..., **config)`; naming a room twice re-opens it.

    Without a clock of its own an engine stands still in time: nothing is committed beside the test.
    """
    return at_work("tweet-search", TweetSearch, Config, clock=ManualClock)


async def picture(engine: TweetSearch) -> Snapshot:
    """What a viewer sees now: the stores were just looked at."""
    await engine.refresh_looks(now=True)
    return build_snapshot(engine)


async def commit(engine: TweetSearch) -> None:
    """What was posted and liked is in the index."""
    engine.indexer.due()
    await engine.indexer.round()


def ids(found: SearchResult) -> list[int]:
    """The tweets of a page."""
    return [one.tweet.id for one in found.items]


def violations(engine: TweetSearch) -> dict[str, int]:
    """Broken claims."""
    return {one.claim.id: one.violations for one in engine.monitors.values() if one.violations}
