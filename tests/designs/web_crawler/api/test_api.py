"""The API: a crawl is started, watched, paused, read; what is somebody else's, and what must not be asked for."""

from __future__ import annotations

import asyncio

import httpx
import pytest

pytestmark = pytest.mark.virtual_time
BASE = "/api/web-crawler"
SEEDS = {"seeds": ["http://quiet-river.test/"], "max_depth": 1, "max_pages": 12}


async def test_a_crawl_is_started_watched_and_read(client: httpx.AsyncClient) -> None:
    crawl = (await client.post(f"{BASE}/crawls", json=SEEDS)).json()
    assert (crawl["state"], crawl["known"]) == ("running", 1)
    for _ in range(60):
        await asyncio.sleep(1)
        if (found := (await client.get(f"{BASE}/crawls/{crawl['id']}")).json())["state"] == "done":
            break
    assert found["state"] == "done"
    assert found["pages"] > 3
    page = (await client.get(f"{BASE}/crawls/{crawl['id']}/pages?limit=2")).json()
    assert len(page["items"]) == 2
    more = (
        await client.get(f"{BASE}/crawls/{crawl['id']}/pages?limit=50&cursor={page['next_cursor']}")
    ).json()
    ids = [one["id"] for one in page["items"] + more["items"]]
    assert len(set(ids)) == len(ids) == found["pages"]
    text = (await client.get(f"{BASE}/pages/{ids[0]}/text")).json()
    assert len(text["text"]) > 100
    other = await client.get(f"{BASE}/pages/{ids[0]}/text", headers={"X-SDLab-User": "bob"})
    assert other.status_code == 404
    robots = await client.get(f"{BASE}/robots", params={"url": "http://quiet-river.test/a"})
    assert robots.json()["allowed"] is True
    again = await client.post(f"{BASE}/crawls/{crawl['id']}/pause")
    assert again.status_code == 409


async def test_somebody_elses_crawl_is_neither_seen_nor_paused(client: httpx.AsyncClient) -> None:
    id = (await client.post(f"{BASE}/crawls", json=SEEDS)).json()["id"]
    bob = {"X-SDLab-User": "bob"}
    assert (await client.get(f"{BASE}/crawls/{id}", headers=bob)).status_code == 404
    assert (await client.post(f"{BASE}/crawls/{id}/pause", headers=bob)).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"seeds": ["http://127.0.0.1:8000/"]},
        {"seeds": ["http://example.com/"]},
        {"seeds": []},
        {"seeds": ["http://portal.test/"], "max_depth": 21},
        {"seeds": ["http://portal.test/"], "max_pages": 0},
        {"seeds": "http://portal.test/"},
        {"seeds": [17]},
    ],
)
async def test_what_must_not_be_crawled_is_refused(
    client: httpx.AsyncClient, body: dict[str, object]
) -> None:
    assert (await client.post(f"{BASE}/crawls", json=body)).status_code == 422
