"""Feeds: who is in them, how they are kept ready, what goes stale, and who is not shown again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from designs.tinder.blooms import filter_of
from designs.tinder.engine import WARM_EVERY, Tinder
from designs.tinder.index import LocationIndex
from designs.tinder.people import People, bits_of
from designs.tinder.profiles import Profiles
from designs.tinder.ranking import fits, parts, viewer_of
from designs.tinder.swipes import home
from designs.tinder.world import PLACES
from sdlab.lab import Invalid, ManualClock, NotFound, Operation, TooMany
from tests.conftest import MakeRoom
from tests.designs.tinder.conftest import MakeTinder

WAYS = pytest.mark.parametrize("feed", ["query", "cached", "precomputed"])


def restless(number: int) -> list[Operation]:
    """Swipe, move a little, swipe on: one person."""
    moods = [0.9] * 4
    move = {"where": "city", "pick": number, "km": 4.0 + number % 3, "shift": [0.1, 0.1], "moods": moods}
    return [
        Operation("session", {"where": "city", "pick": number, "moods": moods}),
        Operation("move", move),
    ]


async def test_index_and_database_agree_to_the_last_place(make_room: MakeRoom) -> None:
    room = await make_room("tinder")
    people = People(3, 4000, 1000.0)
    profiles = Profiles(room, people)
    await profiles.open()
    you = people.profile(0)
    for wish in (you, replace(you, km=3.0, age_min=25, age_max=31), replace(you, wanted="jazz", km=25.0)):
        viewer = viewer_of(wish)
        likers = [70, 500, 900]
        rows = await profiles.query(viewer, likers, now=1000.0, limit=200, offset=0)
        found = LocationIndex(people.columns).search(viewer, now=1000.0, likers=frozenset(likers)).found
        assert [number for number, _ in rows] == found.numbers[:200].tolist()
        assert np.allclose([score for _, score in rows], found.scores[:200])
        everybody = np.arange(people.total)
        assert sorted(found.numbers.tolist()) == everybody[fits(people.columns, everybody, viewer)].tolist()
    profiles.close()


def test_more_people_leave_the_first_ones_as_they_are() -> None:
    few, many = People(1, 300, 0.0), People(1, 2000, 0.0)
    assert few.profile(200) == many.profile(200)
    assert few.profile(200) != People(2, 300, 0.0).profile(200)


async def test_the_two_phones_come_early_in_each_others_feed_by_their_points(tinder: MakeTinder) -> None:
    engine = await tinder()
    for me, other in (("visitor", "sam"), ("sam", "visitor")):
        handed = await engine.feed_for(me)
        place = handed.numbers.index(engine.people.number(other))
        assert place < 5
        points = (await engine.points(handed)).sum(axis=1)
        assert list(points) == sorted(points, reverse=True)


async def test_who_likes_me_ranks_higher(tinder: MakeTinder) -> None:
    engine = await tinder()
    handed = await engine.feed_for("visitor")
    last = engine.people.id(handed.numbers[-1])
    await engine.swipe(last, "visitor", like=True)
    await engine.put_profile("visitor", {"km": 10.0})
    again = await engine.feed_for("visitor")
    assert again.numbers.index(handed.numbers[-1]) < len(handed.numbers) - 1
    assert (await engine.points(again))[again.numbers.index(handed.numbers[-1])][4] == 10.0


@WAYS
async def test_cards_pass_the_filters_and_are_not_in_hand(tinder: MakeTinder, feed: str) -> None:
    engine = await tinder(feed=feed)
    await engine.put_profile("visitor", {"age_min": 25, "age_max": 33, "km": 6.0, "wanted": "jazz"})
    first = await engine.feed_for("visitor")
    held = [engine.people.id(one) for one in first.numbers]
    second = await engine.feed_for("visitor", in_hand=held)
    assert not set(first.numbers) & set(second.numbers)
    everyone = np.array(first.numbers + second.numbers)
    assert len(everyone) > 20
    assert fits(engine.people.columns, everyone, viewer_of(engine.people.profile(0))).all()
    bits = engine.people.columns.of["interests"][everyone]
    assert (bits & bits_of(("jazz",)) > 0).all()


@WAYS
@pytest.mark.parametrize("again", ["bloom"])
async def test_nobody_swiped_is_handed_out_even_at_once(tinder: MakeTinder, feed: str, again: str) -> None:
    engine = await tinder(feed=feed, again=again, replication_ms=5000, bloom_from=10)
    swiped: set[int] = set()
    for _ in range(6):
        handed = await engine.feed_for("visitor")
        assert not swiped & set(handed.numbers)
        for number in handed.numbers[:7]:
            await engine.swipe("visitor", engine.people.id(number), like=False, card=handed.card)
            swiped.add(number)
        await engine.put_profile("visitor", {"km": 10.0})
    assert engine.monitors["not_again"].violations == 0
    assert len(engine.memory.blooms.filters) == 1


async def test_the_database_alone_shows_somebody_again_and_the_client_cache_does_not(
    tinder: MakeTinder,
) -> None:
    for again, broken in (("database", True), ("client", False), ("bloom", False)):
        engine = await tinder(again=again, replication_ms=2000)
        for number in range(12):
            for operation in restless(number):
                await engine.perform(operation)
        assert (engine.counts.shown_again > 0) is broken, again
        assert (engine.monitors["not_again"].violations > 0) is broken
    view = (await tinder(again="database")).monitors["not_again"].view()
    assert view.evidence == ()


async def test_a_prepared_feed_is_filled_again_before_it_runs_dry(tinder: MakeTinder) -> None:
    engine = await tinder()
    sources = []
    for _ in range(12):
        handed = await engine.feed_for("visitor")
        sources.append(len(handed.numbers))
        for number in handed.numbers:
            await engine.swipe("visitor", engine.people.id(number), like=False, by_hand=False)
        for _ in range(200):
            if 0 not in engine.refills:
                break
            await asyncio.sleep(0)
            await engine.swipes.counted(0)
    assert sources == [20] * 12
    assert engine.refills.done >= 3


async def test_a_feed_is_served_until_its_time_is_over(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(clock=clock, ttl_s=30, feed="cached")
    await engine.feed_for("visitor")
    await engine.feed_for("visitor")
    assert engine.nodes["users"].calls == 1
    await clock.advance(31)
    await engine.feed_for("visitor")
    assert engine.nodes["users"].calls > 1


async def test_the_countryside_is_searched_once_and_marked_complete(tinder: MakeTinder) -> None:
    engine = await tinder()
    lat, lng = PLACES["country"].at
    await engine.put_profile("visitor", {"lat": lat, "lng": lng, "km": 4.0})
    few = await engine.feed_for("visitor")
    assert 0 < len(few.numbers) < 20
    assert few.complete
    calls = engine.nodes["index"].calls
    assert (await engine.feed_for("visitor")).numbers == few.numbers
    assert engine.nodes["index"].calls == calls


# Filters and places change


async def test_ones_own_change_drops_the_feed_or_waits_for_the_ttl(tinder: MakeTinder) -> None:
    for change, stale in (("evict", 0), ("ttl", 1)):
        clock = ManualClock()
        engine = await tinder(change=change, clock=clock, ttl_s=30)
        await engine.feed_for("visitor")
        lat, lng = PLACES["town"].at
        await engine.put_profile("visitor", {"lat": lat, "lng": lng})
        await engine.feed_for("visitor")
        assert min(engine.counts.stale_shown, 1) == stale
        assert min(engine.counts.dropped, 1) == 1 - stale
        assert engine.monitors["fits"].violations == 0
        await clock.advance(32)
        before = engine.counts.stale_shown
        await engine.feed_for("visitor")
        assert engine.counts.stale_shown == before


async def applied(engine: Tinder, count: int) -> None:
    """Return once change capture has carried so many changes."""
    for _ in range(2000):
        if engine.capture.applied >= count:
            return
        await engine.profiles.outbox.lag(0.0)
    raise AssertionError(f"{engine.capture.applied} of {count} changes were applied")


async def test_a_change_of_somebody_else_evicts_their_card(tinder: MakeTinder) -> None:
    engine = await tinder()
    handed = await engine.feed_for("visitor")
    other = engine.people.id(handed.numbers[3])
    await engine.put_profile(other, {"age": 70})
    await applied(engine, 1)
    assert handed.numbers[3] not in (await engine.feed_for("visitor")).numbers
    assert engine.counts.evicted == 1
    assert int(engine.kitchen.index.columns.of["age"][handed.numbers[3]]) == 70


async def test_paused_capture_leaves_the_index_stale_and_catches_up(tinder: MakeTinder) -> None:
    engine = await tinder(ttl_s=2)
    await engine.set_fault("capture", "paused")
    handed = await engine.feed_for("visitor")
    other = handed.numbers[0]
    await engine.put_profile(engine.people.id(other), {"age": 70})
    assert other in (await engine.feed_for("visitor")).numbers
    assert engine.counts.stale_shown == 1
    assert engine.capture.waiting == 1
    engine.people.columns.of["changed"][other] -= 60
    await engine.feed_for("visitor")
    assert engine.monitors["fits"].violations == 1
    assert len(engine.monitors["fits"].view().evidence) == 3
    await engine.clear_fault()
    await applied(engine, 1)
    assert other not in (await engine.feed_for("visitor")).numbers


async def test_changed_people_and_their_news_survive(tinder: MakeTinder) -> None:
    engine = await tinder(room="moved")
    await engine.set_fault("capture", "paused")
    await engine.put_profile("p9", {"age": 44})
    await engine.put_profile(
        "ana", {"name": "Ana", "age": 30, "lat": 48.03, "lng": 11.05, "interests": ("jazz",)}
    )
    again = await tinder(room="moved")
    assert again.people.profile(again.people.number("p9")).age == 44
    assert again.people.profile(again.people.number("ana")).name == "Ana"
    assert engine.people.number("ana") in (await again.feed_for("visitor")).numbers or len(
        (await again.feed_for("ana")).numbers
    )


# Parts that fail


async def test_without_cache_index_and_filters_there_are_still_cards(tinder: MakeTinder) -> None:
    engine = await tinder(bloom_from=0)
    usual = (await engine.feed_for("visitor")).numbers
    for node in ("feeds", "index", "bloom"):
        await engine.set_fault(node, "down")
    handed = await engine.feed_for("visitor")
    assert (handed.source, handed.numbers) == ("database", usual)


async def test_lost_filters_are_read_together_again(tinder: MakeTinder) -> None:
    engine = await tinder(bloom_from=10)
    handed = await engine.feed_for("visitor")
    for number in handed.numbers:
        await engine.swipe("visitor", engine.people.id(number), like=False, by_hand=False)
    await engine.feed_for("visitor")
    before = engine.memory.blooms.filters[0]
    await engine.set_fault("bloom", "lose")
    assert engine.memory.blooms.filters == {}
    assert not set(handed.numbers) & set((await engine.feed_for("visitor")).numbers)
    while (again := await engine.memory.blooms.ready(0)) is None:  # noqa: ASYNC110 - it is being made beside
        await asyncio.sleep(0)
    assert again is not before
    assert again.picture(512) == before.picture(512)


async def test_a_small_filter_hides_people_and_they_are_counted(tinder: MakeTinder) -> None:
    engine = await tinder(bloom_bits=256, bloom_from=10, people=1000)
    for _ in range(4):
        handed = await engine.feed_for("visitor")
        for number in handed.numbers:
            await engine.swipe("visitor", engine.people.id(number), like=False, by_hand=False)
    await engine.feed_for("visitor")
    for _ in range(20):
        await engine.measuring.probe()
    assert engine.measuring.shown.added == 80
    measured, known = engine.measuring.shown, engine.memory.blooms.filters[0]
    swiped = set(await engine.swipes.everyone(0))
    wrong = [n for n in range(64, 1064) if n not in swiped and known.may_contain(str(n))]
    assert measured.never == len(wrong) > 0
    assert measured.rate == pytest.approx(100 * known.expected_error, rel=0.35)
    assert all(known.may_contain(str(n)) for n in swiped)
    while engine.measuring._waiting:
        await engine.measuring.check(engine.measuring._waiting.popleft())
    assert 0 < engine.counts.false_yes <= len(wrong)
    assert engine.monitors["filter"].violations == 0
    assert engine.monitors["filter"].checked > 0


async def test_a_filter_that_forgets_is_found_out(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(bloom_from=0, recent=5, clock=clock)
    handed = await engine.feed_for("visitor")
    for number in handed.numbers[:10]:
        await engine.swipe("visitor", engine.people.id(number), like=False, by_hand=False)
    await engine.memory.blooms.ready(0)
    engine.memory.blooms.filters[0] = filter_of(4096)
    await engine.put_profile("visitor", {"km": 10.0})
    await engine.feed_for("visitor")
    while engine.measuring._waiting:
        await engine.measuring.check(engine.measuring._waiting.popleft())
    assert engine.monitors["filter"].violations > 0
    assert len(engine.monitors["filter"].view().evidence) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"age": 12},
        {"age_min": 50, "age_max": 30},
        {"km": 0.2},
        {"lat": 99.0},
        {"interests": ("x",)},
        {"name": " "},
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(tinder: MakeTinder, changes: dict) -> None:
    engine = await tinder()
    before = engine.people.profile(0)
    with pytest.raises(Invalid):
        await engine.put_profile("visitor", changes)
    assert engine.people.profile(0) == before


async def test_new_people_need_a_profile_and_there_is_a_bound(tinder: MakeTinder) -> None:
    engine = await tinder()
    whole = {"name": "Ana", "age": 30, "lat": 48.03, "lng": 11.05, "interests": ("jazz",)}
    with pytest.raises(Invalid, match="age"):
        await engine.put_profile("ana", {"name": "Ana"})
    with pytest.raises(NotFound):
        await engine.feed_for("ana")
    for number in range(62):
        await engine.put_profile(f"ana-{number}", whole)
    with pytest.raises(TooMany):
        await engine.put_profile("one-more", whole)
    assert len((await engine.feed_for("ana-5")).numbers) == 20


async def test_fewer_people_then_more(tinder: MakeTinder) -> None:
    engine = await tinder()
    await engine.swipe("p2900", "visitor", like=True)
    await engine.swipe("visitor", "p2900", like=True)
    await engine.configure(replace(engine.config, people=200))
    assert max((await engine.feed_for("visitor")).numbers) < 264
    assert engine.snapshot().phones[0].met == ()
    await engine.configure(replace(engine.config, people=3000))
    assert engine.snapshot().phones[0].met[0].id == "p2900"


def test_points_are_within_their_bounds() -> None:
    people = People(1, 500, 0.0)
    rows = np.arange(64, 564)
    got = parts(people.columns, rows, viewer_of(people.profile(0)), now=10.0, likers=frozenset({70}))
    assert (got >= 0).all()
    assert (got.max(axis=0) <= [35, 25, 20, 10, 10]).all()
    assert got[6][4] == 10
    assert home(0) != home(1)


# What is held, and for how long


async def test_feeds_that_are_held_are_bounded_and_expire(
    tinder: MakeTinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designs.tinder.feeds.MOST_FEEDS", 5)
    clock = ManualClock()
    engine = await tinder(clock=clock, ttl_s=10)
    for number in range(1, 12):
        await engine.feed_for(f"p{number}", by_hand=False)
    assert len(engine.cache.known) == 5
    holding = {number for some in engine.cache.holders.values() for number in some}
    assert holding <= set(engine.cache.known)
    engine.cache.expire(clock.time() + 16)
    assert (engine.cache.known, dict(engine.cache.holders)) == ({}, {})


async def test_the_feed_of_somebody_online_is_made_again_before_it_is_over(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(clock=clock, ttl_s=10)
    await engine.feed_for("visitor")
    first = engine.cache.known[0].built
    for _ in range(12):
        await clock.advance(1.0)
        for _ in range(5):
            await engine.swipes.counted(0)
    assert engine.refills.done >= 1
    assert engine.cache.known[0].built > first
    assert engine.cache.known[0].until > clock.time()


async def test_filters_of_a_node_that_was_down_are_made_again(tinder: MakeTinder) -> None:
    engine = await tinder(bloom_from=1)
    await engine.swipe("visitor", "p1", like=True)
    await engine.feed_for("visitor")
    assert 0 in engine.memory.blooms.filters
    await engine.set_fault("bloom", "down")
    assert engine.memory.blooms.filters == {}
    await engine.swipe("visitor", "p2", like=True)
    assert not {64, 65} & set((await engine.feed_for("visitor")).numbers)
    await engine.clear_fault()
    await engine.feed_for("visitor")
    assert all(engine.memory.blooms.filters[0].may_contain(str(one)) for one in (64, 65))


async def test_a_feed_that_was_being_made_while_the_people_became_fewer_is_not_kept(
    tinder: MakeTinder,
) -> None:
    clock = ManualClock()
    engine = await tinder(clock=clock, people=2000)
    somebody = viewer_of(engine.people.profile(1500))
    named = viewer_of(engine.people.profile(0))
    late = [(one, await engine.kitchen.from_index(one, 20)) for one in (somebody, named)]
    late.append((named, replace(late[1][1], numbers=(*late[1][1].numbers, 1999))))
    await engine.configure(replace(engine.config, people=200))
    for viewer, prepared in late:
        await engine.kitchen.keep(viewer, prepared)
    assert 1500 not in engine.cache.known
    assert all(number < 200 for one in engine.cache.known.values() for number in one.numbers)
    await clock.advance(WARM_EVERY)
    assert [event.text for event in engine.feed.newest(200) if event.kind == "crash"] == []


async def test_feeds_are_warmed_whoever_has_left_meanwhile(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(clock=clock, people=2000)
    await engine.feed_for(engine.people.id(1500))
    kept = engine.cache.known[1500]
    await engine.configure(replace(engine.config, people=200))
    engine.cache.known[1500] = kept  # a feed that was being read while the people became fewer
    await clock.advance(WARM_EVERY)
    assert [event.text for event in engine.feed.newest(200) if event.kind == "crash"] == []
