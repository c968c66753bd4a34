"""Small inputs that once got a wrong answer or a wrong picture, each with what is right."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace

import httpx
import pytest

from designs.live_comments.api.api import EVENTS, MESSAGES
from designs.live_comments.engine.engine import LiveComments
from designs.live_comments.engine.streams import MAIN
from designs.live_comments.engine.traffic import CommentTraffic
from designs.live_comments.inside.snapshot import build_snapshot
from designs.live_comments.toggles import KNOBS
from designs.live_comments.workloads import WORKLOADS
from sdlab.lab import Knob, TooMany, WorkloadRunner, as_user
from sdlab.live.written import BY_SERVER
from tests.designs.live_comments.helpers import MakeLive, say

pytestmark = pytest.mark.virtual_time
COMMENT = "/api/live-comments/comment"
HISTORY = f"/api/live-comments/comment-history/{MAIN}"


@pytest.mark.parametrize("text", ["hey 👩‍💻", "می‌خواهم", "❤️", "مرحبا", "👨‍👩‍👧‍👦" * 20])
async def test_c5_any_script_is_text(client: httpx.AsyncClient, text: str) -> None:
    said = await client.post(COMMENT, json={"comment": text, "streamId": MAIN})
    assert (said.status_code, said.json()["comment"]) == (201, text)


@pytest.mark.parametrize("text", ["\u200b", "\u2060 \ufe0f", "a\u0000b", "a\u202eb", "\ud800"])
async def test_c10_what_nobody_can_see_is_no_comment(live: MakeLive, text: str) -> None:
    engine = await live()
    with pytest.raises(Exception, match="the comment"):
        await engine.comment(text, stream_id=MAIN)


async def test_c8_whoever_waits_as_long_as_told_may_comment(live: MakeLive) -> None:
    engine = await live(author_limit=3)
    answers = await asyncio.gather(
        *(as_user("ana", engine.comment("x", stream_id=MAIN)) for _ in range(6)), return_exceptions=True
    )
    refused = [one for one in answers if isinstance(one, TooMany)]
    assert len(refused) == 3
    for one in (refused[0],):
        assert one.retry_after is not None
        await asyncio.sleep(math.ceil(one.retry_after))
        await as_user("ana", engine.comment("again", stream_id=MAIN))
    with pytest.raises(TooMany) as again:
        await as_user("ana", engine.comment("x", stream_id=MAIN))
    assert again.value.retry_after is not None
    await asyncio.sleep(again.value.retry_after)
    await as_user("ana", engine.comment("and once more", stream_id=MAIN))


async def test_c14_a_refusal_describes_the_bucket_that_decides(live: MakeLive) -> None:
    engine = await live()
    for _ in range(17):
        await as_user("ana", engine.comment("x", stream_id=MAIN))
        await asyncio.sleep(0.56)
    answers = await asyncio.gather(
        *(as_user("ana", engine.comment("x", stream_id=MAIN)) for _ in range(10)), return_exceptions=True
    )
    refused = [one for one in answers if isinstance(one, TooMany)]
    assert refused
    text = "ana may comment 10 times at once, then once in 1 s; the next in "
    assert all(one.detail.startswith(text) for one in refused)


async def test_c15_an_author_is_called_as_in_the_header(client: httpx.AsyncClient) -> None:
    said = await client.post(
        COMMENT, json={"comment": "salut", "streamId": MAIN}, headers={"X-SDLab-User": "Zoë".encode()}
    )
    assert said.json()["author"] == "Zoë"
    assert (await client.get(HISTORY)).json()["items"][0]["author"] == "Zoë"


async def test_c15_a_comment_is_as_long_as_it_has_code_points(client: httpx.AsyncClient) -> None:
    for count, status in ((500, 201), (501, 422)):
        said = await client.post(COMMENT, json={"comment": "🎈" * count, "streamId": MAIN})
        assert said.status_code == status


class Screen:
    """A page's connection for one of the demo users; keeps what was written to it."""

    def __init__(self, engine: LiveComments, number: int, wire: object = EVENTS) -> None:
        self.engine, self.number = engine, number
        self.written = b""
        self.meter = engine.deliveries.wire.open("sse" if wire is EVENTS else "websocket")
        self._chunks = engine.listen(
            MAIN,
            wire,
            after=0,
            meter=self.meter,
            demo_user=number,  # type: ignore[arg-type]
        )
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for chunk in self._chunks:
            self.written += chunk
            self.meter.wrote(len(chunk))

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self._chunks.aclose()  # type: ignore[attr-defined]


async def test_p7_screens_are_connections_to_the_server_that_they_name(live: MakeLive) -> None:
    engine = await live()
    screens = [Screen(engine, number) for number in range(3)]
    await asyncio.sleep(0.1)
    await say(engine, 3)
    await engine.settled()
    await asyncio.sleep(0.1)
    shown = build_snapshot(engine)
    assert shown.totals.real == 3
    assert shown.stream.viewers == shown.totals.viewers == 3, "nobody watches twice"
    for user, screen in zip(shown.demo_users, screens, strict=True):
        assert screen.written.startswith(f'event: server\ndata: {{"server":"{user.server}"}}'.encode())
        held = next(one for one in shown.servers if one.id == user.server)
        assert held.sse == 3
        assert (user.screens, user.seen, user.events) == (1, 3, 3)
        assert user.bytes == len(screen.written) > 300
    sse = next(one for one in shown.methods if one.id == "sse")
    assert (sse.events, sse.bytes) == (9, sum(len(one.written) for one in screens))
    for screen in screens:
        await screen.close()
    await asyncio.sleep(3)
    after = build_snapshot(engine)
    assert (after.totals.real, [one.screens for one in after.demo_users]) == (0, [0, 0, 0])
    assert [[row.id for row in one.rows] for one in after.demo_users] == [[1, 2, 3]] * 3
    assert after.stream.viewers == 3


async def test_p7_another_method_is_another_connection(live: MakeLive) -> None:
    engine = await live(delivery="websocket")
    screen = Screen(engine, 0, MESSAGES)
    await asyncio.sleep(0.1)
    await engine.comment("hello", stream_id=MAIN)
    await engine.settled()
    await asyncio.sleep(0.1)
    shown = build_snapshot(engine)
    assert {one.id: one.events for one in shown.methods} == {"sse": 0, "websocket": 1, "polling": 0}
    assert screen.written.startswith(b'{"server":')
    await screen.close()


async def test_p7_polls_are_counted_with_question_and_answer(client: httpx.AsyncClient) -> None:
    url = f"/api/live-comments/streams/{MAIN}/comments"
    await client.post(COMMENT, json={"comment": "x", "streamId": MAIN})
    first = await client.get(f"{url}?after=0&demo_user=1")
    assert [one["id"] for one in first.json()["items"]] == ["1"]
    empty = await client.get(f"{url}?after=1&demo_user=1")
    assert empty.json() == {"items": []}
    snapshot = (await client.get("/api/labs/live-comments/snapshot")).json()["snapshot"]
    heads = sum(len(f"{name}: {value}\r\n") for name, value in empty.headers.items())
    asked = sum(len(f"{name}: {value}\r\n") for name, value in empty.request.headers.items())
    lines = len(f"GET {url}?after=1&demo_user=1 HTTP/1.1\r\n") + len("HTTP/1.1 200 OK\r\n") + 2 * len("\r\n")
    assert snapshot["polling"]["empty_bytes"] == asked + heads + lines + BY_SERVER + len(empty.content)
    assert snapshot["demo_users"][1]["screens"] == 1


async def test_p8_the_bus_shows_what_the_log_has(live: MakeLive) -> None:
    engine = await live(transport="pubsub")
    await say(engine, 30)
    await engine.configure(replace(engine.config, transport="log"))
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine).bus
    assert (shown.kept, shown.first, shown.last) == (0, 0, 0)
    await as_user("zed", engine.comment("on the log", stream_id=MAIN))
    await engine.settled()
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine).bus
    assert (shown.kept, shown.first, shown.last) == (1, 31, 31)
    await engine.room.redis.delete(engine.bus.log.key_of(MAIN))
    await asyncio.sleep(0.3)
    await engine.refresh_looks()
    assert build_snapshot(engine).bus.kept == 0


async def test_p16_there_are_as_many_viewers_as_the_knob_says_and_they_leave(live: MakeLive) -> None:
    engine = await live()
    traffic = CommentTraffic(engine)
    runner = WorkloadRunner(clock=engine.clock, perform=traffic.perform, crashed=engine.crashed)
    chatter = next(one for one in WORKLOADS if one.id == "chatter")

    async def play() -> int:
        runner.start(chatter, rate=20, seed=1, seconds=2)
        await runner.wait()
        return build_snapshot(engine).totals.viewers - len(engine.demo_users.users)

    assert [await play(), await play()] == [300, 300]
    await engine.configure(replace(engine.config, viewers=50))
    assert build_snapshot(engine).totals.viewers == 53
    assert sum(one.viewers for one in build_snapshot(engine).streams) == 53
    await asyncio.sleep(12)
    assert build_snapshot(engine).totals.viewers == 3
    assert await play() == 50


def test_p16_the_knob_goes_up_to_ten_thousand() -> None:
    knob: Knob = next(one for one in KNOBS if one.id == "viewers")
    assert (knob.minimum, knob.maximum, knob.default) == (0, 10_000, 300)
