"""Small inputs that once failed, by the names that they have in the list of cases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI

from designs.ticketmaster.api.api import engine_here, router
from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.programme import FIRST_EVENT
from designs.ticketmaster.engine.towns import ZONES
from designs.ticketmaster.inside.snapshot import build_snapshot
from sdlab.api.problems import install
from sdlab.lab import as_user
from tests.conftest import MakeRoom

pytestmark = pytest.mark.virtual_time
KINDS = pytest.mark.parametrize("holding", ["redis", "row", "status"])


@pytest.fixture
async def engine(make_room: MakeRoom) -> AsyncIterator[Ticketmaster]:
    one = Ticketmaster(await make_room("ticketmaster", database="sqlite"), Config())
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


async def hold(
    client: httpx.AsyncClient, user: str, *seats: str, event: str = "e9", token: str = ""
) -> httpx.Response:
    headers = {"X-SDLab-User": user, "X-Queue-Token": token}
    return await client.post("/holds", json={"event_id": event, "seats": seats}, headers=headers)


async def book(
    client: httpx.AsyncClient, user: str, hold_id: str, *, key: str | None = None, outcome: str = "ok"
) -> httpx.Response:
    headers = {"X-SDLab-User": user} | ({"Idempotency-Key": key} if key else {})
    body = {"hold_id": hold_id, "payment": {"outcome": outcome}}
    return await client.post("/bookings", json=body, headers=headers)


async def release(client: httpx.AsyncClient, user: str, hold_id: str) -> httpx.Response:
    return await client.delete(f"/holds/{hold_id}", headers={"X-SDLab-User": user})


@KINDS
@pytest.mark.parametrize("key", ["one", None])
async def test_c1_a_payment_that_is_repeated_meanwhile_is_the_same_booking(
    engine: Ticketmaster, client: httpx.AsyncClient, holding: str, key: str | None
) -> None:
    await engine.configure(replace(engine.config, holding=holding))
    for number in range(1, 9):
        hold_id = (await hold(client, "ann", f"A{number}")).json()["hold_id"]

        async def again(after: float, hold_id: str = hold_id) -> httpx.Response:
            await asyncio.sleep(after)
            return await book(client, "ann", hold_id, key=key and f"{key} {hold_id}")

        # The sale comes some 0.1 s after the first: the others look around that moment.
        after = (0.0, *(0.1 + 0.004 * n + 0.0005 * number for n in range(1, 7)))
        answers = await asyncio.gather(*map(again, after))
        assert [one.status_code for one in answers] == [201] * 7, [one.text for one in answers]
        assert len({one.text for one in answers}) == 1
    await engine.checker.check()
    assert engine.checker.report.sold == 8
    assert engine.checker.report.ledger == {"settled": (8, 8 * 8_900)}


async def test_c2_a_key_belongs_to_whoever_used_it(client: httpx.AsyncClient) -> None:
    held = {
        user: (await hold(client, user, seat)).json()["hold_id"]
        for user, seat in (("ann", "A1"), ("bob", "B1"))
    }
    ann = await book(client, "ann", held["ann"], key="1")
    bob = await book(client, "bob", held["bob"], key="1")
    assert (ann.status_code, bob.status_code) == (201, 201)
    assert (bob.json()["booking_id"], bob.json()["buyer"]) == (held["bob"], "bob")
    assert held["ann"] not in bob.text
    other = await book(client, "bob", held["ann"], key="1")
    assert other.status_code in (404, 422)
    assert held["ann"] not in other.text


async def test_c4_a_key_that_is_used_for_another_request_is_refused(client: httpx.AsyncClient) -> None:
    first, second = [(await hold(client, "ann", seat)).json()["hold_id"] for seat in ("A1", "A2")]
    both = await asyncio.gather(*(book(client, "ann", one, key="k") for one in (first, second)))
    assert sorted(one.status_code for one in both) == [201, 422]
    assert (await book(client, "ann", second)).status_code == 201


async def test_c3_what_is_anothers_is_not_there(engine: Ticketmaster, client: httpx.AsyncClient) -> None:
    hold_id = (await hold(client, "ann", "A1")).json()["hold_id"]
    assert (await release(client, "bob", hold_id)).status_code == 404
    assert (await book(client, "bob", hold_id)).status_code == 404
    assert (await client.get("/events/e9")).json()["seats"]["A1"] == "held"
    token = (await client.post("/events/e1/queue", headers={"X-SDLab-User": "ann"})).json()["token"]
    await engine.admission.admit()
    assert (await client.get(f"/events/e1/queue/{token}", headers={"X-SDLab-User": "bob"})).status_code == 404
    assert (await hold(client, "bob", "A1", event="e1", token=token)).status_code == 403
    assert (await client.get(f"/events/e1/queue/{token}", headers={"X-SDLab-User": "ann"})).json()["admitted"]
    assert (await hold(client, "ann", "A1", event="e1", token=token)).status_code == 201
    ticket = (await book(client, "ann", hold_id)).json()["booking_id"]
    printed = f"/bookings/{ticket}/ticket.svg"
    assert (await client.get(printed, headers={"X-SDLab-User": "bob"})).status_code == 404
    assert (await client.get(printed, headers={"X-SDLab-User": "ann"})).status_code == 200


@KINDS
async def test_c11_a_refusal_says_what_is_known_and_no_more(
    engine: Ticketmaster, client: httpx.AsyncClient, holding: str
) -> None:
    await engine.configure(replace(engine.config, holding=holding))
    first = (await hold(client, "ann", "A1")).json()["hold_id"]
    assert "you hold A1 already" in (await hold(client, "ann", "A1", "A2")).json()["detail"]
    assert "A1 is held by somebody else" in (await hold(client, "bob", "A1")).json()["detail"]
    await release(client, "ann", first)
    gone = await book(client, "ann", first)
    assert (gone.status_code, "was given back" in gone.json()["detail"]) == (410, True)
    assert "expired" not in gone.text
    second = (await hold(client, "ann", "A1")).json()["hold_id"]
    await asyncio.sleep(engine.config.hold_s + 1)
    gone = await book(client, "ann", second)
    assert (gone.status_code, "has expired" in gone.json()["detail"]) == (410, True)
    await engine.box_office.sweep()
    await engine.set_fault(
        "locks", "lose"
    )  # the lock store has a clock of its own, which time in tests does not move
    third = (await hold(client, "ann", "A1")).json()["hold_id"]
    assert (await book(client, "ann", third)).status_code == 201
    assert "A1 is sold" in (await hold(client, "bob", "A1")).json()["detail"]
    assert "you bought A1" in (await hold(client, "ann", "A1")).json()["detail"]


async def test_c11_money_that_was_taken_is_never_said_to_be_declined(
    engine: Ticketmaster, client: httpx.AsyncClient
) -> None:
    hold_id = (await hold(client, "ann", "A1")).json()["hold_id"]
    assert (await book(client, "ann", hold_id, outcome="crash")).status_code == 503
    assert (await book(client, "ann", hold_id, outcome="declined")).status_code == 201


async def test_c12_an_event_begins_by_the_clock_of_its_town(
    engine: Ticketmaster, client: httpx.AsyncClient
) -> None:
    found = (await client.get("/events?limit=50")).json()["items"]
    assert len({one["city"] for one in found}) > 3
    for one in found:
        zone, starts = ZONES[one["city"]], datetime.fromisoformat(one["starts"])
        assert one["timezone"] == zone.key
        assert (starts.hour, starts.minute) == (20, 0)
        assert starts.utcoffset() == starts.astimezone(zone).utcoffset()
    await as_user("visitor", engine.demo_users.open_event(0, FIRST_EVENT))
    event = build_snapshot(engine).users[0].event
    assert "20:00" in event.starts
    assert event.starts.endswith(f"{event.city} time")


async def test_c9_a_boolean_is_no_number_and_no_seat(client: httpx.AsyncClient) -> None:
    for body in ({"event_id": "e9", "seats": [True]}, {"event_id": True, "seats": ["A1"]}):
        assert (await client.post("/holds", json=body)).status_code == 422


@pytest.mark.parametrize(("title", "status"), [("می‌خواهم 👩‍💻", 200), ("\u200b", 422), ("a\u202eb", 422)])
async def test_c5_c10_a_title_is_any_text_that_can_be_seen(
    client: httpx.AsyncClient, title: str, status: int
) -> None:
    assert (await client.patch("/events/e3", json={"title": title})).status_code == status
