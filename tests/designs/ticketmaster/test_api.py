"""Statuses of the API, asked of an engine in a room of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from designs.ticketmaster.api import engine_here, router
from designs.ticketmaster.engine import Config, Ticketmaster
from designs.ticketmaster.seat_routes import seat_events
from sdlab.api.problems import install
from sdlab.lab import ManualClock
from tests.conftest import MakeRoom


@pytest.fixture
async def engine(make_room: MakeRoom) -> AsyncIterator[Ticketmaster]:
    place = await make_room("ticketmaster", clock=ManualClock())
    one = Ticketmaster(place, Config(payment_ms=0))
    await one.start()
    yield one
    await one.close()


@pytest.fixture
async def client(engine: Ticketmaster) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install(app)
    app.include_router(router())
    app.dependency_overrides[engine_here] = lambda: engine
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as one:
        yield one


async def hold(client: httpx.AsyncClient, *seats: str, event: str = "e2", token: str = "") -> httpx.Response:
    return await client.post(
        "/holds", json={"event_id": event, "seats": seats}, headers={"X-Queue-Token": token}
    )


async def book(client: httpx.AsyncClient, held: httpx.Response, outcome: str = "ok") -> httpx.Response:
    body = {"hold_id": held.json()["hold_id"], "payment": {"outcome": outcome}}
    return await client.post("/bookings", json=body, headers={"Idempotency-Key": "k"})


async def test_pages_of_events_do_not_overlap(client: httpx.AsyncClient) -> None:
    first = (await client.get("/events")).json()
    second = (await client.get("/events", params={"cursor": first["next_cursor"]})).json()
    assert len(first["items"]) == 10
    assert not {one["id"] for one in first["items"]} & {one["id"] for one in second["items"]}
    assert (await client.get("/events", params={"cursor": "!"})).status_code == 422
    assert (await client.get("/events", params={"to": "2000-01-01T00:00:00Z"})).json()["items"] == []


async def test_from_waiting_to_a_ticket(client: httpx.AsyncClient, engine: Ticketmaster) -> None:
    place = (await client.post("/events/e1/queue")).json()
    assert (await hold(client, "A1", event="e1", token=place["token"])).status_code == 403
    await engine.lobby.admit()
    assert (await client.get(f"/events/e1/queue/{place['token']}")).json()["admitted"]
    held = await hold(client, "A1", event="e1", token=place["token"])
    assert held.status_code == 201
    assert (await client.get("/events/e1")).json()["seats"]["A1"] == "held"
    ticket = await book(client, held)
    assert ticket.status_code == 201
    assert (await book(client, held)).json() == ticket.json()
    assert (await client.get("/events/e1")).json()["seats"]["A1"] == "sold"


async def test_refusals(client: httpx.AsyncClient, engine: Ticketmaster) -> None:
    held = await hold(client, "A1", "A2")
    refused = await hold(client, "A2", "A3")
    assert (refused.status_code, refused.json()["seats"]) == (409, ["A2"])
    assert (await hold(client, "A3")).status_code == 201
    assert (await book(client, held, "declined")).status_code == 402
    assert (await book(client, held, "crash")).status_code == 503
    assert (await client.get("/events/nothing")).status_code == 404
    assert (await hold(client, "Z1")).status_code == 422
    assert (await client.delete("/holds/nothing")).status_code == 404


async def test_a_hold_that_was_given_back_is_gone(client: httpx.AsyncClient) -> None:
    held = await hold(client, "A1")
    assert (await client.delete(f"/holds/{held.json()['hold_id']}")).status_code == 204
    assert (await book(client, held)).status_code == 410
    assert (await hold(client, "A1")).status_code == 201


async def test_the_stream_sends_what_changed_and_resumes(engine: Ticketmaster) -> None:
    stream = seat_events(engine, "e2", "")
    whole = (await anext(stream)).decode()
    assert whole.count('"free"') == 200
    await engine.hold("e2", ["A1"])
    await engine.board.refresh("e2")
    changed = (await anext(stream)).decode()
    assert '"seats":{"A1":"held"}' in changed
    await stream.aclose()  # type: ignore[attr-defined]
    first = whole.splitlines()[0].removeprefix("id: ")
    again = seat_events(engine, "e2", first)
    assert '"seats":{"A1":"held"}' in (await anext(again)).decode()
    await again.aclose()  # type: ignore[attr-defined]
    assert engine.board.meters["sse"].open == 0
