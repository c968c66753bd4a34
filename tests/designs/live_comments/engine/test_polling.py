"""Viewers who ask again and again."""

from __future__ import annotations

import asyncio

from designs.live_comments.engine.streams import MAIN
from tests.designs.live_comments.helpers import MakeLive, say, verdict


async def test_by_polling_everybody_gets_there_and_most_polls_are_empty(live: MakeLive) -> None:
    engine = await live(delivery="polling", poll_s=1)
    await engine.simulated.arrive(MAIN, 50)
    while {one.seen for one in engine.connections.viewers.values()} != {0}:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0.01)
    await say(engine, 5)
    while {one.seen for one in engine.connections.viewers.values()} != {5}:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0.01)
    assert verdict(engine, "seen_once") == (True, 5 * 53)
    assert engine.deliveries.counters.polls >= 53
    assert engine.deliveries.counters.poll_reads < engine.deliveries.counters.polls
