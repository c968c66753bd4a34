"""Live comments over real HTTP and in a real browser: write, watch, resume, scroll up, leave and join."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import aiohttp
from playwright.sync_api import Locator, Page, expect

from tests.closing import closing
from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, axe, call, look_like, show_side
from tests.e2e.test_socket import make_room, with_session
from tests.machine import budget

SLUG = "live-comments"
BASE = f"/api/{SLUG}"


async def post(session: aiohttp.ClientSession, room: str, text: str, by: str = "ana") -> str:
    said = {"comment": text, "streamId": "harbour"}
    headers = {"X-SDLab-Room": room, "X-SDLab-User": by}
    async with session.post(f"{BASE}/comment", json=said, headers=headers) as answer:
        assert answer.status == 201
        return str((await answer.json())["id"])


async def events(answer: aiohttp.ClientResponse, count: int) -> list[tuple[str, str]]:
    """The next `count` comments of an event stream: id and text."""
    found: list[tuple[str, str]] = []
    id = ""
    while len(found) < count:
        name, _, value = (await answer.content.readline()).decode().strip().partition(": ")
        if name == "id":
            id = value
        elif name == "data" and id:
            found.append((id, json.loads(value)["comment"]))
            id = ""
    return found


def test_an_event_stream_resumes_from_the_last_id(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> None:
        room = await make_room(session)
        url = f"{BASE}/streams/harbour/events"
        for number in range(1, 6):
            await post(session, room, f"line {number}")
        ask = {"X-SDLab-Room": room, "Last-Event-ID": "2"}
        async with session.get(url, headers=ask) as answer:
            assert answer.content_type == "text/event-stream"
            assert await events(answer, 3) == [(str(n), f"line {n}") for n in (3, 4, 5)]
            await post(session, room, "live")
            assert await events(answer, 1) == [("6", "live")]
        await post(session, room, "while away")
        async with session.get(f"{url}?last_event_id=6", headers={"X-SDLab-Room": room}) as answer:
            assert await events(answer, 1) == [("7", "while away")]

    with_session(server_url, work)


def test_an_event_stream_ends_with_its_server_and_goes_on_elsewhere(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> None:
        room = await make_room(session)
        headers = {"X-SDLab-Room": room}
        url = f"{BASE}/streams/harbour/events"
        await post(session, room, "one")
        async with session.get(url, headers={**headers, "Last-Event-ID": "0"}) as answer:
            assert await events(answer, 1) == [("1", "one")]
            async with session.get(f"/api/labs/{SLUG}/snapshot", headers=headers) as said:
                servers = (await said.json())["snapshot"]["servers"]
            holding = next(one["id"] for one in servers if one["sse"] == 1)
            fault = {"node": holding, "kind": "down"}
            async with session.post(f"/api/labs/{SLUG}/faults", json=fault, headers=headers) as done:
                assert done.status < 300
            rest = (await answer.content.read()).decode()
            assert f'event: dropped\ndata: {{"reason":"{holding} ended"}}' in rest
        await post(session, room, "two")
        async with session.get(url, headers={**headers, "Last-Event-ID": "1"}) as answer:
            assert await events(answer, 1) == [("2", "two")]

    with_session(server_url, work)


def test_a_socket_carries_comments_both_ways(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> None:
        room = await make_room(session)
        url = f"{BASE}/streams/harbour/ws?room={room}&user=ana"
        async with session.ws_connect(url) as socket:
            await socket.send_json({"comment": "hello"})
            said: dict[str, Any] = await socket.receive_json(timeout=budget(5))
            assert (said["id"], said["author"], said["comment"]) == ("1", "ana", "hello")
            for nonsense in ("nonsense", "{}", '{"comment": 7}', '{"comment": " "}'):
                await socket.send_str(nonsense)
                assert (await socket.receive_json(timeout=budget(5)))["status"] == 422
        async with session.ws_connect(f"{url}&last_event_id=0") as socket:
            assert (await socket.receive_json(timeout=budget(5)))["id"] == "1"
        async with session.ws_connect(f"{BASE}/streams/nowhere/ws?room={room}") as socket:
            assert (await closing(socket)).data == 1008

    with_session(server_url, work)


def talk(server_url: str, path: str, until: Callable[[bytes], bool], *headers: str) -> tuple[bytes, bytes]:
    """What is sent over a socket of our own for one GET, and what comes back until it is enough."""
    address = urlsplit(server_url)
    lines = [f"GET {path} HTTP/1.1", f"Host: {address.netloc}", *headers]
    asked = "\r\n".join([*lines, "", ""]).encode()
    with socket.create_connection((address.hostname, address.port), timeout=budget(10)) as line:
        line.sendall(asked)
        got = b""
        while not until(got):
            got += line.recv(65_536)
        look(server_url, path)
    return asked, got


SEEN: dict[str, Any] = {}


def look(server_url: str, path: str) -> None:
    """Remember the snapshot of now, while the connection is open."""
    room = parse_qs(urlsplit(path).query)["room"][0]
    with urlopen(f"{server_url}/api/labs/{SLUG}/snapshot?room={room}", timeout=budget(10)) as answer:
        SEEN.update(json.load(answer)["snapshot"])


def test_bytes_are_those_that_a_socket_received(server_url: str) -> None:
    async def begin(session: aiohttp.ClientSession) -> str:
        room = await make_room(session)
        for text in ("one", "two", "three"):
            await post(session, room, text)
        return room

    room = with_session(server_url, begin)
    stream = f"{BASE}/streams/harbour"
    _, got = talk(
        server_url,
        f"{stream}/events?room={room}&last_event_id=0&demo_user=0",
        lambda so_far: so_far.count(b"event: comment") == 3 and so_far.endswith(b"\n\n\r\n"),
    )
    chunks = got.partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert SEEN["demo_users"][0]["bytes"] == sum(map(len, chunks[1::2]))
    _, got = talk(
        server_url,
        f"{stream}/ws?room={room}&last_event_id=0&demo_user=1",
        lambda so_far: so_far.count(b'"comment":') == 3 and so_far.endswith(b"}"),
        *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    assert SEEN["demo_users"][1]["bytes"] == len(got.partition(b"\r\n\r\n")[2])
    asked, got = talk(
        server_url,
        f"{stream}/comments?room={room}&after=3&demo_user=2",
        lambda so_far: so_far.endswith(b'{"items":[]}'),
    )
    assert SEEN["polling"]["empty_bytes"] == len(asked) + len(got)


def screen(page: Page, title: str) -> Locator:
    """One of the three screens."""
    return page.get_by_role("region", name=title, exact=True)


def say(page: Page, title: str, text: str) -> None:
    """Write on a screen."""
    show_side(page, title)
    page.get_by_label(f"Comment as {title}", exact=True).fill(text)
    page.keyboard.press("Enter")


def test_what_is_written_on_one_screen_is_on_all(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, viewport=DESKTOP, color_scheme="light")
    with fact("the host hides a comment"):
        say(page, "Viewer A", "not this")
        page.get_by_role("button", name="Hide comment 1").click()
        expect(page.locator(".sd-lines li")).to_have_count(0)
    said: list[re.Pattern[str]] = []
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        look_like(page, size, scheme)
        with fact(f"{size['width']} wide, {scheme}: what one writes all read"):
            text = f"hello from A in the {scheme}"
            say(page, "Viewer A", text)
            said.append(re.compile(text))
            for title in ("Host", "Viewer A", "Viewer B"):
                show_side(page, title)
                expect(screen(page, title).locator(".sd-lines li")).to_have_text(said)
            say(page, "Host", "welcome")
            said.append(re.compile("welcome"))
            show_side(page, "Viewer B")
            expect(screen(page, "Viewer B").locator(".sd-lines li").last).to_contain_text("welcome")
            axe(page)
    look_like(page, DESKTOP, "light")
    with fact("whoever joins late sees what was said before"):
        page.get_by_role("button", name="Leave as Viewer B").click()
        expect(screen(page, "Viewer B")).to_contain_text("Not watching")
        say(page, "Host", "you missed this")
        expect(screen(page, "Viewer A").locator(".sd-lines li")).to_have_count(len(said) + 1)
        page.get_by_role("button", name="Join as Viewer B").click()
        expect(screen(page, "Viewer B").locator(".sd-lines li").last).to_contain_text("you missed this")
    with fact("a server that ends is left for another"):
        _leaves_an_ended_server(page)
    with fact("what is refused stays in its field"):
        _keeps_what_was_refused(page)
    with fact("another method is another connection"):
        _connects_as_the_switch_says(page)


def _leaves_an_ended_server(page: Page) -> None:
    way = screen(page, "Host").locator(".sd-way")
    expect(way).to_have_text(re.compile(r"SSE · server \d"))
    ended = way.inner_text()[-1]
    call(page, "POST", f"/api/labs/{SLUG}/faults", {"node": f"server-{ended}", "kind": "down"})
    expect(way).to_have_text(re.compile(rf"SSE · server [^{ended}]"))
    say(page, "Viewer A", "still here")
    expect(screen(page, "Host").locator(".sd-lines li")).to_contain_text(["still here"])


def _keeps_what_was_refused(page: Page) -> None:
    field = page.get_by_label("Comment as Viewer B", exact=True)
    field.fill("🎈" * 501)
    expect(screen(page, "Viewer B").get_by_role("alert")).to_have_text("501 of 500 characters")
    field.fill("🎈" * 300)
    expect(screen(page, "Viewer B").get_by_role("alert")).to_have_count(0)
    _configure(page, knobs={"author_limit": 1})
    say(page, "Viewer B", "the last that is allowed")
    expect(field).to_have_value("")
    say(page, "Viewer B", "one too many")
    expect(screen(page, "Viewer B").get_by_role("alert")).to_contain_text(
        "you (B) may comment once in 10 s; the next in"
    )
    expect(field).to_have_value("one too many")


def _connects_as_the_switch_says(page: Page) -> None:
    way = screen(page, "Host").locator(".sd-way")
    _configure(page, knobs={"author_limit": 100})
    for option, shown in (
        ("websocket", r"WebSocket · server \d"),
        ("polling", "polls"),
        ("sse", r"SSE · server \d"),
    ):
        _configure(page, toggles={"delivery": option})
        expect(way).to_have_text(re.compile(shown))
        say(page, "Host", f"by {option}")
        for title in ("Host", "Viewer A", "Viewer B"):
            expect(screen(page, title).locator(".sd-lines li").last).to_contain_text(f"by {option}")


def _configure(page: Page, **change: dict[str, object]) -> None:
    call(page, "PATCH", f"/api/labs/{SLUG}/config", {"toggles": {}, "knobs": {}, **change})


FROM_THE_TOP = """(one, id) => one.querySelector(`li[data-id="${id}"]`).getBoundingClientRect().top
    - one.getBoundingClientRect().top"""


def test_scrolling_up_reads_the_history_without_a_jump(lab: OpenLab) -> None:
    page = lab(SLUG, query="?workload=chatter&rate=100")
    page.wait_for_function(
        "() => Number(document.querySelector('.sd-screen .sd-lines li:last-child')?.dataset.id ?? 0) > 160"
    )
    lines = screen(page, "Host").locator(".sd-lines")
    ids = "one => [...one.querySelectorAll('li')].map(li => Number(li.dataset.id))"
    lines.hover()
    page.mouse.wheel(0, -200)  # whoever reads further up is shown nothing new
    much = re.compile(r"^([2-9]\d\d|\d+,\d{3}) new ↓$")
    expect(page.get_by_role("button", name=much)).to_have_count(1)  # comes meanwhile
    for _ in range(3):
        before = lines.evaluate(ids)
        had = len(before)
        lines.hover()
        page.mouse.wheel(0, -20_000)
        page.wait_for_function(
            "had => document.querySelector('.sd-screen .sd-lines').querySelectorAll('li').length > had",
            arg=had,
        )
        assert -10 < lines.evaluate(FROM_THE_TOP, before[0]) < 100, "what was read stays where it was"
    shown = lines.evaluate(ids)
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    page.get_by_role("button", name=re.compile("↓$")).click()
    expect(page.get_by_role("button", name=re.compile("↓$"))).to_have_count(0)
