"""A real connection goes on where it stopped: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio

from designs.live_comments.engine.streams import MAIN
from sdlab.lab import as_user
from tests.designs.live_comments.helpers import PLAIN, Listener, MakeLive, held, say


async def test_who_names_its_last_id_misses_nothing_and_gets_nothing_twice(live: MakeLive) -> None:
    engine = await live()
    first = Listener(engine)
    await held(engine, 1)
    await say(engine, 5)
    assert await first.until(5) == [1, 2, 3, 4, 5]
    await first.stop()
    await say(engine, 7)
    again = Listener(engine, after=5)
    assert await again.until(12) == [6, 7, 8, 9, 10, 11, 12]
    await again.stop()


async def test_what_the_log_has_dropped_comes_from_the_history(live: MakeLive) -> None:
    engine = await live(log_kept=100)
    await say(engine, 700)
    assert await engine.bus.log.length(MAIN) == 100
    listener = Listener(engine, after=3, stream=MAIN)
    assert await listener.until(700) == list(range(4, 701))
    await listener.stop()


async def test_pub_sub_alone_has_nothing_to_resume_from(live: MakeLive) -> None:
    engine = await live(transport="pubsub")
    await say(engine, 5)
    await engine.settled()
    listener = Listener(engine, after=2)
    await held(engine, 1)
    await engine.comment("next", stream_id=MAIN)
    assert await listener.until(6) == [6]
    await listener.stop()


async def test_a_real_connection_that_does_not_read_is_told_and_can_resume(live: MakeLive) -> None:
    engine = await live(buffer=8)
    chunks = engine.listen(MAIN, PLAIN)
    waiting = asyncio.ensure_future(anext(chunks))
    await held(engine, 1)
    await engine.comment("one", stream_id=MAIN)
    assert await waiting == b"1\n"
    for turn in range(12):
        await as_user(f"author {turn}", engine.comment("more", stream_id=MAIN))
    await engine.settled()
    assert (await anext(chunks)).startswith(b"bye your buffer is full")
    assert [chunk async for chunk in chunks] == []
    again = Listener(engine, after=1)
    assert await again.until(13) == list(range(2, 14))
    await again.stop()
