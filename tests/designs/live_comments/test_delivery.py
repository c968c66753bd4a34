"""What is said reaches everybody who watches: once, in order, whichever server ends meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from designs.live_comments.bus import LogReader
from designs.live_comments.comments import Event
from designs.live_comments.engine import LiveComments
from designs.live_comments.streams import MAIN
from sdlab.lab import Invalid, NotFound, TooMany, Unavailable

MakeLive = Callable[..., Awaitable[LiveComments]]


def verdict(engine: LiveComments, claim: str) -> tuple[bool, int]:
    view = engine.monitors[claim].view()
    return view.holds, view.checked


def shown(engine: LiveComments, pane: int) -> list[int]:
    return [one.seq for one in engine.panes[pane].shown]


def plain(event: Event) -> bytes:
    return f"{event.seq}\n".encode()


class Listener:
    """A connection that reads into a list until it is told to stop or is ended."""

    def __init__(self, engine: LiveComments, *, after: int | None = None, stream: str = MAIN) -> None:
        self.seen: list[int] = []
        self.farewell = ""
        self._count = asyncio.Event()
        self._chunks = engine.listen(
            stream, kind="sse", frame=plain, farewell=lambda why: f"bye {why}".encode(), after=after
        )
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for chunk in self._chunks:
            if chunk.startswith(b"bye"):
                self.farewell = chunk.decode()
            else:
                self.seen += [int(one) for one in chunk.split()]
            self._count.set()

    async def until(self, last: int) -> list[int]:
        while not self.seen or self.seen[-1] < last:
            self._count.clear()
            await asyncio.wait_for(self._count.wait(), 5)
        return self.seen

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self._chunks.aclose()  # type: ignore[attr-defined]


async def held(engine: LiveComments, count: int) -> None:
    """Wait until so many real connections are given what comes."""
    while engine.snapshot().totals.real < count:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0)


async def say(engine: LiveComments, count: int, *, stream: str = MAIN) -> None:
    await asyncio.gather(
        *(engine.comment(f"line {n}", stream_id=stream, by=f"author {n}") for n in range(count))
    )


DISTRIBUTIONS = pytest.mark.parametrize("distribution", ["everything", "partitioned", "dispatcher"])
TRANSPORTS = pytest.mark.parametrize("transport", ["log", "pubsub"])


@TRANSPORTS
@DISTRIBUTIONS
async def test_a_comment_is_on_every_pane(live: MakeLive, transport: str, distribution: str) -> None:
    engine = await live(transport=transport, distribution=distribution)
    stored = await engine.comment("  hello\n there ", stream_id=MAIN)
    assert (stored.seq, stored.text) == (1, "hello there")
    await engine.settled()
    assert [shown(engine, pane) for pane in range(3)] == [[1], [1], [1]]
    assert engine.snapshot().panes[0].rows[0].text == "hello there"


async def test_a_stream_hears_nothing_of_another(live: MakeLive) -> None:
    engine = await live()
    await engine.comment("elsewhere", stream_id="chess")
    await engine.comment("here", stream_id=MAIN)
    await engine.settled()
    assert shown(engine, 0) == [1]
    assert engine.panes[0].shown[0].stream == MAIN


@pytest.mark.parametrize("text", ["", "   ", "\n", "x" * 501, "a\x00b"])
async def test_what_is_no_comment_is_refused(live: MakeLive, text: str) -> None:
    engine = await live()
    with pytest.raises(Invalid):
        await engine.comment(text, stream_id=MAIN)
    with pytest.raises(NotFound):
        await engine.comment("x", stream_id="nowhere")
    assert engine.intake.tails[MAIN] == 0


async def test_an_author_is_held_to_the_limit_and_others_are_not(live: MakeLive) -> None:
    engine = await live(author_limit=2)
    for _ in range(2):
        await engine.comment("x", stream_id=MAIN, by="ana")
    with pytest.raises(TooMany) as refused:
        await engine.comment("x", stream_id=MAIN, by="ana")
    assert 4 < (refused.value.retry_after or 0) <= 5
    assert (await engine.comment("x", stream_id=MAIN, by="ben")).seq == 3


@DISTRIBUTIONS
async def test_sixty_four_at_once_come_once_and_in_order(live: MakeLive, distribution: str) -> None:
    engine = await live(distribution=distribution)
    await engine.hub.arrive(MAIN, 300)
    listener = Listener(engine)
    await held(engine, 1)
    await say(engine, 64)
    assert await listener.until(64) == list(range(1, 65))
    await engine.settled()
    assert {one.seen for one in engine.hub.viewers.values()} == {64}
    assert verdict(engine, "seen_once") == (True, 64 * (300 + 3 + 1))
    assert engine.intake.batches < 64
    await listener.stop()


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
    assert await engine.bus.length(MAIN) == 100
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


@pytest.mark.parametrize("distribution", ["partitioned", "dispatcher"])
async def test_viewers_of_a_server_that_ends_go_on_elsewhere_and_miss_nothing(
    live: MakeLive, distribution: str
) -> None:
    engine = await live(distribution=distribution)
    await engine.hub.arrive(MAIN, 200)
    listener = Listener(engine)
    await held(engine, 1)
    await say(engine, 10)
    await engine.settled()
    ended = engine.panes[0].server
    await engine.set_fault(ended, "down")
    await asyncio.wait_for(listener.task, 5)
    assert listener.farewell == f"bye {ended} ended"
    await say(engine, 10)
    await engine.settled()
    assert {one.seen for one in engine.hub.viewers.values()} == {20}
    assert engine.panes[0].server not in ("", ended)
    assert shown(engine, 1) == list(range(1, 21))
    assert verdict(engine, "seen_once")[0]
    again = Listener(engine, after=listener.seen[-1])
    assert listener.seen + await again.until(20) == list(range(1, 21))
    await again.stop()
    await engine.clear_fault(ended)
    assert engine.hub.servers[ended].up


async def test_over_pub_sub_alone_the_same_viewers_miss_what_was_said_meanwhile(live: MakeLive) -> None:
    engine = await live(transport="pubsub")
    await engine.hub.arrive(MAIN, 20)
    await say(engine, 3)
    await engine.settled()
    await engine.set_fault(engine.panes[0].server, "down")
    await say(engine, 4)
    await engine.settled()
    await engine.comment("after", stream_id=MAIN)
    await engine.settled()
    assert engine.truth.missed == 4 * (20 + 3)
    evidence = engine.monitors["seen_once"].view().evidence
    assert evidence[0].text == f"had seen comment 3 of {MAIN}"
    assert "comments 4 to 7 never came" in evidence[-1].text


async def test_no_room_is_said_and_leaves_the_others_alone(live: MakeLive) -> None:
    engine = await live(servers=2, capacity=500, routing="least_connections")
    await engine.hub.arrive(MAIN, 997)
    with pytest.raises(Unavailable, match="no server has room"):
        engine.admit(MAIN)
    assert [one.connections for one in engine.snapshot().servers] == [500, 500]


async def test_a_pane_that_joins_late_is_shown_what_was_said_before(live: MakeLive) -> None:
    engine = await live()
    await engine.switch_pane(2)
    await say(engine, 30)
    await engine.settled()
    assert shown(engine, 2) == []
    await engine.switch_pane(2)
    assert shown(engine, 2) == list(range(11, 31))
    await engine.comment("live again", stream_id=MAIN)
    await engine.settled()
    assert shown(engine, 2)[-2:] == [30, 31]


async def test_by_polling_everybody_gets_there_and_most_polls_are_empty(live: MakeLive) -> None:
    engine = await live(delivery="polling", poll_s=1)
    await engine.hub.arrive(MAIN, 50)
    while {one.seen for one in engine.hub.viewers.values()} != {0}:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0.01)
    await say(engine, 5)
    while {one.seen for one in engine.hub.viewers.values()} != {5}:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0.01)
    assert verdict(engine, "seen_once") == (True, 5 * 53)
    assert engine.hub.counted.polls >= 53
    assert engine.hub.counted.poll_reads < engine.hub.counted.polls


async def test_comments_outlive_the_process_and_the_log_is_mended(live: MakeLive) -> None:
    engine = await live(room="kept")
    await say(engine, 5)
    await engine.settled()
    await engine.close()
    await engine.bus.redis.delete(engine.bus.log_key(MAIN))
    again = await live(room="kept")
    assert again.intake.tails[MAIN] == 5
    assert [one.seq for one in await again.bus.newest(MAIN, 10)] == [1, 2, 3, 4, 5]
    assert shown(again, 0) == [1, 2, 3, 4, 5]
    assert (await again.comment("six", stream_id=MAIN)).seq == 6


async def test_a_server_that_begins_to_follow_while_the_reader_starts_misses_nothing(live: MakeLive) -> None:
    engine = await live()
    await say(engine, 3)
    await engine.settled()
    followed: dict[str, int] = {}
    reader = LogReader(engine.bus, "one-more")
    begin, tail = engine.bus.tail, iter((0,))

    async def slow_tail(channel: str) -> str:
        end = await begin(channel)
        followed[MAIN] = next(tail)  # it has joined meanwhile, at a place before that end
        return end

    engine.bus.tail = slow_tail  # type: ignore[method-assign]
    assert [event.seq for event in await reader.read({MAIN}, lambda: followed)] == [1, 2, 3]


async def test_who_comes_while_a_server_begins_with_a_stream_waits_for_its_place(live: MakeLive) -> None:
    engine = await live(distribution="everything")
    server = engine.hub.route("chess")
    await say(engine, 3, stream="chess")
    await server.settled()  # it reads every stream, and nobody there watches this one
    newest, go_on = engine.bus.newest, asyncio.Event()

    async def slow_newest(stream: str, count: int) -> list[Event]:
        found = await newest(stream, count)
        await go_on.wait()
        return found

    engine.bus.newest = slow_newest  # type: ignore[method-assign]
    coming = [asyncio.create_task(server.feed("chess")) for _ in range(2)]
    await say(engine, 2, stream="chess")
    await engine.intake.settled()
    while server.feeds["chess"].passed < 5:  # noqa: ASYNC110 - nobody announces what is passed by
        await asyncio.sleep(0)
    assert not any(one.done() for one in coming)
    go_on.set()
    first, second = await asyncio.gather(*coming)
    assert first is second
    assert (first.last, [one.seq for one in first.ring]) == (5, [1, 2, 3, 4, 5])


async def test_a_stream_that_could_not_be_begun_is_begun_by_the_next(live: MakeLive) -> None:
    engine = await live()
    server, newest = engine.hub.route("chess"), engine.bus.newest

    async def broken(stream: str, count: int) -> list[Event]:
        raise ConnectionError

    engine.bus.newest = broken  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await server.feed("chess")
    engine.bus.newest = newest  # type: ignore[method-assign]
    assert (await server.feed("chess")).last == 0
