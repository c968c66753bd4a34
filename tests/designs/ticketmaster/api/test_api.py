"""Statuses of the API, asked of an engine in a room of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from designs.ticketmaster.api.api import engine_here, router
from designs.ticketmaster.api.seat_routes import seat_events
from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.engine import Ticketmaster
from sdlab.api.problems import install
from sdlab.lab import ManualClock
from tests.conftest import MakeRoom


@pytest.fixture
async def engine(make_room: MakeRoom) -> AsyncIterator[Ticketmaster]:
    room = await make_room("ticketmaster", clock=ManualClock(), database="sqlite")
    one = Ticketmaster(room, Config(payment_ms=0))
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
    position = (await client.post("/events/e1/queue")).json()
    assert (await hold(client, "A1", event="e1", token=position["token"])).status_code == 403
    await engine.admission.admit()
    assert (await client.get(f"/events/e1/queue/{position['token']}")).json()["admitted"]
    held = await hold(client, "A1", event="e1", token=position["token"])
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
    await engine.seat_maps.refresh("e2")
    changed = (await anext(stream)).decode()
    assert '"seats":{"A1":"held"}' in changed
    await stream.aclose()  # type: ignore[attr-defined]
    first = whole.splitlines()[0].removeprefix("id: ")
    again = seat_events(engine, "e2", first)
    assert '"seats":{"A1":"held"}' in (await anext(again)).decode()
    await again.aclose()  # type: ignore[attr-defined]
    assert engine.seat_maps.meters["sse"].open == 0


async def test_events_by_word_city_and_time(client: httpx.AsyncClient) -> None:
    everything = (await client.get("/events", params={"limit": 50})).json()["items"]
    assert [one["starts"] for one in everything] == sorted(one["starts"] for one in everything)
    city, third = everything[0]["city"], everything[2]["starts"]
    narrowed = (await client.get("/events", params={"city": city, "to": third, "limit": 50})).json()["items"]
    assert narrowed == [one for one in everything if one["city"] == city and one["starts"] <= third]
    later = (await client.get("/events", params={"from": third, "limit": 50})).json()["items"]
    assert [one["id"] for one in later] == [one["id"] for one in everything if one["starts"] >= third]
    word = everything[4]["performer"].split()[-1].lower()
    found = (await client.get("/events", params={"term": word, "limit": 50})).json()["items"]
    assert everything[4] in found
    assert all(word in f"{one['title']} {one['performer']}".lower() for one in found)


@pytest.mark.parametrize(
    "query",
    [
        "cursor=!",
        "cursor=LTE",
        "cursor=MDE",
        "cursor=" + "x" * 33,
        "limit=0",
        "limit=51",
        "term=" + "x" * 81,
        "from=2030-01-01&to=2029-01-01",
        "from=soon",
    ],
)
async def test_questions_that_cannot_be_are_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/events?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_answer_says_who_gave_it_and_who_may_keep_it(
    client: httpx.AsyncClient, engine: Ticketmaster
) -> None:
    told = []
    for cache in ("none", "lru", "edge"):
        await engine.configure(replace(engine.config, cache=cache))
        for _ in range(2):
            answer = await client.get("/events?term=live")
            told.append((answer.headers["X-Answered-By"], answer.headers["Cache-Control"]))
    shared = "public, max-age=0, s-maxage=30"
    assert told == [
        ("index", "no-store"),
        ("index", "no-store"),
        ("index", "no-store"),
        ("cache", "no-store"),
        ("index", shared),
        ("edge", shared),
    ]


async def test_an_event_has_a_venue_a_performer_and_prices(client: httpx.AsyncClient) -> None:
    found = (await client.get("/events/e2")).json()
    assert found["venue"]["name"] == found["event"]["venue"]
    assert found["performer"]["name"] == found["event"]["performer"]
    assert [(one["rows"], one["cents"]) for one in found["venue"]["prices"]] == [
        ("ABC", 8900),
        ("DEFG", 5900),
        ("HIJ", 3900),
    ]
    assert len(found["seats"]) == 200


async def test_polls_bring_what_changed_and_are_counted(
    client: httpx.AsyncClient, engine: Ticketmaster
) -> None:
    whole = (await client.get("/events/e2/seats")).json()
    assert (whole["full"], len(whole["seats"]), whole["until"]) == (True, 200, {})
    empty = (await client.get("/events/e2/seats", params={"after": whole["version"]})).json()
    assert (empty["full"], empty["seats"]) == (False, {})
    await hold(client, "A1")
    changed = (await client.get("/events/e2/seats", params={"after": whole["version"]})).json()
    assert changed["seats"] == {"A1": "held"}
    assert changed["until"]["A1"] == pytest.approx(changed["now"] + 30, abs=1)
    polled = engine.seat_maps.meters["polling"]
    assert (polled.requests, polled.empty, polled.updates, polled.open) == (3, 1, 2, 0)
    assert polled.bytes > 2_000
    assert (await client.get("/events/nothing/seats")).status_code == 404


async def test_a_new_name_is_found_and_a_crash_between_writes_is_a_503(
    client: httpx.AsyncClient, engine: Ticketmaster
) -> None:
    renamed = await client.patch("/events/e3", json={"title": "Zebra Night"})
    assert (renamed.status_code, renamed.json()["title"]) == (200, "Zebra Night")
    assert (await client.patch("/events/e3", json={"title": ""})).status_code == 422
    assert (await client.patch("/events/none", json={"title": "x"})).status_code == 404
    await engine.set_fault("booking", "torn")
    assert (await client.patch("/events/e3", json={"title": "Yak Night"})).status_code == 503


async def test_a_ticket_can_be_read_at_the_door(client: httpx.AsyncClient) -> None:
    ticket = (await book(client, await hold(client, "A1", "A2"))).json()
    assert ticket["cents"] == 17_800
    code = await client.get(f"/bookings/{ticket['booking_id']}/ticket.svg")
    assert (code.status_code, code.headers["content-type"]) == (200, "image/svg+xml")
    assert code.text.startswith("<svg")
    assert (await client.get("/bookings/nothing/ticket.svg")).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/holds", {"event_id": "e2", "seats": []}),
        ("/holds", {"event_id": "e2", "seats": ["A1"] * 5}),
        ("/holds", {"event_id": "e2", "seats": ["A21"]}),
        ("/holds", {"event_id": "e2", "seats": [7]}),
        ("/holds", {"seats": ["A1"]}),
        ("/holds", {"event_id": "e2", "seats": ["A1"], "extra": 1}),
        ("/bookings", {"hold_id": "h", "payment": {"outcome": "perhaps"}}),
        ("/bookings", {"hold_id": ""}),
    ],
)
async def test_bodies_that_cannot_be_are_refused(
    client: httpx.AsyncClient, path: str, body: dict[str, object]
) -> None:
    assert (await client.post(path, json=body)).status_code == 422
