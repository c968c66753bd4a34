"""Slow viewers are dropped and told so; pages of history neither repeat nor skip."""

from __future__ import annotations

import asyncio

import pytest

from designs.live_comments.config import BUS, DISPATCHER, VIEWERS
from designs.live_comments.engine import LiveComments
from designs.live_comments.history import cursor_of, place_of
from designs.live_comments.strategies import ROUTINGS
from designs.live_comments.streams import MAIN
from sdlab.lab import Invalid, Operation, Unavailable
from tests.designs.live_comments.test_delivery import Listener, MakeLive, held, plain, say, shown, verdict


async def behind(engine: LiveComments) -> None:
    """One viewer who reads next to nothing, and is connected."""
    engine.hub.come_slowly(MAIN, 1, pace=0.01)
    while not next(iter(engine.hub.slow)).server:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0)


async def test_a_slow_viewer_is_dropped_at_its_bound_and_nobody_waits(live: MakeLive) -> None:
    engine = await live(buffer=8)
    await engine.hub.arrive(MAIN, 50)
    await behind(engine)
    await say(engine, 30)
    await engine.settled()
    slow = next(iter(engine.hub.slow))
    assert (slow.dropped, len(slow.waiting), slow.server) == (1, 0, "")
    assert engine.hub.counted.told == 1
    assert shown(engine, 0) == list(range(1, 31))
    assert verdict(engine, "unhindered") == (True, 8)
    assert verdict(engine, "seen_once")[0]


async def test_whoever_is_dropped_reads_on_at_its_own_pace_and_misses_nothing(live: MakeLive) -> None:
    engine = await live(buffer=8)
    await behind(engine)
    await say(engine, 20)
    slow = next(iter(engine.hub.slow))
    slow.pace = 500.0
    while slow.seen < 20 or not slow.server:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0)
    await engine.comment("on time again", stream_id=MAIN)
    while slow.seen < 21:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0)
    assert slow.dropped == 1
    assert verdict(engine, "seen_once")[0]


async def test_a_server_that_waits_for_a_slow_viewer_keeps_everybody_waiting(live: MakeLive) -> None:
    engine = await live(buffer=8, slow_viewer="wait")
    await behind(engine)
    await say(engine, 9)
    await engine.intake.settled()
    await engine.comment("stuck", stream_id=MAIN)
    slow = next(iter(engine.hub.slow))
    while slow.room.is_set():  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0)
    assert shown(engine, 0)[-1:] != [10]
    await asyncio.sleep(0.06)
    slow.pace = 1000.0
    await engine.settled()
    assert shown(engine, 0)[-1] == 10
    view = engine.monitors["unhindered"].view()
    assert not view.holds
    assert "others with it" in view.evidence[1].text


async def test_a_real_connection_that_does_not_read_is_told_and_can_resume(live: MakeLive) -> None:
    engine = await live(buffer=8)
    chunks = engine.listen(MAIN, kind="sse", frame=plain, farewell=lambda why: f"bye {why}".encode())
    waiting = asyncio.ensure_future(anext(chunks))
    await held(engine, 1)
    await engine.comment("one", stream_id=MAIN)
    assert await waiting == b"1\n"
    for turn in range(12):
        await engine.comment("more", stream_id=MAIN, by=f"author {turn}")
    await engine.settled()
    assert (await anext(chunks)).startswith(b"bye your buffer is full")
    assert [chunk async for chunk in chunks] == []
    again = Listener(engine, after=1)
    assert await again.until(13) == list(range(2, 14))
    await again.stop()


async def test_cursors_are_exact_while_comments_come_and_go(live: MakeLive) -> None:
    engine = await live()
    await say(engine, 30)
    first = await engine.read(MAIN, limit=10)
    await say(engine, 5)
    await engine.hide(MAIN, 15)
    second = await engine.read(MAIN, limit=10, cursor=first.next_cursor)
    last = await engine.read(MAIN, limit=10, cursor=second.next_cursor)
    seqs = [one.seq for page in (first, second, last) for one in page.comments]
    assert seqs == [*range(30, 15, -1), *range(14, 0, -1)]
    assert last.next_cursor is None


async def test_offsets_repeat_after_an_insert_and_skip_after_a_removal(live: MakeLive) -> None:
    engine = await live(pagination="offset")
    await say(engine, 40)
    read = Operation("scroll", {"stream": MAIN, "limit": 10}, "reader-1")
    await engine.perform(read)
    await say(engine, 2)
    await engine.perform(read)
    assert (engine.history.paged.duplicates, engine.history.paged.gaps) == (2, 0)
    for seq in (42, 41, 40):
        await engine.hide(MAIN, seq)
    await engine.perform(read)
    assert (engine.history.paged.duplicates, engine.history.paged.gaps) == (2, 3)
    assert not verdict(engine, "pages_exact")[0]


@pytest.mark.parametrize("total", [0, 1, 9, 10, 11, 50, 51, 60, 61, 73])
async def test_the_prefetch_cache_gives_the_same_pages_with_fewer_reads(live: MakeLive, total: int) -> None:
    engine = await live(pagination="prefetch")
    await say(engine, total)
    seqs: list[int] = []
    cursor, pages = None, 0
    while True:
        page = await engine.read(MAIN, limit=10, cursor=cursor)
        seqs += [one.seq for one in page.comments]
        pages += 1
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seqs == list(range(total, 0, -1))
    assert pages == max(1, -(-total // 10))
    assert engine.history.paged.reads == 1 + -(-max(0, pages - 1) // 5)


async def test_hiding_a_comment_empties_the_cached_pages(live: MakeLive) -> None:
    engine = await live(pagination="prefetch")
    await say(engine, 40)
    page = await engine.read(MAIN, limit=10)
    page = await engine.read(MAIN, limit=10, cursor=page.next_cursor)
    assert engine.history.cached_pages > 0
    await engine.hide(MAIN, 15)
    page = await engine.read(MAIN, limit=10, cursor=page.next_cursor)
    assert [one.seq for one in page.comments] == [20, 19, 18, 17, 16, 14, 13, 12, 11, 10]


@pytest.mark.parametrize("cursor", ["x", "!!!", "YWZ0ZXI6MQ", "YmVmb3JlOi0x", "é"])
async def test_what_is_no_cursor_is_refused(live: MakeLive, cursor: str) -> None:
    engine = await live()
    with pytest.raises(Invalid):
        await engine.read(MAIN, cursor=cursor)


def test_a_cursor_names_its_place() -> None:
    assert [place_of(cursor_of(seq)) for seq in (1, 20, 10**9)] == [1, 20, 10**9]


async def test_while_the_store_is_down_nothing_is_acknowledged(live: MakeLive) -> None:
    engine = await live()
    await engine.set_fault("store", "down")
    with pytest.raises(Unavailable):
        await engine.comment("x", stream_id=MAIN)
    await engine.clear_fault()
    assert (await engine.comment("x", stream_id=MAIN)).seq == 1


async def test_while_the_bus_is_down_comments_are_kept_and_told_later(live: MakeLive) -> None:
    engine = await live()
    await engine.set_fault(BUS, "down")
    await say(engine, 5)
    assert shown(engine, 0) == []
    assert engine.snapshot().bus.waiting == 5
    await engine.clear_fault()
    await engine.settled()
    assert shown(engine, 0) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("transport", "missed"), [("log", False), ("pubsub", True)])
async def test_a_lossy_bus_loses_for_good_without_a_log(live: MakeLive, transport: str, missed: bool) -> None:
    engine = await live(transport=transport)
    await engine.set_fault(BUS, "lossy", 50)
    for turn in range(24):
        await engine.comment("x", stream_id=MAIN, by=f"author {turn}")
        await engine.intake.settled()
        await asyncio.sleep(0.001)
    await engine.clear_fault()
    await engine.comment("last", stream_id=MAIN)
    await engine.settled()
    assert bool(engine.truth.missed) is missed
    assert verdict(engine, "seen_once")[0] is not missed


async def test_a_stale_dispatcher_delays_and_the_log_fills_in(live: MakeLive) -> None:
    engine = await live(distribution="dispatcher")
    await engine.set_fault(DISPATCHER, "stale")
    await engine.watch("chess")
    await engine.comment("who hears this", stream_id="chess")
    view = engine.snapshot().dispatcher
    assert [one.table for one in view.rows if one.stream == "chess"] == ["–"]
    assert view.wrong >= 1
    await engine.settled()
    assert shown(engine, 0) == [1]
    assert engine.dispatcher.to_nobody == 1


async def test_a_server_that_ends_leaves_the_table_after_its_lease(live: MakeLive) -> None:
    engine = await live(distribution="dispatcher")
    ended = engine.panes[0].server
    await engine.hub.kill(ended)
    assert ended in engine.dispatcher.targets(MAIN, engine.hub.now())
    assert ended not in engine.dispatcher.targets(MAIN, engine.hub.now() + 1.6)


async def test_viewers_who_read_slowly_come_and_go_with_the_fault(live: MakeLive) -> None:
    engine = await live()
    await engine.set_fault(VIEWERS, "slow", 3)
    assert [one.pace for one in engine.hub.slow] == [3.0] * 5
    await engine.clear_fault()
    assert len(engine.hub.slow) == 0


@pytest.mark.parametrize(("routing", "most"), [("by_stream", 12), ("least_connections", 48), ("random", 48)])
async def test_routing_by_stream_needs_one_subscription_per_stream(
    live: MakeLive, routing: str, most: int
) -> None:
    engine = await live(routing=routing)
    for name in engine.counts:
        await engine.hub.arrive(name, 40)
    pairs = sum(one.streams for one in engine.snapshot().servers)
    assert pairs == most if routing != "random" else 40 <= pairs <= most
    assert set(ROUTINGS) == {"random", "least_connections", "by_stream"}


async def test_a_viral_stream_spills_over(live: MakeLive) -> None:
    engine = await live(capacity=500)
    await engine.hub.arrive(MAIN, 1200)
    assert sorted(one.connections for one in engine.snapshot().servers) == [0, 203, 500, 500]


async def test_a_page_that_was_being_read_when_a_comment_was_hidden_is_not_kept(live: MakeLive) -> None:
    engine = await live(pagination="prefetch")
    await say(engine, 60)
    read, first = engine.rows.before, await engine.read(MAIN, limit=10)

    async def slow_read(*place: object, **options: object) -> object:
        found = await read(*place, **options)  # type: ignore[arg-type]
        await engine.hide(MAIN, 35, by_hand=False)
        return found

    engine.rows.before = slow_read  # type: ignore[method-assign, assignment]
    second = await engine.read(MAIN, cursor=first.next_cursor, limit=10)
    engine.rows.before = read  # type: ignore[method-assign]
    third = await engine.read(MAIN, cursor=second.next_cursor, limit=10)
    assert [one.seq for one in third.comments] == [seq for seq in range(40, 29, -1) if seq != 35]
