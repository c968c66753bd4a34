"""The endpoints, as the apps of a rider and a driver call them."""

from __future__ import annotations

import httpx
import pytest

from designs.uber.api.schemas import HERE, THERE

pytestmark = pytest.mark.virtual_time
BASE = "/api/uber"
ANN = {"X-SDLab-User": "ann"}
KIM = {"X-SDLab-User": "kim"}


async def test_a_rider_and_a_driver_come_together(client: httpx.AsyncClient) -> None:
    trip = {"from": HERE, "to": THERE}
    car = f"{BASE}/drivers/kims-car"
    assert (await client.put(f"{car}/location", json=HERE, headers=KIM)).json()["free"]
    assert (await client.put(f"{car}/location", json=HERE, headers=ANN)).status_code == 403
    assert (await client.put(f"{BASE}/drivers/d3/location", json=HERE, headers=KIM)).status_code == 403
    fare = (await client.post(f"{BASE}/fares", json=trip, headers=ANN)).json()
    assert fare["price"] >= 5
    assert (
        await client.post(f"{BASE}/rides", json={"fare_id": fare["fare_id"]}, headers=KIM)
    ).status_code == 404
    asked = await client.post(f"{BASE}/rides", json={"fare_id": fare["fare_id"]}, headers=ANN)
    assert asked.status_code == 202
    ride = asked.json()["ride_id"]
    offers = (await client.get(f"{car}/offers?wait_s=3", headers=KIM)).json()
    assert [one["ride_id"] for one in offers] == [ride]
    assert (await client.get(f"{car}/offers", headers=ANN)).status_code == 403
    mine = {"driver_id": "kims-car"}
    assert (await client.post(f"{BASE}/rides/{ride}/accept", json=mine, headers=ANN)).status_code == 403
    taken = await client.post(f"{BASE}/rides/{ride}/accept", json=mine, headers=KIM)
    assert (taken.status_code, taken.json()["driver_id"]) == (200, "kims-car")
    url = f"{BASE}/rides/{ride}/status"
    wrong = await client.post(url, json={"status": "completed"}, headers=KIM)
    assert (wrong.status_code, wrong.json()["state"]) == (409, "accepted")
    assert (await client.post(url, json={"status": "arrived"}, headers=ANN)).status_code == 403
    for status in ("arrived", "in_ride", "in_ride", "completed"):
        moved = await client.post(url, json={"status": status}, headers=KIM)
        assert (moved.status_code, moved.json()["status"]) == (200, status)
    assert (await client.get(f"{BASE}/rides/{ride}", headers={"X-SDLab-User": "bob"})).status_code == 404


@pytest.mark.parametrize(
    "trip",
    [
        {"from": HERE, "to": HERE},
        {"from": HERE, "to": {"lat": 0, "lng": 0}},
        {"from": {"lat": True, "lng": 11.05}, "to": HERE},
        {"from": HERE},
    ],
)
async def test_a_trip_that_cannot_be_is_refused(client: httpx.AsyncClient, trip: object) -> None:
    assert (await client.post(f"{BASE}/fares", json=trip)).status_code == 422


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    car = {"driver_id": "no-car"}
    assert (await client.get(f"{BASE}/rides/none")).status_code == 404
    assert (await client.get(f"{BASE}/rides/none/events")).status_code == 404
    assert (await client.get(f"{BASE}/drivers/no-car/events")).status_code == 404
    assert (await client.post(f"{BASE}/rides/none/accept", json=car)).status_code == 404
    assert (await client.post(f"{BASE}/rides", json={"fare_id": "none"})).status_code == 404
