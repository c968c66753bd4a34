"""What comes in: from own pages or from programs, to a name of ours, bounded, without signs that break stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from sdlab.api import door as door_module
from sdlab.api.door import MAX_BODIES, MAX_BODY, MAX_MESSAGE, Door
from sdlab.lab import Forbidden
from sdlab.live import state
from sdlab.rooms.classroom import MAX_GUESSES_PER_ADDRESS, Classroom, Standing
from sdlab.rooms.csv_cells import plain
from sdlab.rooms.manager import RoomManager
from sdlab.settings import Settings
from tests.api.echo import echo

OWN = "http://localhost:3000"
Talk = Callable[..., Awaitable[list[Message]]]


def door(**settings: Any) -> Door:
    return Door(echo, settings=Settings(**settings))


def calling(behind: Door, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=behind), base_url=OWN, headers=headers)


async def talk(
    behind: Door,
    *said: Message,
    origin: str | None = OWN,
    cookie: str = "",
    host: str = "localhost:3000",
    query: bytes = b"",
    path: str = "/api/live",
) -> list[Message]:
    """Open a socket, say that, and give what came back."""
    headers = [(b"host", host.encode()), (b"cookie", cookie.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope: Scope = {
        "type": "websocket",
        "path": path,
        "query_string": query,
        "headers": headers,
        "client": ("10.0.0.1", 1),
        "scheme": "ws",
    }
    incoming = iter([{"type": "websocket.connect"}, *said, {"type": "websocket.disconnect", "code": 1000}])
    answers: list[Message] = []

    async def receive() -> Message:
        return next(incoming)

    async def send(message: Message) -> None:
        answers.append(message)

    await behind(scope, receive, send)
    return answers


def text(said: str) -> Message:
    return {"type": "websocket.receive", "text": said}


# From where


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (OWN, 200),
        ("https://localhost:3000", 200),  # encrypted up to a proxy
        ("https://school.example", 200),  # listed
        ("http://localhost:3001", 403),
        ("http://evil.example", 403),
        ("http://localhost:3000.evil.example", 403),
        ("http://evil.example/localhost:3000", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_only_own_and_listed_pages_change_anything(origin: str, status: int) -> None:
    behind = door(SDLAB_ORIGINS="https://school.example/")
    async with calling(behind, Origin=origin) as page:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert (await page.request(method, "/api/x")).status_code == status
        assert (await page.get("/api/x")).status_code == 200
    answers = await talk(behind, text("hello"), origin=origin)
    if status == 200:
        assert answers[1:] == [{"type": "websocket.send", "text": "hello"}]
    else:
        assert (answers[-1]["type"], answers[-1]["code"]) == ("websocket.close", 1008)


async def test_programs_need_no_origin_and_visitors_cookies_do() -> None:
    async with calling(door()) as program:
        assert (await program.post("/api/x")).status_code == 200
        refused = await program.post("/api/x", headers={"Cookie": "a=b; sdlab_leader_abc=t"})
        assert (refused.status_code, refused.json()["title"]) == (403, "Foreign page")
        assert (await program.post("/api/x", headers={"Sec-Fetch-Site": "same-site"})).status_code == 403
    assert (await talk(door(), text("a"), origin=None))[1]["text"] == "a"
    assert (await talk(door(), text("a"), origin=None, cookie="sdlab_room=x"))[-1]["code"] == 1008


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:3000", True),
        ("127.0.0.1:80", True),
        ("[::1]:3000", True),
        ("192.168.1.7", True),
        ("LAB.school.example:443", True),
        ("lab.localhost", True),
        ("rebound.example", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
async def test_the_server_answers_to_its_own_names(host: str, known: bool) -> None:
    behind = door(SDLAB_HOSTS="lab.school.example")
    async with calling(behind) as caller:
        assert (await caller.get("/", headers={"Host": host})).status_code == (200 if known else 421)
    answers = await talk(behind, text("a"), host=host, origin=f"http://{host}")
    assert (answers[-1]["type"] == "websocket.send") is known


# How much


async def test_a_body_without_a_length_is_measured_as_well() -> None:
    async def parts(size: int) -> Any:
        for _ in range(size // 1024):
            yield b"x" * 1024

    async with calling(door()) as caller:
        assert (await caller.post("/x", content=parts(MAX_BODY))).text == str(MAX_BODY)
        refused = await caller.post("/x", content=parts(MAX_BODY + 1024))
        assert refused.status_code == 413
        assert refused.headers["content-type"] == "application/problem+json"
        assert (await caller.post("/x", content=b"x" * (MAX_BODY + 1))).status_code == 413


async def test_a_body_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "BODY_WITHIN", 0.05)
    sent: list[Message] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/x",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-length", b"100")],
        "client": ("10.0.0.1", 1),
    }

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await door()(scope, never, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


@pytest.mark.parametrize("path", ["/api/live", "/_event/", "/api/live-comments/streams/harbour/ws"])
async def test_one_address_holds_only_so_many_sockets_of_any_kind(path: str) -> None:
    behind = door(SDLAB_SOCKETS_PER_ADDRESS=2)
    behind._sockets["10.0.0.1"] = 2
    answers = await talk(behind, text("a"), path=path)
    assert answers[-1]["code"] == 1013
    behind._sockets["10.0.0.1"] = 1
    assert (await talk(behind, text("a"), path=path))[-1]["text"] == "a"
    assert behind._sockets["10.0.0.1"] == 1


async def test_one_address_has_only_so_many_bodies_on_their_way() -> None:
    behind = door()
    behind._bodies["127.0.0.1"] = MAX_BODIES
    async with calling(behind) as caller:
        assert (await caller.post("/x", content=b"a")).status_code == 429
        assert (await caller.get("/x")).status_code == 200
        behind._bodies["127.0.0.1"] -= 1
        assert (await caller.post("/x", content=b"a")).text == "1"
    assert behind._bodies["127.0.0.1"] == MAX_BODIES - 1


async def test_messages_are_bounded_in_length_and_rate() -> None:
    assert (await talk(door(), text("x" * (MAX_MESSAGE + 1))))[-1]["code"] == 1009
    answers = await talk(door(SDLAB_WRITES_PER_SECOND=2), *[text("a")] * 6)
    assert [one.get("text") for one in answers[1:-1]] == ["a"] * 4
    assert answers[-1]["code"] == 1008


# What signs


async def test_a_nul_reaches_nobody() -> None:
    async with calling(door()) as caller:
        for written in (b'{"a": "\\u0000"}', b'{"a": "x\\\\\\u0000"}'):
            refused = await caller.post("/x", content=written)
            assert (refused.status_code, refused.json()["title"]) == (422, "Invalid value")
        for harmless in (b'{"a": "\\\\u0000"}', b'{"a": "\\u00e9"}'):
            assert (await caller.post("/x", content=harmless)).status_code == 200
        assert (await caller.get("/x?user=a%00b")).status_code == 400
        assert (await caller.get("/x%00y")).status_code == 404
    assert (await talk(door(), text('{"a": "\\u0000"}')))[-1]["code"] == 1007
    assert (await talk(door(), text("a\0b")))[-1]["code"] == 1007
    assert (await talk(door(), query=b"user=a%00b"))[-1]["code"] == 1008


async def test_a_binary_frame_is_refused_with_a_code() -> None:
    answers = await talk(door(), {"type": "websocket.receive", "bytes": b"\xff", "text": None})
    assert answers[-1]["code"] == 1003


# What every answer carries


async def test_the_application_stands_behind_the_door(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/rooms", headers={"Origin": "http://evil.example"})).status_code == 403
    assert (await client.get("/api/labs", headers={"Host": "evil.example"})).status_code == 421


async def test_docs_and_drawings_have_policies_too(client: httpx.AsyncClient) -> None:
    docs = await client.get("/docs")
    policy = docs.headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe" not in policy.partition("style-src")[0]
    client.headers["Origin"] = OWN  # from now on it has a cookie
    made = await client.post("/api/url-shortener/shorturl/generate", json={"url": "https://example.org/q"})
    drawing = await client.get(f"/api/url-shortener/links/{made.json()['code']}/qr.svg")
    assert drawing.headers["content-security-policy"].startswith("default-src 'none'")


async def test_every_answer_says_what_a_page_may_use(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs")
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "strict-transport-security" not in answer.headers


async def test_an_encrypted_connection_stays_encrypted(application: FastAPI, manager: object) -> None:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as one:
        answer = await one.get("/docs")
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "; Secure" in answer.headers["set-cookie"]


# What escaped once


@pytest.mark.parametrize(
    "token", ["leader.é", "follower.\udce9.x", "follower.a.b", "é", "leader." + "x" * 4000]
)
async def test_a_right_of_any_letters_is_refused_and_nothing_fails(token: str, manager: RoomManager) -> None:
    taught = Classroom(manager, Standing(room="r", code="ABCDEF", lab="url-shortener", began=0.0), nonce="n")
    with pytest.raises(Forbidden):
        taught.rights.role_of(token)


async def test_infinities_are_no_numbers(client: httpx.AsyncClient) -> None:
    for body in (b'{"knobs": {"x": Infinity}}', b'{"knobs": {"x": NaN}}', b'{"knobs": {"x": 1e999}}'):
        answer = await client.patch(
            "/api/labs/url-shortener/config", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422), answer.text
    for typed in ("inf", "-inf", "nan", "1e999", [], None):
        with pytest.raises(ValueError, match="n"):
            state._number(typed)  # type: ignore[arg-type]


async def test_whoever_guesses_codes_is_told_nothing_any_more(client: httpx.AsyncClient) -> None:
    client.headers["Origin"] = OWN
    opened = (await client.post("/api/classes", json={"lab": "url-shortener"})).json()
    for _ in range(MAX_GUESSES_PER_ADDRESS):
        assert (await client.post("/api/classes/ZZZZZZ/join")).status_code == 404
    assert (await client.post("/api/classes/ZZZZZZ/join")).status_code == 429
    assert (await client.post(f"/api/classes/{opened['code']}/join")).status_code == 429


def test_exported_cells_are_no_formulas() -> None:
    assert plain(["=HYPERLINK()", "+1", "-1", "@x", "\tx", "\rx", "a", -1, 2.5]) == [
        *("'=HYPERLINK()", "'+1", "'-1", "'@x", "'\tx", "'\rx", "a"),
        *(-1, 2.5),
    ]
