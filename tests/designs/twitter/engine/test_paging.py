"""Pages while tweets arrive: what is shown twice, what is asked of the database, what is kept."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from designs.twitter.engine.pages import FIRST, Position
from designs.twitter.engine.search import LIKES, TIME
from designs.twitter.workloads import scrollers
from sdlab.lab import as_user
from tests.designs.twitter.conftest import Opener


@pytest.mark.parametrize(
    ("paging", "reads", "repeated"), [("offset", 4, 9), ("cached", 1, 0), ("cursor", 4, 0)]
)
async def test_three_arrive_between_each_two_pages(
    opener: Opener, paging: str, reads: int, repeated: int
) -> None:
    engine = await opener(paging=paging)
    for n in range(20):
        await as_user("ada", engine.post(f"number {n}"))
    shown: list[int] = []
    at = FIRST
    for _ in range(4):
        page = await as_user("visitor", engine.timeline(at=at, size=5))
        shown += [card.tweet.id for card in page.cards]
        assert page.next is not None
        at = page.next
        for n in range(3):
            await as_user("ada", engine.post(f"later {n}"))
    assert (engine.pages.reads, len(shown) - len(set(shown))) == (reads, repeated)
    assert (len(engine.pages.kept()) > 0) == (paging == "cached")


@pytest.mark.parametrize("term", ["", "number"])
async def test_scrolling_is_judged(opener: Opener, term: str) -> None:
    engine = await opener()
    for n in range(30):
        await as_user("ada", engine.post(f"number {n}"))
    await engine.feed_of_index.turn()
    assert await as_user("visitor", engine.scroll(term)) == (30 if term else 40)
    assert (engine.page_checker.scrolls, engine.page_checker.repeats, engine.page_checker.gaps) == (1, 0, 0)
    assert engine.monitors["pages"].checked == 1


@pytest.mark.parametrize(("paging", "whole"), [("cursor", True), ("offset", False)])
async def test_pages_by_likes_while_likes_go_on(opener: Opener, paging: str, whole: bool) -> None:
    engine = await opener(paging=paging, read_ms=0, archive=0)
    ids = [(await as_user("ada", engine.post(f"quagga {n}"))).id for n in range(24)]
    await engine.feed_of_index.turn()
    shown: list[int] = []
    at: Position | None = FIRST
    while at is not None:
        page = await as_user("bob", engine.search("quagga", sort=LIKES, at=at, size=5))
        shown += [card.tweet.id for card in page.cards]
        at = page.next
        await engine.like_wave(ids[len(shown) % 7], [f"fan{n}" for n in range(len(shown) + 1)])
        await engine.feed_of_index.turn()
    assert (sorted(shown) == ids) == whole
    assert await as_user("bob", engine.scroll("quagga", sort=LIKES)) == 24
    assert engine.monitors["pages"].checked == 1


def test_people_scroll_the_timeline_and_both_searches() -> None:
    scrolls = [one.args for one in islice(scrollers(Random(1)), 200) if one.verb == "scroll"]
    assert {(bool(one["term"]), one["sort"]) for one in scrolls} == {
        (False, TIME),
        (True, TIME),
        (True, LIKES),
    }
