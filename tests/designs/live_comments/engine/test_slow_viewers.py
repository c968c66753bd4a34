"""Slow viewers are dropped with a word why, and nobody waits for them."""

from __future__ import annotations

import asyncio

from designs.live_comments.engine.engine import LiveComments
from designs.live_comments.engine.nodes import VIEWERS
from designs.live_comments.engine.streams import MAIN
from designs.live_comments.engine.viewers import Connection
from tests.designs.live_comments.helpers import PLAIN, MakeLive, say, shown, verdict


async def behind(engine: LiveComments) -> None:
    """One viewer who reads next to nothing, and is connected."""
    engine.slow.arrive(MAIN, 1, pace=0.01)
    while not next(iter(engine.slow)).server:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0)


async def test_a_slow_viewer_is_dropped_at_its_bound_and_nobody_waits(live: MakeLive) -> None:
    engine = await live(buffer=8)
    await engine.simulated.arrive(MAIN, 50)
    await behind(engine)
    await say(engine, 30)
    await engine.settled()
    slow = next(iter(engine.slow))
    assert (slow.dropped, len(slow.waiting), slow.server) == (1, 0, "")
    assert engine.deliveries.counters.dropped == 1
    assert slow.lost_because.endswith("dropped it: its buffer was full")
    assert shown(engine, 0) == list(range(1, 31))
    assert verdict(engine, "unhindered") == (True, 8)
    assert verdict(engine, "seen_once")[0]


async def test_whoever_is_dropped_reads_on_at_its_own_pace_and_misses_nothing(live: MakeLive) -> None:
    engine = await live(buffer=8)
    await behind(engine)
    await say(engine, 20)
    slow = next(iter(engine.slow))
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
    await engine.publisher.settled()
    await engine.comment("stuck", stream_id=MAIN)
    slow = next(iter(engine.slow))
    while not slow.waiting.awaited:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0)
    assert shown(engine, 0)[-1:] != [10]
    await asyncio.sleep(0.06)
    slow.pace = 1000.0
    await engine.settled()
    assert shown(engine, 0)[-1] == 10
    view = engine.monitors["unhindered"].view()
    assert not view.holds
    assert "others with it" in view.evidence[1].text


async def test_a_connection_that_leaves_while_its_server_waits_for_it_keeps_nobody(live: MakeLive) -> None:
    engine = await live(buffer=8, slow_viewer="wait")
    chunks = engine.listen(MAIN, PLAIN, after=0)
    await say(engine, 1)
    assert await anext(chunks) == b"1\n"
    await say(engine, 9)
    (stuck,) = (one for one in engine.connections.viewers.values() if isinstance(one, Connection))
    while not stuck.waiting.awaited:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0)
    await chunks.aclose()  # type: ignore[attr-defined]
    await engine.settled()
    assert shown(engine, 0) == list(range(1, 11))


async def test_viewers_who_read_slowly_come_and_go_with_the_fault(live: MakeLive) -> None:
    engine = await live()
    await engine.set_fault(VIEWERS, "slow", 3)
    assert [one.pace for one in engine.slow] == [3.0] * 5
    await engine.clear_fault()
    assert len(engine.slow) == 0
