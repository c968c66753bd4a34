"""What labs' APIs are made of: strict bodies, texts, who acts, typed engines, sockets with refusals."""

from __future__ import annotations

import asyncio
import enum
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Response, WebSocket
from pydantic import Field, ValidationError

from sdlab.api import problems
from sdlab.api.kit import IdempotencyKey, StrictModel, TextOf
from sdlab.api.sockets import LabSocket, serve_socket
from sdlab.lab import TooMany, acting
from sdlab.lab.text import TextRule
from sdlab.rooms import manager as manager_module
from sdlab.rooms.http import ActingUser, EngineOf, LabOf, engine_in
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager
from tests.frame.toy import TOY, Counter

EngineHere = Annotated[Counter, EngineOf("toy", Counter)]
LabHere = Annotated[RunningLab, LabOf("toy")]


class Colour(enum.Enum):
    RED = "red"


class Place(StrictModel):
    lat: float = Field(ge=-90, le=90)
    count: int = 1


class Body(StrictModel):
    title: Annotated[str, TextOf(TextRule("title", 10))]
    place: Place | None = None
    places: list[Place] = []
    at: datetime | None = None
    colour: Colour = Colour.RED
    sure: bool = False
    shares: dict[str, int] = {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": {"lat": True}},
        {"place": {"lat": "1"}},
        {"places": [{"lat": 1, "count": True}]},
        {"places": [{"lat": 1, "other": 1}]},
        {"place": {"lat": float("nan")}},
        {"place": {"lat": float("inf")}},
        {"place": {"lat": 1, "count": 1.5}},
        {"sure": 1},
        {"sure": "true"},
        {"title": 1},
        {"title": "\u200b"},
        {"title": "x" * 11},
        {"title": "a\u202e"},
        {"at": 5},
        {"at": "5"},
        {"at": True},
        {"colour": "blue"},
        {"shares": {"a": True}},
        {"other": 1},
    ],
)
def test_a_value_of_another_type_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Body.model_validate({"title": "a", **wrong})


def test_what_the_schema_says_is_taken() -> None:
    body = Body.model_validate(
        {
            "title": " Cafe\u0301 👩‍💻 ",
            "place": {"lat": 1},
            "places": [{"lat": 1.5, "count": 2}],
            "at": "2026-01-01T00:00:00Z",
            "colour": "red",
            "sure": True,
        }
    )
    assert body.title == "Café 👩‍💻"
    assert body.place == Place(lat=1.0)
    assert body.at == datetime(2026, 1, 1, tzinfo=UTC)
    assert body.colour is Colour.RED
    schema = Body.model_json_schema()
    assert schema["properties"]["title"]["maxLength"] == 10
    assert schema["additionalProperties"] is False


def _routes() -> APIRouter:
    routes = APIRouter()

    @routes.get("/who")
    async def who(user: ActingUser) -> dict[str, object]:
        inside = await asyncio.create_task(_acting())
        return {"user": user, "acting": acting().name, "in_task": inside, "hand": acting().by_hand}

    @routes.get("/who-in-a-thread")
    def who_in_a_thread(user: ActingUser) -> str:
        return acting().name

    @routes.get("/nobody")
    async def nobody() -> str:
        return acting().name

    @routes.post("/add")
    async def add(engine: EngineHere, lab: LabHere, key: IdempotencyKey = None) -> list[object]:
        assert engine is lab.engine
        return [await engine.add(), key]

    @routes.get("/wait")
    async def wait() -> Response:
        raise TooMany("too often", retry_after=1.2)

    @routes.post("/body")
    async def take(body: Body) -> str:
        return body.title

    @routes.websocket("/ws")
    async def socket(websocket: WebSocket, room: str = "", user: str = "visitor", do: str = "echo") -> None:
        async def work(peer: LabSocket[Counter]) -> None:
            if do == "refuse":
                raise TooMany("é" * 200)
            if do == "node":
                peer.engine.node("nowhere")
            await peer.run(_echo(peer))

        await serve_socket(websocket, "toy", Counter, work, room=room, user=user, max_message=20)

    return routes


async def _acting() -> str:
    return acting().name


async def _echo(peer: LabSocket[Counter]) -> None:
    while (said := await peer.receive()) != "end":
        await peer.send(json.dumps([said, acting().name, await peer.may_act()]))


@pytest.fixture
async def app(manager: RoomManager, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)
    api = FastAPI()
    problems.install(api)
    api.include_router(_routes())
    return api


@pytest.fixture
async def api(app: FastAPI, manager: RoomManager) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as one:
        one.headers["X-SDLab-Room"] = await manager.rooms.new_room("10.0.0.1")
        yield one


async def test_the_caller_acts_for_the_request(api: httpx.AsyncClient) -> None:
    said = (await api.get("/who", headers={"X-SDLab-User": "Ann"})).json()
    assert said == {"user": "Ann", "acting": "Ann", "in_task": "Ann", "hand": True}
    assert (await api.get("/who-in-a-thread", headers={"X-SDLab-User": "Ann"})).json() == "Ann"
    assert (await api.get("/nobody", headers={"X-SDLab-User": "Ann"})).json() == "visitor"
    assert (await api.get("/who")).json()["user"] == "visitor"
    many = await asyncio.gather(*(api.get("/who", headers={"X-SDLab-User": f"u{n}"}) for n in range(20)))
    assert [one.json()["acting"] for one in many] == [f"u{n}" for n in range(20)]


async def test_names_in_headers_are_utf_8(api: httpx.AsyncClient) -> None:
    for name in ("Zoë", "日本", "👩‍💻"):
        assert (await api.get("/who", headers={"X-SDLab-User": name.encode()})).json()["user"] == name
    assert (await api.get("/who", headers={"X-SDLab-User": "Zoë".encode("latin-1")})).json()["user"] == "Zoë"
    for bad in ("", " ", "\u200b", "x" * 41):
        answer = await api.get("/who", headers={"X-SDLab-User": bad.encode()})
        assert (answer.status_code, answer.json()["field"]) == (422, "X-SDLab-User")


async def test_engines_are_typed_and_keys_are_headers(api: httpx.AsyncClient, manager: RoomManager) -> None:
    assert (await api.post("/add", headers={"Idempotency-Key": "k1"})).json() == [1, "k1"]
    assert (await api.post("/add")).json() == [2, None]
    assert (await api.post("/add", headers={"Idempotency-Key": "x" * 201})).status_code == 422
    lab = await manager.lab(api.headers["X-SDLab-Room"], "toy")
    with pytest.raises(TypeError):
        engine_in(lab, type("Other", (Counter,), {}))


async def test_waiting_times_are_rounded_up(api: httpx.AsyncClient) -> None:
    assert (await api.get("/wait")).headers["Retry-After"] == "2"


async def test_a_body_that_is_refused_names_its_field(api: httpx.AsyncClient) -> None:
    answer = await api.post("/body", json={"title": "\u200b"})
    assert answer.status_code == 422
    assert answer.json()["field"] == "body.title"
    assert answer.json()["detail"] == "the title has at least one visible character"
    assert (await api.post("/body", content=b'{"title": "\\ud800"}')).status_code == 422
    assert (await api.post("/body", content=b'{"title": "a", "place": {"lat": NaN}}')).status_code == 422


class Peer:
    """A client of a WebSocket, driven by hand."""

    def __init__(self, app: FastAPI, query: str) -> None:
        self.app, self.query = app, query
        self.to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.to_server.put_nowait({"type": "websocket.connect"})

    async def serve(self) -> None:
        scope = {
            "type": "websocket",
            "path": "/ws",
            "raw_path": b"/ws",
            "query_string": self.query.encode(),
            "headers": [],
            "client": ("10.0.0.9", 1),
            "server": ("test", 80),
            "scheme": "ws",
            "subprotocols": [],
        }
        await self.app(scope, self.to_server.get, self.from_server.put)

    def say(self, **message: object) -> None:
        self.to_server.put_nowait({"type": "websocket.receive", **message})

    async def hear(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.from_server.get(), 10)


async def test_a_socket_serves_as_the_user_who_came(api: httpx.AsyncClient, app: FastAPI) -> None:
    peer = Peer(app, f"room={api.headers['X-SDLab-Room']}&user=Ann")
    serving = asyncio.create_task(peer.serve())
    assert (await peer.hear())["type"] == "websocket.accept"
    peer.say(text="hey")
    assert json.loads((await peer.hear())["text"]) == ["hey", "Ann", True]
    peer.say(bytes=b"\x00")
    assert json.loads((await peer.hear())["text"]) == ["", "Ann", True]
    peer.say(text="end")
    assert (await peer.hear())["code"] == 1000
    await serving


@pytest.mark.parametrize(
    ("query", "code"),
    [("do=refuse", 1013), ("do=node", 1008), ("room=" + "a" * 24, 1008), ("user=%E2%80%8B", 1008)],
)
async def test_a_refusal_is_the_close_reason(
    api: httpx.AsyncClient, app: FastAPI, query: str, code: int
) -> None:
    peer = Peer(app, query)
    serving = asyncio.create_task(peer.serve())
    assert (await peer.hear())["type"] == "websocket.accept"
    closed = await peer.hear()
    assert (closed["type"], closed["code"]) == ("websocket.close", code)
    assert 0 < len(closed["reason"].encode()) <= 123
    await serving


async def test_a_message_that_is_too_long_closes(api: httpx.AsyncClient, app: FastAPI) -> None:
    peer = Peer(app, "")
    serving = asyncio.create_task(peer.serve())
    await peer.hear()
    peer.say(text="x" * 21)
    assert (await peer.hear())["code"] == 1009
    await serving


async def test_a_socket_ends_with_its_lab_and_with_its_peer(
    api: httpx.AsyncClient, app: FastAPI, manager: RoomManager
) -> None:
    room = api.headers["X-SDLab-Room"]
    lab = await manager.lab(room, "toy")
    staying, leaving = Peer(app, f"room={room}"), Peer(app, f"room={room}")
    tasks = [asyncio.create_task(one.serve()) for one in (staying, leaving)]
    for peer in (staying, leaving):
        await peer.hear()
        peer.say(text="hey")
        await peer.hear()
    leaving.to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})
    await tasks[1]
    assert leaving.from_server.empty()
    lab.frames.closed.set()
    assert (await staying.hear())["code"] == 1012
    await tasks[0]
