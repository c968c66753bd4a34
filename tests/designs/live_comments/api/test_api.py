"""The endpoints of live comments, over HTTP as clients call them."""

from __future__ import annotations

import httpx
import pytest

from designs.live_comments.engine.history import CURSORS

BASE = "/api/live-comments"


async def say(client: httpx.AsyncClient, text: str, *, by: str = "ana") -> httpx.Response:
    return await client.post(
        f"{BASE}/comment", json={"comment": text, "streamId": "harbour"}, headers={"X-SDLab-User": by}
    )


async def test_a_comment_is_made_and_found(client: httpx.AsyncClient) -> None:
    made = await say(client, "What a view!")
    assert made.status_code == 201
    said = made.json()
    assert (said["id"], said["author"], said["comment"]) == ("1", "ana", "What a view!")
    page = (await client.get(f"{BASE}/comment-history/harbour")).json()
    assert page == {"items": [said], "next_cursor": None, "next_offset": None}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"comment": "", "streamId": "harbour"}, 422),
        ({"comment": "  ", "streamId": "harbour"}, 422),
        ({"comment": "x" * 501, "streamId": "harbour"}, 422),
        ({"comment": "x" * 500, "streamId": "harbour"}, 201),
        ({"comment": 7, "streamId": "harbour"}, 422),
        ({"comment": "x"}, 422),
        ({"comment": "x", "streamId": "harbour", "extra": 1}, 422),
        ({"comment": "x", "streamId": "nowhere"}, 404),
    ],
)
async def test_what_is_no_comment_is_refused(client: httpx.AsyncClient, body: dict, status: int) -> None:
    answer = await client.post(f"{BASE}/comment", json=body)
    assert answer.status_code == status
    if status != 201:
        assert answer.headers["content-type"] == "application/problem+json"


async def test_too_often_is_refused_and_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    answers = [await say(client, "again", by="eve") for _ in range(11)]
    assert [one.status_code for one in answers] == [201] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert (await say(client, "me too", by="ben")).status_code == 201


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "offset=-1", "cursor=zzz", f"cursor={CURSORS.encode(1)}&offset=1"]
)
async def test_a_page_that_cannot_be_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{BASE}/comment-history/harbour?{query}")).status_code == 422


async def test_pages_by_cursor_and_by_offset(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await say(client, f"line {number}", by=f"author {number}")
    url = f"{BASE}/comment-history/harbour?limit=2"
    first = (await client.get(url)).json()
    await say(client, "in between")
    second = (await client.get(f"{url}&cursor={first['next_cursor']}")).json()
    shifted = (await client.get(f"{url}&offset=2")).json()
    assert [one["id"] for one in first["items"] + second["items"]] == ["5", "4", "3", "2"]
    assert [one["id"] for one in shifted["items"]] == ["4", "3"]
    assert shifted["next_offset"] == 4


@pytest.mark.parametrize(
    ("stream", "last", "status"), [("harbour", "abc", 422), ("harbour", "-1", 422), ("nowhere", "1", 404)]
)
async def test_a_stream_that_cannot_be_is_refused(
    client: httpx.AsyncClient, stream: str, last: str, status: int
) -> None:
    answer = await client.get(f"{BASE}/streams/{stream}/events", headers={"Last-Event-ID": last})
    assert answer.status_code == status
