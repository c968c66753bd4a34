"""The API as a client sees it: who may see, change and like what, and pages."""

from __future__ import annotations

from typing import Any

import httpx

BASE = "/api/twitter"


async def call(
    client: httpx.AsyncClient, user: str, method: str, path: str, *, wanted: int = 200, **body: Any
) -> Any:
    """An answer of that status, as data."""
    answer = await client.request(method, f"{BASE}{path}", json=body or None, headers={"X-SDLab-User": user})
    assert answer.status_code == wanted, answer.text
    return answer.json() if answer.content else None


async def test_a_tweet_and_what_others_may_do_with_it(client: httpx.AsyncClient) -> None:
    tweet = await call(client, "ada", "POST", "/tweets", wanted=201, text="Hello, world")
    path = f"/tweets/{tweet['id']}"
    assert await call(client, "bob", "POST", f"{path}/like") == {"likes": 1, "stored": 1, "changed": True}
    assert await call(client, "bob", "POST", f"{path}/like") == {"likes": 1, "stored": 1, "changed": False}
    assert (await call(client, "bob", "DELETE", f"{path}/like"))["likes"] == 0
    await call(client, "bob", "PATCH", path, wanted=403, text="Mine")
    await call(client, "bob", "DELETE", path, wanted=403)
    await call(client, "bob", "POST", f"{path}/retweet", wanted=201)
    await call(client, "bob", "POST", f"{path}/retweet", wanted=200)
    quote = await call(client, "cem", "POST", "/tweets", wanted=201, text="This", quoteOf=tweet["id"])
    shown = (await call(client, "cem", "GET", f"/tweets/{quote['id']}"))["chain"][-1]
    assert shown["quoted"] == {"id": tweet["id"], "author": "ada", "text": "Hello, world"}
    await call(client, "ada", "DELETE", path, wanted=204)
    for method, tail in (("GET", ""), ("POST", "/like"), ("DELETE", "")):
        await call(client, "bob", method, f"{path}{tail}", wanted=404)
    assert (await call(client, "cem", "GET", f"/tweets/{quote['id']}"))["chain"][-1]["quoted"]["id"] is None


async def test_private_and_blocked_hold(client: httpx.AsyncClient) -> None:
    await call(client, "ada", "PATCH", "/profile", wanted=204, private=True)
    tweet = await call(client, "ada", "POST", "/tweets", wanted=201, text="zyzzyva sighted")
    assert (await call(client, "bob", "GET", "/search?term=zyzzyva"))["items"] == []
    await call(client, "bob", "GET", f"/tweets/{tweet['id']}", wanted=404)
    await call(client, "bob", "GET", "/users/ada/tweets", wanted=403)
    assert (await call(client, "bob", "POST", "/users/ada/follow"))["state"] == "requested"
    assert (await call(client, "bob", "GET", "/timeline"))["items"] == []
    await call(client, "ada", "POST", "/followers/bob", wanted=204)
    await call(client, "ada", "POST", "/followers/bob", wanted=404)
    assert (await call(client, "bob", "GET", "/timeline"))["items"][0]["id"] == tweet["id"]
    await call(client, "bob", "POST", "/users/ada/block", wanted=204)
    assert (await call(client, "bob", "GET", "/timeline"))["items"] == []
    await call(client, "ada", "POST", "/users/bob/follow", wanted=403)
    await call(client, "bob", "POST", "/users/bob/follow", wanted=409)
    await call(client, "bob", "DELETE", "/users/ada/follow", wanted=204)


async def test_searches_have_pages_by_number_and_by_cursor(client: httpx.AsyncClient) -> None:
    ids = [
        (await call(client, "ada", "POST", "/tweets", wanted=201, text=f"quagga number {n}"))["id"]
        for n in range(7)
    ]
    path = "/search?term=quagga&sort_by=timestamp&limit=3"
    while len((first := await call(client, "bob", "GET", "/search?term=quagga&limit=7"))["items"]) < 7:
        pass  # the index hears of it within a moment
    assert [one["id"] for one in first["items"]] == ids[::-1]
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = await call(client, "bob", "GET", f"{path}&cursor={cursor}")
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ids[::-1]
    await call(client, "bob", "GET", f"{path}&page=1", wanted=422)
    other = (await call(client, "bob", "GET", path))["next_cursor"]
    for elsewhere in ("/timeline?", "/search?term=night&", "/search?term=quagga&sort_by=LIKE&"):
        await call(client, "bob", "GET", f"{elsewhere}cursor={other}", wanted=422)
    await client.patch("/api/labs/twitter/config", json={"toggles": {"paging": "cached"}})
    second = await call(client, "bob", "GET", f"{path}&page=1")
    assert ([one["id"] for one in second["items"]], second["next_page"]) == (ids[3:0:-1], 2)
    for bad in ("term=", "term=%20", "term=x&sort_by=best", "term=x&page=-1", "term=x&limit=51", "term=!!"):
        await call(client, "bob", "GET", f"/search?{bad}", wanted=422)
    await call(client, "bob", "GET", "/search?term=x&cursor=nonsense", wanted=422)


async def test_what_cannot_be_is_refused(client: httpx.AsyncClient) -> None:
    for text in ("", " \u200b", "x" * 281, "a\u0007b"):
        await call(client, "ada", "POST", "/tweets", wanted=422, text=text)
    await call(client, "ada", "POST", "/tweets", wanted=422, text=7)
    await call(client, "ada", "POST", "/tweets", wanted=201, text="👩‍💻 " + "é" * 270)
    await call(client, "ada", "POST", "/tweets/999999999/reply", wanted=404, text="?")
    await call(client, "ada", "POST", "/tweets", wanted=404, text="?", quoteOf="999999999")
    await call(client, "ada", "GET", "/tweets/0", wanted=422)
    for quoted in ("0", "000", "٣"):
        await call(client, "ada", "POST", "/tweets", wanted=422, text="?", quoteOf=quoted)
    for verb in ("follow", "block"):
        await call(client, "ada", "POST", f"/users/nobody/{verb}", wanted=404)
