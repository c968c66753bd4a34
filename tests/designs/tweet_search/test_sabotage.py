"""Each claim fails when tweet search is made to do what it says it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from designs.tweet_search.engine.engine import TweetSearch
from designs.tweet_search.engine.found import IndexEntry, Matches, Wanted
from designs.tweet_search.engine.likes import Likes
from designs.tweet_search.engine.page_cache import PageCache, SharedList
from designs.tweet_search.engine.search_engine import SearchEngine
from tests.sabotage import Sabotage, sabotage_test


def forgets_new_ones(patch: pytest.MonkeyPatch, engine: TweetSearch) -> None:
    """The index loses what it is told of new tweets."""
    put = SearchEngine.put
    size = engine.tweets.archive.size

    def old_only(self: SearchEngine, entries: list[IndexEntry]) -> None:
        put(self, [one for one in entries if one.id <= size])

    patch.setattr(SearchEngine, "put", old_only)


def ranks_upside_down(patch: pytest.MonkeyPatch, engine: TweetSearch) -> None:
    """Whoever ranks again believes that few likes are many."""
    exact = Likes.exact_or_none

    async def other(self: Likes, ids: Any) -> dict[int, int] | None:
        found = await exact(self, ids)
        return found and {id: -likes for id, likes in found.items()}

    patch.setattr(Likes, "exact_or_none", other)


def loses_a_page_entry(patch: pytest.MonkeyPatch, engine: TweetSearch) -> None:
    """Every list that is kept has a gap below the first page."""
    shared = PageCache.shared

    async def without(self: PageCache, name: str, below: int, count: int) -> SharedList | None:
        found = await shared(self, name, below, count)
        if found is None or not below or len(found.ids) < 3:
            return found
        return replace(found, ids=(found.ids[0], *found.ids[2:]))

    patch.setattr(PageCache, "shared", without)


def hides_the_newest(patch: pytest.MonkeyPatch, engine: TweetSearch) -> None:
    """The engine leaves out the first of what it finds, and says nothing."""
    find = SearchEngine.find

    async def lacking(self: SearchEngine, wanted: Wanted) -> Matches:
        found = await find(self, replace(wanted, limit=wanted.limit + 1))
        return replace(found, ids=found.ids[1:], likes=found.likes[1:]) if len(found.ids) > 4 else found

    patch.setattr(SearchEngine, "find", lacking)


SABOTAGES = {
    "found": Sabotage(breaks=forgets_new_ones, workload="mixed", config={"promise_s": 5}, seconds=7),
    "first_page": Sabotage(breaks=ranks_upside_down, workload="likes"),
    "pages": Sabotage(breaks=loses_a_page_entry, workload="readers", rate=20),
    "partial": Sabotage(
        breaks=hides_the_newest, workload="searches", config={"pages": "again", "hot": "off"}
    ),
}

test_every_claim_can_fail = sabotage_test("tweet-search", SABOTAGES)
