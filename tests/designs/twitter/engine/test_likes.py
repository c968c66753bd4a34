"""Likes: once per person, exact in Valkey, written at thresholds, back after a loss."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from designs.twitter.engine import rank_checker
from designs.twitter.engine.search import LIKES
from designs.twitter.inside.snapshot import build_snapshot, build_tallies
from sdlab.lab import as_user
from tests.designs.twitter.conftest import Opener


@pytest.mark.parametrize(
    ("counting", "writes"), [("powers", 8), ("every", 200), ("hundred", 2), ("thousand", 0)]
)
async def test_two_hundred_likes_cost_as_many_writes_as_the_rule_says(
    opener: Opener, counting: str, writes: int
) -> None:
    engine = await opener(counting=counting)
    tweet = await as_user("ada", engine.post("Like me"))
    await engine.like_wave(tweet.id, [f"fan{n}" for n in range(200)])
    await engine.checker.check()
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    assert (shown.counts.exact, shown.counts.people, shown.writes.hot_writes) == (200, 200, writes)
    assert {one.id: one.value for one in build_tallies(engine)}["hot_writes"] == writes
    assert engine.monitors["behind"].checked > 0
    assert [one.violations for one in engine.monitors.values()] == [0] * 5


@pytest.mark.parametrize(("once", "likes"), [("set", 1), ("counter", 3)])
async def test_a_second_press(opener: Opener, once: str, likes: int) -> None:
    engine = await opener(once=once)
    tweet = await as_user("ada", engine.post("Press me"))
    for _ in range(3):
        counted = await as_user("bob", engine.like(tweet.id))
    await engine.checker.check()
    assert counted.count == likes
    assert (engine.monitors["once"].violations > 0) == (once == "counter")


async def test_switching_the_set_on_again_counts_people(opener: Opener) -> None:
    engine = await opener(once="counter")
    tweet = await as_user("ada", engine.post("Press me"))
    for _ in range(3):
        await as_user("bob", engine.like(tweet.id))
    from designs.twitter.config import Config

    await engine.configure(Config())
    assert (await as_user("bob", engine.like(tweet.id))).count == 1


async def test_a_lost_counter_loses_no_like(opener: Opener) -> None:
    engine = await opener()
    tweet = await as_user("ada", engine.post("Like me"))
    await engine.like_wave(tweet.id, [f"fan{n}" for n in range(30)])
    await engine.set_fault("counter", "lose")
    await asyncio.gather(*(as_user(f"fan{n}", engine.like(tweet.id)) for n in range(25, 40)))
    assert await engine.likes.counter.counts([str(tweet.id)]) == {str(tweet.id): 40}
    await engine.checker.check()
    assert engine.monitors["survive"].checked > 0
    assert [one.violations for one in engine.monitors.values()] == [0] * 5


async def test_a_like_is_taken_back(opener: Opener) -> None:
    engine = await opener()
    tweet = await as_user("ada", engine.post("Like me"))
    for fan in ("bob", "cem"):
        await as_user(fan, engine.like(tweet.id))
    assert (await as_user("bob", engine.unlike(tweet.id))).count == 1
    assert not (await as_user("bob", engine.unlike(tweet.id))).changed
    await engine.feed_of_index.turn()
    assert engine.index.likes[tweet.id] == 1


async def test_one_who_likes_no_more_leaves_the_tweet_where_it_was(opener: Opener) -> None:
    engine = await opener()
    tweet = await as_user("ada", engine.post("Like me"))
    await engine.like_wave(tweet.id, [f"fan{n}" for n in range(300)])
    await as_user("fan3", engine.unlike(tweet.id))
    await engine.checker.check()
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    assert (shown.counts.exact, shown.counts.people, shown.writes.hot_likes) == (299, 299, 299)
    assert engine.monitors["survive"].checked > 0
    assert [one.violations for one in engine.monitors.values()] == [0] * 5


async def test_what_is_liked_by_hand_stands_first_however_many_are_liked_more(opener: Opener) -> None:
    engine = await opener()
    tweet = await as_user("ada", engine.post("Liked by one"))
    await as_user("visitor", engine.like(tweet.id))
    await as_user("reader1", engine.like((await engine.timeline()).cards[1].tweet.id), by_hand=False)
    await engine.feed_of_index.turn()
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine).counts
    assert (shown.stages[0].text, shown.stages[0].exact) == ("Liked by one", 1)
    assert shown.text.startswith("The rocket launch")
    assert (shown.exact, shown.flushed, shown.next) == (123, 64, 128)


async def test_searches_at_once_are_judged_each_by_its_own(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rank_checker, "AT_MOST_EVERY", 0.0)
    engine = await opener(archive=0)
    for n in range(12):
        for word in ("quagga", "zebra"):
            tweet = await as_user("ada", engine.post(f"{word} {n}"))
            await engine.like_wave(tweet.id, [f"fan{one}" for one in range(n + 1)])
    await engine.feed_of_index.turn()
    await asyncio.gather(*(engine.search(("quagga", "zebra")[n % 2], sort=LIKES) for n in range(20)))
    assert (engine.ranks.judged, engine.ranks.misplaced, engine.ranks.missing) == (20, 0, 0)


async def test_a_trace_says_what_the_sets_and_the_database_said(opener: Opener) -> None:
    engine = await opener()
    tweet = await as_user("ada", engine.post("Like me"))

    async def said(by: str, verb: Callable[[int], Awaitable[object]]) -> list[str]:
        await as_user(by, verb(tweet.id))
        trace = engine.traces.get(engine.feed.newest(1)[0].trace)
        assert trace is not None
        return [one.text for one in trace.decisions[-2:]]

    assert await said("bob", engine.like) == [
        "SADD says: new, so it counts",
        "the database is told 1: a power of two",
    ]
    assert await said("bob", engine.like) == [
        "SADD says: liked before, so nothing changes",
        "the database keeps 1 until 2",
    ]
    assert (await said("cem", engine.like))[1] == "the database is told 2: a power of two"
    assert (await said("eva", engine.like))[1] == "the database keeps 2 until 4"
    assert await said("eva", engine.unlike) == [
        "SREM says: it was there, so the count goes down",
        "the database keeps 2 until 4",
    ]
    assert await said("eva", engine.unlike) == ["SREM says: it was not there", "the database keeps 2 until 4"]
    assert (await said("cem", engine.unlike))[1] == "the database is told 1: the count fell below what it had"
