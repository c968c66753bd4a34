"""Feeds: who is in them, how they are kept ready, and for how long."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from designs.tinder.engine.engine import WARM_EVERY
from designs.tinder.engine.people import bits_of
from designs.tinder.engine.ranking import fits, viewer_of
from designs.tinder.engine.regions import REGIONS
from sdlab.lab import ManualClock
from tests.designs.tinder.conftest import MakeTinder, put_profile, refill, swipe

SOURCES = pytest.mark.parametrize("feed", ["query", "cached", "precomputed"])


async def test_the_two_phones_come_early_in_each_others_feed_by_their_points(tinder: MakeTinder) -> None:
    engine = await tinder()
    for me, other in (("visitor", "sam"), ("sam", "visitor")):
        sent = await refill(engine, me)
        place = sent.numbers.index(engine.people.number(other))
        assert place < 5
        points = [card.score for card in engine.cards(sent)]
        assert points == sorted(points, reverse=True)


async def test_who_likes_me_ranks_higher(tinder: MakeTinder) -> None:
    engine = await tinder()
    sent = await refill(engine, "visitor")
    last = engine.people.id(sent.numbers[-1])
    await swipe(engine, last, "visitor", like=True)
    await put_profile(engine, "visitor", {"km": 10.0})
    again = await refill(engine, "visitor")
    assert again.numbers.index(sent.numbers[-1]) < len(sent.numbers) - 1
    assert engine.cards(again)[again.numbers.index(sent.numbers[-1])].points[4] == 10.0


@SOURCES
async def test_cards_pass_the_filters_and_are_not_in_hand(tinder: MakeTinder, feed: str) -> None:
    engine = await tinder(feed=feed)
    await put_profile(engine, "visitor", {"age_min": 25, "age_max": 33, "km": 6.0, "wanted": "jazz"})
    first = await refill(engine, "visitor")
    held = [engine.people.id(one) for one in first.numbers]
    second = await refill(engine, "visitor", held=held)
    assert not set(first.numbers) & set(second.numbers)
    everyone = np.array(first.numbers + second.numbers)
    assert len(everyone) > 20
    assert fits(engine.people.columns, everyone, viewer_of(engine.people.profile(0))).all()
    bits = engine.people.columns.of["interests"][everyone]
    assert (bits & bits_of(("jazz",)) > 0).all()


async def test_a_prepared_feed_is_filled_again_before_it_runs_dry(tinder: MakeTinder) -> None:
    engine = await tinder()
    sources = []
    for _ in range(12):
        sent = await refill(engine, "visitor")
        sources.append(len(sent.numbers))
        for number in sent.numbers:
            await swipe(engine, "visitor", engine.people.id(number), like=False, by_hand=False)
        for _ in range(200):
            if 0 not in engine.refiller:
                break
            await asyncio.sleep(0)
            await engine.swipes.counted(0)
    assert sources == [20] * 12
    assert engine.refiller.built >= 3


async def test_a_feed_is_served_until_its_time_is_over(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(clock=clock, ttl_s=30, feed="cached")
    await refill(engine, "visitor")
    await refill(engine, "visitor")
    assert engine.nodes["users"].calls == 1
    await clock.advance(31)
    await refill(engine, "visitor")
    assert engine.nodes["users"].calls > 1


async def test_the_countryside_is_searched_once_and_marked_complete(tinder: MakeTinder) -> None:
    engine = await tinder()
    lat, lng = REGIONS["country"].at
    await put_profile(engine, "visitor", {"lat": lat, "lng": lng, "km": 4.0})
    few = await refill(engine, "visitor")
    assert 0 < len(few.numbers) < 20
    assert few.complete
    calls = engine.nodes["index"].calls
    assert (await refill(engine, "visitor")).numbers == few.numbers
    assert engine.nodes["index"].calls == calls


async def test_without_cache_index_and_filters_there_are_still_cards(tinder: MakeTinder) -> None:
    engine = await tinder(bloom_from=0)
    usual = (await refill(engine, "visitor")).numbers
    for node in ("feeds", "index", "bloom"):
        await engine.set_fault(node, "down")
    sent = await refill(engine, "visitor")
    assert (sent.source, sent.numbers) == ("database", usual)


async def test_feeds_that_are_held_are_bounded_and_expire(
    tinder: MakeTinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designs.tinder.engine.feed_cache.MOST_FEEDS", 5)
    clock = ManualClock()
    engine = await tinder(clock=clock, ttl_s=10)
    for number in range(1, 12):
        await refill(engine, f"p{number}", by_hand=False)
    assert len(engine.cache.known) == 5
    holding = {number for some in engine.cache.holders.values() for number in some}
    assert holding <= set(engine.cache.known)
    engine.cache.expire(clock.time() + 16)
    assert (engine.cache.known, dict(engine.cache.holders)) == ({}, {})


async def test_the_feed_of_somebody_online_is_made_again_before_it_is_over(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(clock=clock, ttl_s=10)
    await refill(engine, "visitor")
    first = engine.cache.known[0].built
    for _ in range(12):
        await clock.advance(1.0)
        for _ in range(5):
            await engine.swipes.counted(0)
    assert engine.refiller.built >= 1
    assert engine.cache.known[0].built > first
    assert engine.cache.known[0].until > clock.time()


async def test_a_feed_that_was_being_made_while_the_people_became_fewer_is_not_kept(
    tinder: MakeTinder,
) -> None:
    clock = ManualClock()
    engine = await tinder(clock=clock, people=2000)
    somebody = viewer_of(engine.people.profile(1500))
    named = viewer_of(engine.people.profile(0))
    late = [(one, await engine.builder.from_index(one, 20)) for one in (somebody, named)]
    late.append((named, replace(late[1][1], numbers=(*late[1][1].numbers, 1999))))
    await engine.configure(replace(engine.config, people=200))
    for viewer, prepared in late:
        await engine.builder.keep(viewer, prepared)
    assert 1500 not in engine.cache.known
    assert all(number < 200 for one in engine.cache.known.values() for number in one.numbers)
    await clock.advance(WARM_EVERY)
    assert [event.text for event in engine.feed.newest(200) if event.kind == "crash"] == []


async def test_feeds_are_warmed_whoever_has_left_meanwhile(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(clock=clock, people=2000)
    await refill(engine, engine.people.id(1500))
    kept = engine.cache.known[1500]
    await engine.configure(replace(engine.config, people=200))
    engine.cache.known[1500] = kept  # a feed that was being read while the people became fewer
    await clock.advance(WARM_EVERY)
    assert [event.text for event in engine.feed.newest(200) if event.kind == "crash"] == []
