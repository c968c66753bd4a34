"""Panels show what the stores have, also when somebody else changes that; options differ where they say so."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import orjson
import pytest

from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.traffic import TinderTraffic
from designs.tinder.inside.snapshot import build_snapshot
from designs.tinder.inside.views import Snapshot
from sdlab.lab import Clock, Operation
from tests.designs.tinder.conftest import MakeTinder, put_profile, refill, swipe

pytestmark = pytest.mark.virtual_time


async def looked(engine: Tinder) -> Snapshot:
    await engine.refresh_looks(now=True)
    return build_snapshot(engine)


async def used(engine: Tinder) -> None:
    await refill(engine)
    await swipe(engine, "visitor", "sam", like=True)
    await swipe(engine, "sam", "visitor", like=True)
    for number in range(1, 6):
        await swipe(engine, "visitor", f"p{number}", like=True)


async def test_what_the_store_lost_is_lost_in_the_panels(tinder: MakeTinder, usual_clock: Clock) -> None:
    engine = await tinder(clock=usual_clock, replication_ms=5000)
    await used(engine)
    before = await looked(engine)
    assert before.queue.exists
    assert (before.store.total, before.store.behind_west + before.store.behind_east) == (7, 7)
    assert (before.race.matches, [one.match_total for one in before.phones]) == (1, [1, 1])
    async for key in engine.room.redis.scan_iter(match=engine.room.key("*")):
        await engine.room.redis.delete(key)
    await asyncio.sleep(1)
    after = await looked(engine)
    assert not after.queue.exists
    assert after.score.parts == ()
    assert (after.store.total, after.store.behind_west, after.store.behind_east) == (0, 0, 0)
    assert (after.race.matches, [one.match_total for one in after.phones]) == (0, [0, 0])
    assert [one.matches for one in after.phones] == [(), ()]
    assert [one.swipes for one in after.phones] == [0, 0]


async def test_a_card_taken_out_behind_the_back_is_gone_and_so_is_a_person_s_hash(
    tinder: MakeTinder, usual_clock: Clock
) -> None:
    engine = await tinder(clock=usual_clock)
    await used(engine)
    before = await looked(engine)
    first = engine.people.number(before.queue.cards[0].id)
    await engine.room.redis.zrem(engine.room.key("feed", engine.demo_users.watched), str(first))
    await engine.room.redis.delete(engine.swipes.key(0, 0))
    after = await looked(engine)
    assert after.queue.size == before.queue.size - 1
    assert after.score.id == after.queue.cards[0].id != before.queue.cards[0].id
    assert after.store.total == 1


async def test_changes_that_wait_are_counted_in_the_outbox(tinder: MakeTinder, usual_clock: Clock) -> None:
    engine = await tinder(clock=usual_clock)
    await engine.set_fault("capture", "paused")
    for km in (5.0, 6.0, 7.0):
        await put_profile(engine, "visitor", {"km": km})
    assert (await looked(engine)).stale.waiting == 3
    await engine.room.sql.forget(engine.room.id, "tinder")
    assert (await looked(engine)).stale.waiting == 0


async def test_a_filter_is_not_said_to_be_measured_before_it_is(
    tinder: MakeTinder, usual_clock: Clock
) -> None:
    engine = await tinder(clock=usual_clock, bloom_from=1)
    await used(engine)
    await refill(engine)
    view = (await looked(engine)).filter
    assert (view.exists, view.measured_at) == (True, -1)
    await asyncio.sleep(5)
    view = (await looked(engine)).filter
    assert view.measured_at == view.added == 6


AGAIN = ("database", "client", "bloom")


async def told(tinder: MakeTinder, clock: Clock, toggle: str, option: str) -> bytes:
    """The panel that the toggle names, after the same swipes."""
    engine = await tinder(clock=clock, replication_ms=800, people=400, **{toggle: option})
    traffic = TinderTraffic(engine)
    moods = [0.2] * 4
    for number in range(10):
        place = {"where": "city", "pick": number}
        await traffic.perform(Operation("session", {**place, "moods": moods}))
        move = {**place, "km": 4.0 + number % 3, "shift": [0.4, -0.4], "moods": moods}
        await traffic.perform(Operation("move", move))
        await traffic.perform(Operation("both", {"nonce": number * 104_729}))
    await asyncio.sleep(1)
    shown = await looked(engine)
    view = {"feed": shown.queue, "again": shown.again, "match": shown.race, "change": shown.stale}[toggle]
    await engine.close()
    return orjson.dumps(asdict(view))


@pytest.mark.parametrize(
    ("toggle", "options"),
    [
        ("again", AGAIN),
        ("match", ("replicas", "atomic", "pair")),
        ("change", ("evict", "ttl")),
    ],
)
async def test_options_differ_in_the_panel_that_the_toggle_names(
    tinder: MakeTinder, usual_clock: Clock, toggle: str, options: tuple[str, ...]
) -> None:
    found = [await told(tinder, usual_clock, toggle, option) for option in options]
    assert len(set(found)) == len(options)


async def test_a_queue_that_rests_lets_the_page_rest(tinder: MakeTinder, usual_clock: Clock) -> None:
    """A countdown in tenths of a second would draw the whole page anew each time."""
    engine = await tinder(clock=usual_clock)
    await refill(engine)
    shown = []
    for _ in range(20):
        await engine.clock.sleep(0.5)
        shown.append((await looked(engine)).queue)
    assert shown[0].exists
    assert shown[0].expires_in > shown[-1].expires_in > 0
    assert len(set(shown)) <= 3
