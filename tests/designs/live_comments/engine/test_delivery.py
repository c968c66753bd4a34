"""What is said reaches everybody who watches, and outlives what carries it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from designs.live_comments.engine.comments import Comment
from designs.live_comments.engine.nodes import BUS
from designs.live_comments.engine.streams import MAIN
from designs.live_comments.inside.snapshot import build_snapshot
from sdlab.lab import Unavailable, as_user
from tests.designs.live_comments.helpers import Listener, MakeLive, held, say, shown, verdict

DISTRIBUTIONS = pytest.mark.parametrize("distribution", ["everything", "partitioned", "dispatcher"])
TRANSPORTS = pytest.mark.parametrize("transport", ["log", "pubsub"])


@TRANSPORTS
@DISTRIBUTIONS
async def test_a_comment_is_on_every_screen(live: MakeLive, transport: str, distribution: str) -> None:
    engine = await live(transport=transport, distribution=distribution)
    stored = await engine.comment("  hello\n there ", stream_id=MAIN)
    assert (stored.seq, stored.text) == (1, "hello there")
    await engine.settled()
    assert [shown(engine, pane) for pane in range(3)] == [[1], [1], [1]]
    assert build_snapshot(engine).demo_users[0].rows[0].text == "hello there"


async def test_a_stream_hears_nothing_of_another(live: MakeLive) -> None:
    engine = await live()
    await engine.comment("elsewhere", stream_id="chess")
    await engine.comment("here", stream_id=MAIN)
    await engine.settled()
    assert shown(engine, 0) == [1]
    assert engine.demo_users.users[0].shown[0].stream == MAIN


@DISTRIBUTIONS
async def test_sixty_four_at_once_come_once_and_in_order(live: MakeLive, distribution: str) -> None:
    engine = await live(distribution=distribution)
    await engine.simulated.arrive(MAIN, 300)
    listener = Listener(engine)
    await held(engine, 1)
    await say(engine, 64)
    assert await listener.until(64) == list(range(1, 65))
    await engine.settled()
    assert {one.seen for one in engine.connections.viewers.values()} == {64}
    assert verdict(engine, "seen_once") == (True, 64 * (300 + 3 + 1))
    assert engine.writer.batches < 64
    await listener.stop()


async def test_comments_outlive_the_process_and_the_log_is_mended(live: MakeLive) -> None:
    engine = await live(room="kept")
    await say(engine, 5)
    await engine.settled()
    await engine.close()
    await engine.bus.redis.delete(engine.bus.log.key_of(MAIN))
    again = await live(room="kept")
    assert again.writer.tails[MAIN] == 5
    assert [one.seq for one in await again.bus.newest(MAIN, 10)] == [1, 2, 3, 4, 5]
    assert shown(again, 0) == [1, 2, 3, 4, 5]
    assert (await again.comment("six", stream_id=MAIN)).seq == 6


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
    assert build_snapshot(engine).bus.waiting == 5
    await engine.clear_fault()
    await engine.settled()
    assert shown(engine, 0) == [1, 2, 3, 4, 5]


async def test_comments_that_the_store_refuses_are_refused_and_the_next_is_taken(
    live: MakeLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await live()

    async def full(comments: Sequence[Comment]) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(engine.store, "add", full)
        for _ in range(2):
            with pytest.raises(Unavailable, match="the comment store failed"):
                await say(engine, 3)
    assert (await engine.comment("first", stream_id=MAIN)).seq == 1
    await engine.settled()
    assert shown(engine, 0) == [1]


@pytest.mark.parametrize(("transport", "missed"), [("log", False), ("pubsub", True)])
async def test_a_lossy_bus_loses_for_good_without_a_log(live: MakeLive, transport: str, missed: bool) -> None:
    engine = await live(transport=transport)
    await engine.set_fault(BUS, "lossy", 50)
    for turn in range(24):
        await as_user(f"author {turn}", engine.comment("x", stream_id=MAIN))
        await engine.publisher.settled()
        await asyncio.sleep(0.001)
    await engine.clear_fault()
    await engine.comment("last", stream_id=MAIN)
    await engine.settled()
    assert bool(engine.checker.missed) is missed
    assert verdict(engine, "seen_once")[0] is not missed
