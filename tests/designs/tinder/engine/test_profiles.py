"""Profiles and filters change: what goes stale, what is refused, what survives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.regions import REGIONS
from designs.tinder.inside.snapshot import build_snapshot
from sdlab.lab import Invalid, ManualClock, NotFound, TooMany
from tests.designs.tinder.conftest import MakeTinder, put_profile, refill, swipe


async def applied(engine: Tinder, count: int) -> None:
    """Return once change capture has carried so many changes."""
    for _ in range(2000):
        if engine.capture.applied >= count:
            return
        await engine.profiles.outbox.lag(0.0)
    raise AssertionError(f"{engine.capture.applied} of {count} changes were applied")


async def test_ones_own_change_drops_the_feed_or_waits_for_the_ttl(tinder: MakeTinder) -> None:
    for change, stale in (("evict", 0), ("ttl", 1)):
        clock = ManualClock()
        engine = await tinder(change=change, clock=clock, ttl_s=30)
        await refill(engine, "visitor")
        lat, lng = REGIONS["town"].at
        await put_profile(engine, "visitor", {"lat": lat, "lng": lng})
        await refill(engine, "visitor")
        assert min(engine.counters.stale_shown, 1) == stale
        assert min(engine.counters.dropped, 1) == 1 - stale
        assert engine.monitors["fits"].violations == 0
        await clock.advance(32)
        before = engine.counters.stale_shown
        await refill(engine, "visitor")
        assert engine.counters.stale_shown == before


async def test_a_change_of_somebody_else_evicts_their_card(tinder: MakeTinder) -> None:
    engine = await tinder()
    sent = await refill(engine, "visitor")
    other = engine.people.id(sent.numbers[3])
    await put_profile(engine, other, {"age": 70})
    await applied(engine, 1)
    assert sent.numbers[3] not in (await refill(engine, "visitor")).numbers
    assert engine.counters.evicted == 1
    assert int(engine.index.columns.of["age"][sent.numbers[3]]) == 70


async def test_paused_capture_leaves_the_index_stale_and_catches_up(tinder: MakeTinder) -> None:
    engine = await tinder(ttl_s=2)
    await engine.set_fault("capture", "paused")
    sent = await refill(engine, "visitor")
    other = sent.numbers[0]
    await put_profile(engine, engine.people.id(other), {"age": 70})
    assert other in (await refill(engine, "visitor")).numbers
    assert engine.counters.stale_shown == 1
    assert engine.capture.waiting == 1
    engine.people.columns.of["changed"][other] -= 60
    await refill(engine, "visitor")
    assert engine.monitors["fits"].violations == 1
    assert len(engine.monitors["fits"].view().evidence) == 3
    await engine.clear_fault()
    await applied(engine, 1)
    assert other not in (await refill(engine, "visitor")).numbers


async def test_changed_people_and_their_news_survive(tinder: MakeTinder) -> None:
    engine = await tinder(room="moved")
    await engine.set_fault("capture", "paused")
    await put_profile(engine, "p9", {"age": 44})
    await put_profile(
        engine, "ana", {"name": "Ana", "age": 30, "lat": 48.03, "lng": 11.05, "interests": ("jazz",)}
    )
    again = await tinder(room="moved")
    assert again.people.profile(again.people.number("p9")).age == 44
    assert again.people.profile(again.people.number("ana")).name == "Ana"
    assert engine.people.number("ana") in (await refill(again, "visitor")).numbers or len(
        (await refill(again, "ana")).numbers
    )


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
        await put_profile(engine, "visitor", changes)
    assert engine.people.profile(0) == before


async def test_new_people_need_a_profile_and_there_is_a_bound(tinder: MakeTinder) -> None:
    engine = await tinder()
    whole = {"name": "Ana", "age": 30, "lat": 48.03, "lng": 11.05, "interests": ("jazz",)}
    with pytest.raises(Invalid, match="age"):
        await put_profile(engine, "ana", {"name": "Ana"})
    with pytest.raises(NotFound):
        await refill(engine, "ana")
    for number in range(62):
        await put_profile(engine, f"ana-{number}", whole)
    with pytest.raises(TooMany):
        await put_profile(engine, "one-more", whole)
    assert len((await refill(engine, "ana-5")).numbers) == 20


async def test_fewer_people_then_more(tinder: MakeTinder) -> None:
    engine = await tinder()
    await swipe(engine, "p2900", "visitor", like=True)
    await swipe(engine, "visitor", "p2900", like=True)
    await engine.configure(replace(engine.config, people=200))
    assert max((await refill(engine, "visitor")).numbers) < 264
    await engine.refresh_looks(now=True)
    assert build_snapshot(engine).phones[0].matches == ()
    await engine.configure(replace(engine.config, people=3000))
    await engine.refresh_looks(now=True)
    assert build_snapshot(engine).phones[0].matches[0].id == "p2900"
