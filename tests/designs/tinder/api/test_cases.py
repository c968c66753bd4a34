"""Small inputs that once failed, by the names that they have in the list of cases."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

BASE = "/api/tinder"
ANA = {"name": "Ana", "age": 30, "interests": ["jazz", "chess"]}


def by(user: str) -> dict[str, str]:
    return {"X-SDLab-User": user}


async def join(client: httpx.AsyncClient, user: str, lat: float, lng: float, **more: Any) -> None:
    body = ANA | {"name": user.title(), "location": {"lat": lat, "lng": lng}} | more
    assert (await client.put(f"{BASE}/profile", json=body, headers=by(user))).status_code == 200


async def cards(client: httpx.AsyncClient, user: str, query: str) -> dict[str, dict[str, Any]]:
    answer = await client.get(f"{BASE}/feed?{query}", headers=by(user))
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["items"]}


@pytest.mark.parametrize("feed", ["query", "cached", "precomputed"])
@pytest.mark.parametrize(
    ("ana", "bea", "km"),
    [((0, 179.999), (0, -179.999), 0.2), ((0, 20), (0, 20.12), 13.3), ((60, 20), (60, 20.12), 6.7)],
)
async def test_c6_distances_are_those_on_a_globe(
    client: httpx.AsyncClient, feed: str, ana: tuple[float, float], bea: tuple[float, float], km: float
) -> None:
    await client.patch("/api/labs/tinder/config", json={"toggles": {"feed": feed}})
    await join(client, "ana", *ana)
    await join(client, "bea", *bea)
    for _ in range(200):  # until the index has heard of both
        found = await cards(client, "ana", f"distance={20 if km > 1 else 10}")
        if "bea" in found:
            break
        await asyncio.sleep(0.01)
        await client.put(f"{BASE}/profile", json={"age_max": 90}, headers=by("ana"))
    assert found["bea"]["distance_km"] == km
    assert "bea" not in await cards(client, "ana", f"distance={1 if km < 1 else 6}") or km < 1


async def test_c9_a_boolean_is_no_number(client: httpx.AsyncClient) -> None:
    for body in ({"location": {"lat": True, "lng": False}}, {"age": True}, {"distance_km": True}):
        assert (await client.put(f"{BASE}/profile", json=body)).status_code == 422
    for location in ("1_0,11", "١,١١", " 1,11"):
        assert (await client.get(f"{BASE}/feed", params={"location": location})).status_code == 422


@pytest.mark.parametrize(("name", "status"), [("می‌خواهم 👩‍💻", 200), ("\u200b", 422), ("a\u202eb", 422)])
async def test_c5_c10_a_name_is_any_text_that_can_be_seen(
    client: httpx.AsyncClient, name: str, status: int
) -> None:
    assert (await client.put(f"{BASE}/profile", json={"name": name})).status_code == status


async def test_the_mark_of_anothers_refill_proves_nothing(client: httpx.AsyncClient) -> None:
    """A repeated swipe that names a refill of somebody else is no proof that a card was shown twice."""

    async def shown_again() -> int:
        told = (await client.get("/api/labs/tinder/snapshot")).json()["snapshot"]
        return int(told["again"]["shown_again"])

    body = {"intent": "Like"}
    assert (await client.post(f"{BASE}/swipe/p5", json=body, headers=by("sam"))).status_code == 200
    mark = next(iter((await cards(client, "visitor", "distance=20")).values()))["card"]
    again = await client.post(f"{BASE}/swipe/p5", json=body | {"card": mark}, headers=by("sam"))
    assert (again.status_code, again.json()["repeated"], await shown_again()) == (200, True, 0)
    own = next(iter((await cards(client, "sam", "distance=20")).values()))["card"]
    again = await client.post(f"{BASE}/swipe/p5", json=body | {"card": own}, headers=by("sam"))
    assert (again.json()["repeated"], await shown_again()) == (True, 0), "p5 was not on a card of that refill"


async def test_p9_a_card_shows_the_points_that_ranked_it(client: httpx.AsyncClient) -> None:
    first = await cards(client, "visitor", "distance=20")
    fan = list(first)[-1]
    await client.post(f"{BASE}/swipe/visitor", json={"intent": "Like"}, headers=by(fan))
    await client.put(f"{BASE}/profile", json={"distance_km": 10})
    found = await cards(client, "visitor", "distance=10")
    assert found[fan]["parts"]["likes"] == 10
    told = (await client.get("/api/labs/tinder/snapshot")).json()["snapshot"]
    ready = {one["id"]: one["score"] for one in told["queue"]["cards"]}
    assert {one: found[one]["score"] for one in found if one in ready} == {
        one: ready[one] for one in found if one in ready
    }
    top = told["score"]
    assert top["id"] == next(iter(ready))
    assert top["total"] == found[top["id"]]["score"]
    assert {part["label"]: part["points"] for part in top["parts"]}["likes you already"] == (
        10 if top["id"] == fan else 0
    )
