"""The API of the tagging service: idempotent tags, pages, and clear refusals."""

from __future__ import annotations

import httpx
import pytest

BASE = "/api/tagging-service"
pytestmark = pytest.mark.virtual_time


async def test_tagging_twice_is_tagging_once(client: httpx.AsyncClient) -> None:
    first = await client.put(f"{BASE}/items/7/tags/Big%20Sky")
    again = await client.put(f"{BASE}/items/7/tags/big sky")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["tags"].count("big sky") == 1
    assert [(await client.delete(f"{BASE}/items/7/tags/BIG SKY")).status_code for _ in range(2)] == [204, 204]
    assert "big sky" not in (await client.get(f"{BASE}/items/7")).json()["tags"]


async def test_pages_lead_through_everything_once(client: httpx.AsyncClient) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = (
            await client.get(
                f"{BASE}/items",
                params={"all": "night", "limit": 50, "cursor": cursor}
                if cursor
                else {"all": "night", "limit": 50},
            )
        ).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) > 50
    assert all("night" in one["tags"] for one in page["items"])


REFUSED = (
    ("PUT", "/items/7/tags/%E3%85%A4", None, 422),
    ("PUT", f"/items/7/tags/{'x' * 41}", None, 422),
    ("PUT", "/items/999999/tags/red", None, 404),
    ("GET", "/items/999999", None, 404),
    ("PUT", "/items/0/tags/red", None, 422),
    ("GET", "/items?all=" + ",".join("abcdefghi"), None, 422),
    ("GET", "/items?cursor=nonsense", None, 422),
    ("POST", "/tags/red/rename", {"name": "Blue"}, 409),
    ("POST", "/tags/nothing/rename", {"name": "else"}, 404),
    ("POST", "/tags/merge", {"from": "red", "into": "RED"}, 422),
    ("POST", "/tags/merge", {"from": "red", "into": "nothing"}, 404),
    ("POST", "/items", {"tags": ["a", 1]}, 422),
    ("POST", "/items", {"tags": ["x"] * 25}, 422),
)


async def test_what_cannot_be_is_refused(client: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for method, path, body, status in REFUSED:
        with subtests.test(path=path, body=body):
            answer = await client.request(method, BASE + path, json=body)
            assert answer.status_code == status, answer.text
            assert answer.headers["content-type"].startswith("application/problem+json")
