"""Who was swiped is not shown again, and what a filter costs."""

from __future__ import annotations

import pytest

from designs.tinder.engine.bloom_filters import filter_of
from designs.tinder.engine.traffic import TinderTraffic
from sdlab.lab import ManualClock, Operation
from tests.designs.tinder.conftest import MakeTinder, put_profile, refill, swipe

SOURCES = pytest.mark.parametrize("feed", ["query", "cached", "precomputed"])


def restless(number: int) -> list[Operation]:
    """Swipe, move a little, swipe on: one person."""
    moods = [0.9] * 4
    move = {"where": "city", "pick": number, "km": 4.0 + number % 3, "shift": [0.1, 0.1], "moods": moods}
    return [
        Operation("session", {"where": "city", "pick": number, "moods": moods}),
        Operation("move", move),
    ]


@SOURCES
@pytest.mark.parametrize("again", ["bloom"])
async def test_nobody_swiped_is_handed_out_even_at_once(tinder: MakeTinder, feed: str, again: str) -> None:
    engine = await tinder(feed=feed, again=again, replication_ms=5000, bloom_from=10)
    swiped: set[int] = set()
    for _ in range(6):
        sent = await refill(engine, "visitor")
        assert not swiped & set(sent.numbers)
        for number in sent.numbers[:7]:
            await swipe(engine, "visitor", engine.people.id(number), like=False, mark=sent.mark)
            swiped.add(number)
        await put_profile(engine, "visitor", {"km": 10.0})
    assert engine.monitors["not_again"].violations == 0
    assert len(engine.filters.filters) == 1


async def test_the_database_alone_shows_somebody_again_and_the_client_cache_does_not(
    tinder: MakeTinder,
) -> None:
    for again, broken in (("database", True), ("client", False), ("bloom", False)):
        engine = await tinder(again=again, replication_ms=2000)
        traffic = TinderTraffic(engine)
        for number in range(12):
            for operation in restless(number):
                await traffic.perform(operation)
        assert (engine.counters.shown_again > 0) is broken, again
        assert (engine.monitors["not_again"].violations > 0) is broken
    view = (await tinder(again="database")).monitors["not_again"].view()
    assert view.evidence == ()


async def test_lost_filters_are_read_together_again(tinder: MakeTinder) -> None:
    engine = await tinder(bloom_from=10)
    sent = await refill(engine, "visitor")
    for number in sent.numbers:
        await swipe(engine, "visitor", engine.people.id(number), like=False, by_hand=False)
    await refill(engine, "visitor")
    before = engine.filters.filters[0]
    await engine.set_fault("bloom", "lose")
    assert engine.filters.filters == {}
    assert not set(sent.numbers) & set((await refill(engine, "visitor")).numbers)
    again = await engine.filters.ready(0)
    assert again is not before
    assert again.picture(512) == before.picture(512)


async def test_a_small_filter_hides_people_and_they_are_counted(tinder: MakeTinder) -> None:
    engine = await tinder(bloom_bits=256, bloom_from=10, people=1000)
    for _ in range(4):
        sent = await refill(engine, "visitor")
        for number in sent.numbers:
            await swipe(engine, "visitor", engine.people.id(number), like=False, by_hand=False)
    await refill(engine, "visitor")
    for _ in range(20):
        await engine.filter_scan.probe()
    assert engine.filter_scan.shown.added == 80
    measured, known = engine.filter_scan.shown, engine.filters.filters[0]
    swiped = set(await engine.swipes.everyone(0))
    wrong = [n for n in range(64, 1064) if n not in swiped and known.may_contain(str(n))]
    assert measured.wrong == len(wrong) > 0
    assert measured.rate == pytest.approx(100 * known.expected_error, rel=0.35)
    assert all(known.may_contain(str(n)) for n in swiped)
    await engine.checker.check_verdicts()
    assert 0 < engine.counters.false_yes <= len(wrong)
    assert engine.monitors["filter"].violations == 0
    assert engine.monitors["filter"].checked > 0


async def test_a_filter_that_forgets_is_found_out(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(bloom_from=0, recent=5, clock=clock)
    sent = await refill(engine, "visitor")
    for number in sent.numbers[:10]:
        await swipe(engine, "visitor", engine.people.id(number), like=False, by_hand=False)
    await engine.filters.ready(0)
    engine.filters.filters[0] = filter_of(4096)
    await put_profile(engine, "visitor", {"km": 10.0})
    await refill(engine, "visitor")
    await engine.checker.check_verdicts()
    assert engine.monitors["filter"].violations > 0
    assert len(engine.monitors["filter"].view().evidence) == 2


async def test_filters_of_a_node_that_was_down_are_made_again(tinder: MakeTinder) -> None:
    engine = await tinder(bloom_from=1)
    await swipe(engine, "visitor", "p1", like=True)
    await refill(engine, "visitor")
    assert 0 in engine.filters.filters
    await engine.set_fault("bloom", "down")
    assert engine.filters.filters == {}
    await swipe(engine, "visitor", "p2", like=True)
    assert not {64, 65} & set((await refill(engine, "visitor")).numbers)
    await engine.clear_fault()
    await refill(engine, "visitor")
    assert all(engine.filters.filters[0].may_contain(str(one)) for one in (64, 65))
