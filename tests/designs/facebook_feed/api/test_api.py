"""The API as a client sees it: tokens, posts, follows, timelines, and clear refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from designs.facebook_feed.api.tokens import BadToken, Bearer, issue, key_from, read
from designs.facebook_feed.engine.members import member
from sdlab.rooms.manager import RoomManager

BASE = "/api/facebook-feed"
STAR, READER = member(0).handle, member(1).handle


async def bearer(client: httpx.AsyncClient, who: str, scope: str = "write") -> dict[str, str]:
    """The header to act as somebody."""
    answer = await client.get(f"{BASE}/members/{who}/token?scope={scope}")
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_post_follow_and_read(client: httpx.AsyncClient) -> None:
    star, reader = await bearer(client, STAR), await bearer(client, READER)
    for changed in (True, False):
        done = await client.post(f"{BASE}/users/follow", json={"followerId": STAR}, headers=reader)
        assert done.status_code == 200
        assert done.json()["following"]
        assert done.json()["changed"] in (changed, False)
    ids = []
    for text in ("one", "two", "three"):
        made = await client.post(f"{BASE}/post", json={"data": text}, headers=star)
        assert made.status_code == 201
        assert made.json() | {"id": "", "at": ""} == {
            "id": "",
            "at": "",
            "author": STAR,
            "name": "Hugo Banerjee",
            "data": text,
        }
        assert made.json()["at"].endswith("Z")
        ids.append(made.json()["id"])
    seen: list[str] = []
    cursor = ""
    while len(seen) < 3:
        page = await client.get(f"{BASE}/timeline?pageSize=2&cursor={cursor}", headers=reader)
        assert page.status_code == 200
        assert 1 <= len(page.json()["items"]) <= 2
        seen += [one["id"] for one in page.json()["items"]]
        cursor = page.json()["next_cursor"]
    assert seen[:3] == ids[::-1]
    for path, how in (("/users/follow", {"json": {"followerId": STAR}}), (f"/users/follow/{STAR}", {})):
        gone = await client.request("DELETE", f"{BASE}{path}", headers=reader, **how)
        assert (gone.status_code, gone.json()["following"]) == (200, False)
    after = await client.get(f"{BASE}/timeline", headers=reader)
    assert STAR not in {one["author"] for one in after.json()["items"]}


async def test_who_may_not_is_told_so(client: httpx.AsyncClient, manager: RoomManager) -> None:
    star, reader = await bearer(client, STAR), await bearer(client, READER)
    looking = await bearer(client, READER, "read")
    elsewhere = issue(Bearer(READER, "another", "write"), key_from(manager.ids.secret))
    old = issue(
        Bearer(READER, client.headers["X-SDLab-Room"], "write"),
        key_from(manager.ids.secret),
        now=datetime.now(UTC) - timedelta(days=2),
    )
    unsigned = issue(Bearer(READER, client.headers["X-SDLab-Room"], "write"), b"x" * 32)
    body = {"data": "hello"}
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": "Basic abc"}, 401),
        ({"Authorization": f"Bearer {old}"}, 401),
        ({"Authorization": f"Bearer {unsigned}"}, 401),
        ({"Authorization": f"Bearer {elsewhere}"}, 403),
        (looking, 403),
    ):
        answer = await client.post(f"{BASE}/post", json=body, headers=headers)
        assert answer.status_code == status, headers
        assert answer.headers["content-type"] == "application/problem+json"
        assert ("www-authenticate" in answer.headers) == (status == 401)
    assert (await client.get(f"{BASE}/timeline", headers=looking)).status_code == 200
    assert (await client.get(f"{BASE}/timeline")).status_code == 401
    made = (await client.post(f"{BASE}/post", json=body, headers=star)).json()["id"]
    assert (await client.delete(f"{BASE}/post/{made}", headers=reader)).status_code == 403
    assert (await client.delete(f"{BASE}/post/{made}", headers=star)).status_code == 204
    assert (await client.delete(f"{BASE}/post/{made}", headers=star)).status_code == 404
    assert (await client.get(f"{BASE}/post/{made}")).status_code == 404


async def test_nonsense_is_refused(client: httpx.AsyncClient) -> None:
    reader = await bearer(client, READER)

    async def status(method: str, path: str, **how: object) -> int:
        answer = await client.request(method, f"{BASE}{path}", headers=reader, **how)  # type: ignore[arg-type]
        return answer.status_code

    assert await status("POST", "/users/follow", json={"followerId": READER}) == 409
    assert await status("POST", "/users/follow", json={"followerId": "nobody"}) == 404
    assert await status("POST", "/users/follow", json={}) == 422
    for cursor in ("yesterday", "MQ", "%00", "1234"):
        assert await status("GET", f"/timeline?cursor={cursor}") == 400
    for size in ("0", "101", "x"):
        assert await status("GET", f"/timeline?pageSize={size}") == 422
    for body in ({}, {"data": ""}, {"data": "  "}, {"data": 7}, {"data": "x" * 501}, {"data": "x", "y": 1}):
        assert await status("POST", "/post", json=body) == 422
    broken = await client.post(
        f"{BASE}/post", content=b"{", headers=reader | {"Content-Type": "application/json"}
    )
    assert broken.status_code == 400
    assert await status("GET", "/members/nobody/token") == 404
    assert await status("GET", "/members/nobody/posts") == 404
    assert await status("GET", "/post/0") == 422
    assert await status("PUT", "/post") == 405


async def test_a_repeat_with_an_idempotency_key(client: httpx.AsyncClient) -> None:
    star = await bearer(client, STAR) | {"Idempotency-Key": "abc"}
    answers = [await client.post(f"{BASE}/post", json={"data": "once"}, headers=star) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    own = (await client.get(f"{BASE}/members/{STAR}/posts?pageSize=5")).json()["items"]
    assert [one["data"] for one in own].count("once") == 1
    other = await client.post(f"{BASE}/post", json={"data": "another"}, headers=star)
    assert other.status_code == 422
    somebody = await bearer(client, READER) | {"Idempotency-Key": "abc"}
    theirs = await client.post(f"{BASE}/post", json={"data": "once"}, headers=somebody)
    assert (theirs.status_code, theirs.json()["author"]) == (201, READER)


async def test_posts_of_a_member_come_in_pages(client: httpx.AsyncClient) -> None:
    star = await bearer(client, STAR)
    made = [
        (await client.post(f"{BASE}/post", json={"data": f"{n}"}, headers=star)).json()["id"]
        for n in range(5)
    ]
    first = (await client.get(f"{BASE}/members/{STAR}/posts?pageSize=3")).json()
    rest = await client.get(f"{BASE}/members/{STAR}/posts?pageSize=3&cursor={first['next_cursor']}")
    assert [one["id"] for one in first["items"] + rest.json()["items"]][:5] == made[::-1]
    assert (await client.get(f"{BASE}/members/{STAR}/posts?cursor=yesterday")).status_code == 400


async def test_members_are_found(client: httpx.AsyncClient) -> None:
    most = (await client.get(f"{BASE}/members")).json()["items"]
    assert most[0]["id"] == STAR
    assert [one["followers"] for one in most] == sorted((one["followers"] for one in most), reverse=True)
    assert len(most) == 20
    hugo = (await client.get(f"{BASE}/members?search=hugo.banerjee0")).json()["items"]
    assert [one["id"] for one in hugo] == [STAR]
    followed = (await client.get(f"{BASE}/members?followed_by={READER}")).json()["items"]
    one = (await client.get(f"{BASE}/members/{READER}")).json()
    assert len(followed) == min(20, one["following"])


def test_a_token_says_what_was_put_in() -> None:
    key = key_from(b"secret")
    said = Bearer("ana", "room", "read")
    assert read(issue(said, key), key) == said
    for token in ("", "a.b.c", issue(said, b"y" * 32)):
        with pytest.raises(BadToken):
            read(token, key)
