"""The endpoints with each of their statuses."""

from __future__ import annotations

import httpx
import pytest

ROOT = "/api/yelp"
HERE = {"lat": 48.027, "lang": 11.054}


async def test_pages_of_a_search_do_not_overlap(client: httpx.AsyncClient) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"term": "coffee", **HERE, "radius_m": 9_000, "pageSize": 7}
        page = (
            await client.get(f"{ROOT}/search", params={**asked, **({"cursor": cursor} if cursor else {})})
        ).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == page["total"] > 7


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"lat": 91, "lang": 0},
        {"lat": 0, "lang": -181},
        {"lat": "nan", "lang": 0},
        {"lat": "inf", "lang": 0},
        {"lat": "north", "lang": 0},
        {**HERE, "radius_m": 1},
        {**HERE, "radius_m": 1e9},
        {**HERE, "radius_m": "nan"},
        {**HERE, "pageSize": 0},
        {**HERE, "cursor": "made up"},
        {**HERE, "sort": "luck"},
        {**HERE, "term": "x" * 81},
    ],
)
async def test_a_bad_search_is_refused(client: httpx.AsyncClient, params: dict) -> None:
    answer = await client.get(f"{ROOT}/search", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_second_rating_edits_the_first(client: httpx.AsyncClient) -> None:
    ann = {"X-SDLab-User": "Ann"}
    before = (await client.get(f"{ROOT}/place/1")).json()
    first = await client.post(f"{ROOT}/place/ratings", json={"place_id": "1", "stars": 1}, headers=ann)
    again = await client.post(
        f"{ROOT}/place/ratings", json={"place_id": "1", "stars": 5, "text": "better"}, headers=ann
    )
    assert (first.json()["edited"], again.json()["edited"]) == (False, True)
    after = (await client.get(f"{ROOT}/place/1")).json()
    assert after["ratings"] == before["ratings"] + 1
    said = (await client.get(f"{ROOT}/place/1/reviews", params={"pageSize": 100})).json()["items"]
    assert [(one["stars"], one["text"]) for one in said if one["by"] == "Ann"] == [(5, "better")]
    assert said[0]["by"] == "Ann"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"place_id": "1", "stars": 0}, 422),
        ({"place_id": "1", "stars": 6}, 422),
        ({"place_id": "1", "stars": True}, 422),
        ({"place_id": "x", "stars": 3}, 422),
        ({"place_id": "1", "stars": 3, "text": "a\u202eb"}, 422),
        ({"place_id": "999999", "stars": 3}, 404),
    ],
)
async def test_a_bad_rating_is_refused(client: httpx.AsyncClient, body: dict, status: int) -> None:
    assert (await client.post(f"{ROOT}/place/ratings", json=body)).status_code == status


async def test_a_place_is_added_anywhere_and_belongs_to_who_added_it(client: httpx.AsyncClient) -> None:
    body = {"name": "End of the line", "kind": "lookout", "lat": 0.0, "lang": 180.0}
    added = await client.post(f"{ROOT}/place", json=body, headers={"X-SDLab-User": "Ann"})
    assert added.status_code == 201
    place = f"{ROOT}/place/{added.json()['id']}"
    assert (
        await client.patch(place, json={"name": "Mine"}, headers={"X-SDLab-User": "Bob"})
    ).status_code == 403
    renamed = await client.patch(place, json={"name": "World's end"}, headers={"X-SDLab-User": "Ann"})
    assert renamed.json()["name"] == "World's end"
    assert (await client.get(f"{ROOT}/place/999999")).status_code == 404
    assert (await client.post(f"{ROOT}/place", json={**body, "lat": 90.5})).status_code == 422
