"""The endpoints, as a program calls them."""

from __future__ import annotations

import httpx
import pytest

pytestmark = pytest.mark.virtual_time
BASE = "/api/stock-alerts"
ANN = {"X-SDLab-User": "ann"}
BOB = {"X-SDLab-User": "bob"}


async def test_from_an_alert_to_its_notification(client: httpx.AsyncClient) -> None:
    stocks = (await client.get(f"{BASE}/stocks")).json()["items"]
    assert len(stocks) >= 50
    now = next(one["price"] for one in stocks if one["stock"] == "BRIK")
    wanted = {"stock": "BRIK", "kind": "above", "alertPrice": round(now + 1, 2), "currentPrice": now}
    made = await client.post(f"{BASE}/stocks/alert", json=wanted, headers=ANN)
    assert made.status_code == 201
    alert = made.json()["id"]
    assert (await client.get(f"{BASE}/alerts/{alert}", headers=BOB)).status_code == 404
    ticks = {"ticks": [{"stock": "BRIK", "price": round(now + 2, 2)}, {"stock": "AURA", "price": 12.34}]}
    assert (await client.post(f"{BASE}/ticks", json=ticks)).json() == {"accepted": 2, "logged": 2}
    for _ in range(100):
        told = (await client.get(f"{BASE}/notifications", headers=ANN)).json()
        if told["items"]:
            break
    assert [one["alert_id"] for one in told["items"]] == [alert]
    assert told["items"][0]["alertPrice"] == wanted["alertPrice"]
    assert (await client.get(f"{BASE}/notifications", headers=BOB)).json()["items"] == []
    assert (await client.delete(f"{BASE}/alerts/{alert}", headers=ANN)).status_code == 204
    assert (await client.get(f"{BASE}/alerts", headers=ANN)).json()["items"] == []


async def test_pages_of_alerts(client: httpx.AsyncClient) -> None:
    for percent in (1, 2, 3):
        body = {"stock": "MOSS", "kind": "pct_down", "percent": percent}
        assert (await client.post(f"{BASE}/stocks/alert", json=body, headers=ANN)).status_code == 201
    first = (await client.get(f"{BASE}/alerts?limit=2", headers=ANN)).json()
    rest = (await client.get(f"{BASE}/alerts?limit=2&cursor={first['next_cursor']}", headers=ANN)).json()
    assert [one["percent"] for one in (*first["items"], *rest["items"])] == [3, 2, 1]
    assert rest["next_cursor"] is None


async def test_what_is_refused(client: httpx.AsyncClient) -> None:
    for body, field in (
        ({"stock": "NOPE", "kind": "above", "alertPrice": 1.0}, "stock"),
        ({"stock": "BRIK", "kind": "above", "alertPrice": 0.01}, "alertPrice"),
        ({"stock": "BRIK", "kind": "pct_up", "alertPrice": 500.0}, "alertPrice"),
    ):
        answer = await client.post(f"{BASE}/stocks/alert", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await client.post(f"{BASE}/ticks", json={"ticks": []})).status_code == 422
    nowhere = {"ticks": [{"stock": "NOPE", "price": 3.0}]}
    assert (await client.post(f"{BASE}/ticks", json=nowhere)).status_code == 422
    assert (await client.get(f"{BASE}/alerts?cursor=abc")).status_code == 422
    assert (await client.post(f"{BASE}/alerts/7777/arm", json={})).status_code == 404
