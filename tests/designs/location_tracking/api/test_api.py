"""The endpoints with each of their statuses."""

from __future__ import annotations

import httpx
import pytest

ROOT = "/api/location-tracking"
HERE = {"lat": 48.02, "lng": 11.05}


async def test_a_position_goes_in_and_is_found(client: httpx.AsyncClient) -> None:
    put = await client.put(f"{ROOT}/buses/b1/location", json={**HERE, "t": 1_700_000_100})
    assert (put.status_code, put.json()["stored"]) == (200, True)
    late = await client.put(f"{ROOT}/buses/b1/location", json={**HERE, "t": 1_700_000_000})
    assert (late.status_code, late.json()["stored"]) == (200, False)
    near = (await client.get(f"{ROOT}/nearby", params={**HERE, "k": 3})).json()
    assert [one["bus"] for one in near["buses"]] == ["b1"]
    assert near["missed"] == []
    where = (await client.get(f"{ROOT}/buses/b1/location")).json()
    assert (where["lat"], where["lng"]) == (48.02, 11.05)
    track = (await client.get(f"{ROOT}/buses/b1/track")).json()
    assert [one["t"] for one in track["positions"]] == [1_700_000_100]


async def test_a_circle_is_made_and_taken_away(client: httpx.AsyncClient) -> None:
    made = await client.post(f"{ROOT}/geofences", json={"name": "School", **HERE, "radius_m": 200})
    assert made.status_code == 201
    assert [one["id"] for one in (await client.get(f"{ROOT}/geofences")).json()] == [made.json()["id"]]
    assert (await client.delete(f"{ROOT}/geofences/{made.json()['id']}")).status_code == 204
    assert (await client.delete(f"{ROOT}/geofences/{made.json()['id']}")).status_code == 404


async def test_arrival_is_404_410_or_a_time(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{ROOT}/buses/b1/eta?stop=s11")).status_code == 404
    await client.put(f"{ROOT}/buses/b1/location", json=HERE)
    said = await client.get(f"{ROOT}/buses/b1/eta?stop=s11")
    assert said.status_code == 200
    assert said.json()["seconds"] > 0
    assert (await client.get(f"{ROOT}/buses/b1/eta?stop=s99")).status_code == 404
    await client.put(f"{ROOT}/buses/b2/location", json={**HERE, "t": 1_700_000_000})
    assert (await client.get(f"{ROOT}/buses/b2/eta?stop=s11")).status_code == 410


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"lat": 86, "lng": 0},
        {"lat": 0, "lng": 181},
        {"lat": "north", "lng": 0},
        {**HERE, "t": -1},
        {**HERE, "t": 9e10},
        {**HERE, "more": 1},
    ],
)
async def test_a_bad_position_is_refused(client: httpx.AsyncClient, body: dict) -> None:
    assert (await client.put(f"{ROOT}/buses/b1/location", json=body)).status_code == 422
    assert (await client.get(f"{ROOT}/buses/b1/location")).status_code == 404


@pytest.mark.parametrize(
    "query", ["", "lat=1", "lat=91&lng=1", "lat=1&lng=1&k=0", "lat=1&lng=1&k=51", "lat=1&lng=1&radius_m=-1"]
)
async def test_a_bad_question_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{ROOT}/nearby?{query}")).status_code == 422


@pytest.mark.parametrize(
    "change", [{"radius_m": 5}, {"radius_m": 6000}, {"name": ""}, {"name": " "}, {"lat": 99}, {"bus": "a b"}]
)
async def test_a_bad_circle_is_refused(client: httpx.AsyncClient, change: dict) -> None:
    body = {"name": "School", **HERE, "radius_m": 200, **change}
    assert (await client.post(f"{ROOT}/geofences", json=body)).status_code == 422


async def test_a_shard_that_is_down_is_503(client: httpx.AsyncClient) -> None:
    for shard in range(4):
        await client.post(
            "/api/labs/location-tracking/faults", json={"node": f"shard-{shard}", "kind": "down"}
        )
    assert (await client.put(f"{ROOT}/buses/b1/location", json=HERE)).status_code == 503
