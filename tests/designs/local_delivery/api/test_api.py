"""The API: what is there, carts and orders that are their owner's, keys, and refusals that say what is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from designs.local_delivery.api.schemas import BASE, FAR, HERE
from designs.local_delivery.engine.world import HOT_STOCK, ITEMS
from sdlab.rooms.manager import RoomManager

pytestmark = pytest.mark.virtual_time
CONSOLE = {"item": "console", "quantity": 1}


@pytest.fixture
async def client(manager: RoomManager, application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as made:
        made.headers["X-SDLab-Room"] = (await made.post("/api/rooms")).json()["room"]
        yield made


def left(answer: httpx.Response, item: str) -> int:
    return int(next(one["left"] for one in answer.json()["items"] if one["item"] == item))


async def test_what_is_there(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{BASE}/availability", params=HERE)
    assert answer.status_code == 200
    assert [one["item"] for one in answer.json()["items"]] == [one.slug for one in ITEMS.values()]
    assert left(answer, "console") == HOT_STOCK
    assert {"Old Town", "Mill Quarter"} <= {one["name"] for one in answer.json()["centres"]}
    far = await client.get(f"{BASE}/availability", params={**FAR, "items": "console"})
    assert left(far, "console") == 0
    assert (await client.get(f"{BASE}/availability", params={**HERE, "items": "car"})).status_code == 422
    assert (await client.get(f"{BASE}/availability", params={"lat": 0, "long": 0})).status_code == 422


async def test_a_cart_becomes_an_order_once(client: httpx.AsyncClient) -> None:
    cart = (await client.post(f"{BASE}/carts", json={**HERE, "items": [CONSOLE]})).json()
    assert len(cart["units"]) == 1
    body = {**HERE, "items": [CONSOLE], "cart_id": cart["id"]}
    keyed = {"Idempotency-Key": "once"}
    first = await client.post(f"{BASE}/order", json=body, headers=keyed)
    again = await client.post(f"{BASE}/order", json=body, headers=keyed)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert (await client.post(f"{BASE}/order", json=body)).json() == first.json()
    found = await client.get(f"{BASE}/orders/{first.json()['id']}")
    assert found.json()["status"] in ("waiting", "picking", "left")


async def test_what_is_anothers_is_not_there(client: httpx.AsyncClient) -> None:
    cart = (await client.post(f"{BASE}/carts", json={**HERE, "items": [CONSOLE]})).json()["id"]
    order = (await client.post(f"{BASE}/order", json={**HERE, "items": [CONSOLE]})).json()["id"]
    bob = {"X-SDLab-User": "bob"}
    assert (await client.get(f"{BASE}/carts/{cart}", headers=bob)).status_code == 404
    assert (await client.delete(f"{BASE}/carts/{cart}", headers=bob)).status_code == 404
    assert (await client.get(f"{BASE}/orders/{order}", headers=bob)).status_code == 404
    assert (await client.delete(f"{BASE}/carts/{cart}")).json()["status"] == "emptied"
    assert (await client.delete(f"{BASE}/carts/{cart}")).status_code == 410


async def test_a_refusal_names_exactly_what_is_gone(client: httpx.AsyncClient) -> None:
    many = {"item": "console", "quantity": 9}
    for _ in range(2):
        await client.post(f"{BASE}/order", json={**HERE, "items": [many]})
    both = [{"item": "bread", "quantity": 1}, {"item": "console", "quantity": 3}]
    answer = await client.post(f"{BASE}/order", json={**HERE, "items": both})
    assert answer.status_code == 409
    assert answer.json()["gone"] == [{"item": "console", "wanted": 3, "left": 2}]
    await client.patch("/api/labs/local-delivery/config", json={"knobs": {"courier_min": 50, "pick_min": 10}})
    late = await client.post(f"{BASE}/order", json={**HERE, "items": [CONSOLE]})
    assert (late.status_code, late.json()["detail"]) == (409, "no centre can be there within the hour")
