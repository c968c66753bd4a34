"""`run --workers N`: rooms spread over processes, each call reaches the one that has its room, and each may be killed."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from sdlab.balancer.routing import place_of
from sdlab.launcher.commands import main
from sdlab.launcher.server import Server, running_server
from sdlab.rooms.lease import holder_of, place_of_holder
from sdlab.stores.redis import EmbeddedRedis, connect
from tests.closing import closing
from tests.machine import budget

WORKERS = 2
ENDS_WITHIN = 20
LINKS = "/api/url-shortener/shorturl/generate"
RESUMES_WITHIN = 5.0  # seconds


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("workers"), workers=WORKERS) as one:
        yield one


@pytest.fixture
async def session(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as one, asyncio.timeout(budget(90)):
        yield one


async def new_room(session: aiohttp.ClientSession) -> str:
    async with session.post("/api/rooms") as answer:
        return str((await answer.json())["room"])


async def shortened(session: aiohttp.ClientSession, room: str, url: str = "https://example.org/kept") -> str:
    async with session.post(LINKS, params={"room": room}, json={"url": url}) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["short_url"])


async def place_in(server: Server, room: str) -> int | None:
    """Which worker has the room, as the stores say."""
    redis = connect(EmbeddedRedis.url_for(server.log.parent / "data" / "valkey"))
    try:
        return place_of_holder(await holder_of(redis, room))
    finally:
        await redis.aclose()


def processes(server: Server) -> tuple[psutil.Process, list[psutil.Process]]:
    """The process in front, and the workers by their place."""
    children = psutil.Process(server.process.pid).children()
    front = next(one for one in children if any("valkey" in child.name() for child in one.children()))
    return front, sorted((one for one in children if one != front), key=lambda one: one.create_time())


async def room_at(session: aiohttp.ClientSession, place: int) -> str:
    """A new room that falls to that worker."""
    while True:
        room = await new_room(session)
        if place_of(room, WORKERS) == place:
            return room


async def test_rooms_spread_and_every_call_finds_its_room(
    server: Server, session: aiohttp.ClientSession
) -> None:
    rooms = [await new_room(session) for _ in range(8)]
    links = [await shortened(session, one) for one in rooms]
    assert {await place_in(server, one) for one in rooms} == {0, 1}
    for room, link in zip(rooms, links, strict=True):
        assert await shortened(session, room) == link
        for headers in ({"X-SDLab-Room": room}, {"X-SDLab-Room": room, "Connection": "close"}):
            async with session.post(
                LINKS, json={"url": "https://example.org/kept"}, headers=headers
            ) as answer:
                assert (await answer.json())["short_url"] == link


async def test_an_address_that_names_no_room_is_answered_by_whoever_has_it(
    server: Server, session: aiohttp.ClientSession
) -> None:
    """A short link tells its room by what it says, which only a worker knows."""
    for place in range(WORKERS):
        link = await shortened(session, await room_at(session, place))
        async with session.get(link, allow_redirects=False) as answer:
            assert (answer.status, answer.headers.get("location")) == (302, "https://example.org/kept")
            assert "X-SDLab-Place" not in answer.headers


async def test_a_link_of_another_room_says_nothing_of_the_own_one(
    server: Server, session: aiohttp.ClientSession
) -> None:
    for place in range(WORKERS):
        own, other = await room_at(session, place), await room_at(session, 1 - place)
        link = await shortened(session, other)
        async with session.get(
            link, headers={"Cookie": f"sdlab_room={own}"}, allow_redirects=False
        ) as answer:
            assert answer.status == 302
        await shortened(session, own)
        assert await place_in(server, own) == place


async def test_who_says_where_a_call_comes_from_is_not_believed(
    server: Server, session: aiohttp.ClientSession
) -> None:
    """Rooms are counted by the true address, whatever a visitor says of himself."""
    async with session.post("/api/rooms", headers={"X-Forwarded-For": "10.9.8.7"}) as answer:
        room = (await answer.json())["room"]
    redis = connect(EmbeddedRedis.url_for(server.log.parent / "data" / "valkey"))
    assert await redis.zscore("sdlab:address:10.9.8.7", room) is None
    assert await redis.zscore("sdlab:address:127.0.0.1", room) is not None
    await redis.aclose()


async def test_figures_are_those_of_all_and_for_the_operator_alone(
    server: Server, session: aiohttp.ClientSession
) -> None:
    for place in range(WORKERS):
        await shortened(session, await room_at(session, place))
    async with session.get("/api/metrics") as answer:
        assert answer.status == 200, await answer.text()
        families = list(text_string_to_metric_families(await answer.text()))
    assert len({one.name for one in families}) == len(families)
    at_work = {
        one.labels["worker"]: one.value
        for family in families
        for one in family.samples
        if one.name == "sdlab_rooms"
    }
    assert at_work.keys() == {"1", "2"}
    assert min(at_work.values()) > 0
    for mark in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        async with session.get("/api/metrics", headers={mark: "127.0.0.1"}) as answer:
            assert answer.status == 403, mark


async def watched(session: aiohttp.ClientSession, room: str) -> aiohttp.ClientWebSocketResponse:
    """A viewer of the room, who has got a frame."""
    tab = await session.ws_connect("/api/live", params={"lab": "url-shortener", "room": room})
    assert "snapshot" in await tab.receive_json(timeout=budget(20))
    return tab


async def closed(tab: aiohttp.ClientWebSocketResponse) -> int | None:
    return (await closing(tab)).data


async def test_a_viewer_whose_worker_is_killed_is_told_and_goes_on(
    server: Server, session: aiohttp.ClientSession
) -> None:
    room, other = await room_at(session, 0), await room_at(session, 1)
    link = await shortened(session, room)
    tab, beside = await watched(session, room), await watched(session, other)
    began = time.monotonic()
    processes(server)[1][0].kill()

    assert await closed(tab) == 1012
    again = await watched(session, room)
    assert time.monotonic() - began < budget(RESUMES_WITHIN)
    assert await shortened(session, room) == link
    assert "snapshot" in await beside.receive_json(timeout=budget(10))
    assert not beside.closed
    for one in (again, beside):
        await one.close()
    assert "worker 1 ended (signal 9); another takes over" in server.said()


async def test_when_the_process_in_front_is_killed_everything_is_there_again(
    server: Server, session: aiohttp.ClientSession
) -> None:
    rooms = [await room_at(session, place) for place in range(WORKERS)]
    links = [await shortened(session, one) for one in rooms]
    front, workers = processes(server)
    stores = front.children(recursive=True)
    front.kill()
    assert psutil.wait_procs([front, *stores], timeout=ENDS_WITHIN)[1] == []

    for room, link in zip(rooms, links, strict=True):
        assert await until_answered(session, room) == link
    assert {one.pid for one in processes(server)[1]} == {one.pid for one in workers}


async def until_answered(session: aiohttp.ClientSession, room: str) -> str:
    """Stores that have just come back are answered with 503 for a moment."""
    while True:
        with contextlib.suppress(AssertionError, aiohttp.ClientError):
            return await shortened(session, room)
        await asyncio.sleep(0.1)


async def test_a_killed_store_is_started_again_and_labs_with_it(
    server: Server, session: aiohttp.ClientSession
) -> None:
    room = await room_at(session, 1)
    link = await until_answered(session, room)  # a connection of before may still be found dead
    tab = await watched(session, room)
    began = time.monotonic()
    for one in [one for one in processes(server)[0].children() if re.search("valkey|postgres", one.name())]:
        one.kill()
    assert await until_answered(session, room) == link
    deadline = began + budget(40)
    while time.monotonic() < deadline:
        message = await tab.receive(timeout=budget(20))
        if message.type is aiohttp.WSMsgType.CLOSE:  # it looked for its lab while the store was gone
            assert message.data == 1013
            tab = await session.ws_connect("/api/live", params={"lab": "url-shortener", "room": room})
        elif message.json()["snapshot"]["uptime"] < time.monotonic() - began:  # of the lab as it is now
            break
    else:
        pytest.fail("no frame of the lab as it is now")
    await tab.close()


async def test_what_cannot_be_passed_on_is_refused_in_words(session: aiohttp.ClientSession) -> None:
    async with session.post(LINKS, json={"url": "x"}, headers={"Host": "elsewhere.example"}) as answer:
        assert (answer.status, answer.content_type) == (421, "application/problem+json")
    async with session.get("/api/nothing/here") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect("/api/nothing")
    tab = await session.ws_connect("/api/live?lab=nothing")
    assert await closed(tab) == 1008


@pytest.mark.parametrize("number", ["0", "65", "-1", "two"])
def test_a_number_of_workers_is_a_number(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--workers", number])
    assert "workers are a number from 1 to 64" in capsys.readouterr().err


def test_a_signal_ends_all_of_them_in_order(server: Server, tmp_path: Path) -> None:
    with running_server(tmp_path, workers=WORKERS) as own:
        main_process = psutil.Process(own.process.pid)
        all_of_it = [main_process, *main_process.children(recursive=True)]
        assert len(all_of_it) >= 1 + 1 + WORKERS + 2
        own.process.send_signal(signal.SIGTERM)
        assert own.process.wait(ENDS_WITHIN) == 0
        assert psutil.wait_procs(all_of_it, timeout=ENDS_WITHIN)[1] == []
        assert "Traceback" not in own.said()
