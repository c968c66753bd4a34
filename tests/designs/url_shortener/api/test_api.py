"""Every row of the shortener's API with every status, and bad input of each field."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from designs.url_shortener.engine.strategies import REDIRECTS
from sdlab.api.problems import MEDIA_TYPE
from sdlab.lab import ManualClock
from sdlab.rooms.manager import RoomManager

API = "/api/url-shortener"
LAB = "/api/labs/url-shortener"
URL = "https://docs.python.org/3/library/asyncio-task.html"


async def generate(client: httpx.AsyncClient, url: str = URL, **more: Any) -> dict[str, Any]:
    answer = await client.post(f"{API}/shorturl/generate", json={"url": url, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def is_problem(answer: httpx.Response, status: int, *, field: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    if field:
        assert field in problem["field"]


@pytest.fixture
async def stranger(manager: RoomManager, application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor who names no room and has no cookie."""
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as one:
        yield one


# POST /shorturl/generate


async def test_a_link_is_made_and_followed_by_anybody(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    made = await generate(client)
    assert set(made) == {"code", "short_url", "url", "expires_at"}
    assert made == {
        **made,
        "short_url": f"http://localhost:3000/s/{made['code']}",
        "url": URL,
        "expires_at": None,
    }
    followed = await stranger.get(urlsplit(made["short_url"]).path)
    assert (followed.status_code, followed.headers["location"]) == (302, URL)
    assert followed.headers["cache-control"] == "no-cache"
    assert followed.content == b""


@pytest.mark.parametrize("form", ["rfc3339", "offset", "unix", "unix float"])
async def test_an_expiry_has_several_forms_and_one_answer(client: httpx.AsyncClient, form: str) -> None:
    moment = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    paris = moment.astimezone(datetime.fromisoformat("2030-01-01T00:00:00+02:00").tzinfo)
    given = {
        "rfc3339": moment.isoformat().replace("+00:00", "Z"),
        "offset": paris.isoformat(),
        "unix": int(moment.timestamp()),
        "unix float": moment.timestamp(),
    }[form]
    made = await generate(client, expires_at=given)
    assert made["expires_at"] == moment.isoformat().replace("+00:00", "Z")


BAD = [
    ("url", "ftp://a.example"), ("url", "javascript:alert(1)"), ("url", "a.example"), ("url", ""),
    ("url", "https://u:p@a.example/"), ("url", "https://a.example/" + "x" * 2048), ("url", None), ("url", 5),
    ("url", ["https://a.example/"]), ("url", "http://localhost:3000/s/abc"), ("url", "https://exa mple/"),
    ("alias", "ab"), ("alias", "x" * 33), ("alias", "a b"), ("alias", "api"), ("alias", 5), ("alias", ""),
    ("expires_at", "2001-01-01T00:00:00Z"), ("expires_at", 5), ("expires_at", "tomorrow"), ("expires_at", []),
    ("expires_at", "2099-01-01T00:00:00Z"), ("expires_at", "2030-01-01T00:00:00"), ("expires_at", 1e300),
    ("expires_at", -1), ("expires_at", True), ("unknown", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD)
async def test_bad_input_is_refused_by_field(client: httpx.AsyncClient, field: str, value: object) -> None:
    answer = await client.post(f"{API}/shorturl/generate", json={"url": URL, field: value})
    is_problem(answer, 422, field=field)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (b'"x"', 422),
        (b"null", 422),
        (b'{"url": "\xff"}', 400),
        (b"{}", 422),
    ],
)
async def test_a_body_that_is_none_is_refused(client: httpx.AsyncClient, content: bytes, status: int) -> None:
    answer = await client.post(
        f"{API}/shorturl/generate", content=content, headers={"content-type": "application/json"}
    )
    is_problem(answer, status)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
async def test_a_time_that_is_no_number_is_refused(client: httpx.AsyncClient, number: str) -> None:
    answer = await client.post(
        f"{API}/shorturl/generate",
        content=f'{{"url": "{URL}", "expires_at": {number}}}'.encode(),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (400, 422)


async def test_a_taken_alias_is_a_conflict(client: httpx.AsyncClient) -> None:
    assert (await generate(client, alias="team-lunch"))["code"] == "team-lunch"
    answer = await client.post(f"{API}/shorturl/generate", json={"url": URL, "alias": "team-lunch"})
    is_problem(answer, 409)


async def test_an_alias_of_another_room_gets_an_address_with_the_room(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await generate(client, alias="shared")
    other = (await stranger.post("/api/rooms")).json()["room"]
    made = await stranger.post(
        f"{API}/shorturl/generate",
        params={"room": other},
        json={"url": "https://b.example/", "alias": "shared"},
    )
    short = made.json()["short_url"]
    assert short == f"http://localhost:3000/s/shared?room={other}"
    assert (await stranger.get(short)).headers["location"] == "https://b.example/"
    assert (await stranger.get("/s/shared")).headers["location"] == URL


async def test_no_range_is_unavailable(client: httpx.AsyncClient) -> None:
    for server in "ABC":
        await client.post(f"{LAB}/faults", json={"node": f"key-{server}", "kind": "down"})
    answer = await client.post(f"{API}/shorturl/generate", json={"url": URL})
    is_problem(answer, 503)
    assert int(answer.headers["retry-after"]) >= 1
    await client.request("DELETE", f"{LAB}/faults")
    await generate(client)


async def test_a_full_room_is_too_many(client: httpx.AsyncClient, manager: RoomManager) -> None:
    lab = await manager.lab(client.headers["X-SDLab-Room"], "url-shortener")
    lab.engine.shards.stats.rows = lab.room.quota.rows
    is_problem(await client.post(f"{API}/shorturl/generate", json={"url": URL}), 429)


async def test_an_idempotency_key_makes_one_call_of_two(client: httpx.AsyncClient) -> None:
    await client.patch(f"{LAB}/config", json={"toggles": {"one_to_one": "off"}})

    async def post(url: str) -> httpx.Response:
        return await client.post(
            f"{API}/shorturl/generate", json={"url": url}, headers={"Idempotency-Key": "k-1"}
        )

    first = await post(URL)
    assert (await post(URL)).json() == first.json()
    is_problem(await post("https://other.example/"), 422, field="Idempotency-Key")
    long = await client.post(
        f"{API}/shorturl/generate", json={"url": URL}, headers={"Idempotency-Key": "x" * 201}
    )
    is_problem(long, 422)


@pytest.mark.parametrize(
    "url", ["https://köln.example/straße?q=ü", "https://例え.example/パス", "https://a.example/🦊"]
)
async def test_any_script_is_shortened(client: httpx.AsyncClient, url: str) -> None:
    made = await generate(client, url)
    assert made["url"] == url
    location = (await client.get(f"/s/{made['code']}")).headers["location"]
    assert location.isascii()


# GET /s/{code}


@pytest.mark.parametrize("policy", REDIRECTS)
async def test_a_redirect_carries_the_policy(client: httpx.AsyncClient, policy: str) -> None:
    await client.patch(f"{LAB}/config", json={"toggles": {"redirect": policy}})
    code = (await generate(client))["code"]
    for _ in range(2):
        answer = await client.get(f"/s/{code}")
        assert answer.status_code == REDIRECTS[policy].status
        assert answer.headers["location"] == URL
        assert answer.headers["cache-control"] == REDIRECTS[policy].cache_control


async def test_looking_is_no_click(client: httpx.AsyncClient) -> None:
    code = (await generate(client))["code"]
    looked = await client.head(f"/s/{code}")
    assert (looked.status_code, looked.headers["location"], looked.content) == (302, URL, b"")
    assert (await client.get(f"{API}/links/{code}/stats")).json()["clicks"] == 0


async def test_an_unknown_code_is_not_found(client: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    for code in ("zzzzzzz", "x" * 300, "%F0%9F%A6%8A", "a.b"):
        is_problem(await client.get(f"/s/{code}"), 404)
        is_problem(await stranger.get(f"/s/{code}"), 404)
    is_problem(await stranger.get("/s/abc", params={"room": "no-such-room"}), 404)


async def test_an_expired_link_is_gone(client: httpx.AsyncClient, manager: RoomManager) -> None:
    manager.clock = clock = ManualClock()
    code = (await generate(client, expires_at=clock.time() + 30))["code"]
    await clock.advance(29)
    assert (await client.get(f"/s/{code}")).status_code == 302
    await clock.advance(1)
    is_problem(await client.get(f"/s/{code}"), 410)


async def test_a_dead_shard_is_unavailable(client: httpx.AsyncClient) -> None:
    await client.patch(f"{LAB}/config", json={"toggles": {"cache": "off"}, "knobs": {"shards": 1}})
    code = (await generate(client))["code"]
    await client.post(f"{LAB}/faults", json={"node": "shard-0", "kind": "down"})
    is_problem(await client.get(f"/s/{code}"), 503)
    await client.patch(f"{LAB}/config", json={"knobs": {"replicas": 2}})


async def test_who_follows_a_dead_link_in_a_browser_gets_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/s/%3Cscript%3E", headers={"accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Not found" in answer.text
    assert "<script" not in answer.text


async def test_a_deleted_alias_leads_to_its_next_room(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await generate(client, alias="passed-on")
    assert (await stranger.get("/s/passed-on")).headers["location"] == URL
    assert (await client.delete(f"{API}/links/passed-on")).status_code == 204
    is_problem(await stranger.get("/s/passed-on"), 404)
    await stranger.post(
        f"{API}/shorturl/generate", json={"url": "https://b.example/", "alias": "passed-on"}
    )  # in the public room
    assert (await stranger.get("/s/passed-on")).headers["location"] == "https://b.example/"


# GET /links, GET /links/{code}/stats, GET /links/{code}/qr.svg, DELETE /links/{code}


async def test_my_links_come_in_pages(client: httpx.AsyncClient) -> None:
    made = [(await generate(client, f"https://a.example/{n}"))["code"] for n in range(7)]
    listed: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = (await client.get(f"{API}/links", params=query)).json()
        listed += page["items"]
        assert set(page) == {"items", "next_cursor"}
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert [link["code"] for link in listed] == list(reversed(made))
    assert set(listed[0]) == {"code", "short_url", "url", "expires_at", "clicks", "created_at"}
    assert datetime.fromisoformat(listed[0]["created_at"]).tzinfo is not None


@pytest.mark.parametrize(
    ("query", "field"),
    [({"cursor": "nonsense"}, "cursor"), ({"cursor": "bnVsbA"}, "cursor"), ({"cursor": "W10"}, "cursor"),
     ({"cursor": "WyJ4IiwieSJd"}, "cursor"), ({"cursor": "x" * 201}, "cursor"), ({"limit": 0}, "limit"),
     ({"limit": 101}, "limit"), ({"limit": "x"}, "limit")],
)  # fmt: skip
async def test_a_bad_page_is_refused(client: httpx.AsyncClient, query: dict[str, Any], field: str) -> None:
    is_problem(await client.get(f"{API}/links", params=query), 422, field=field)


async def test_users_have_links_of_their_own(client: httpx.AsyncClient) -> None:
    code = (await generate(client))["code"]
    ada = {"X-SDLab-User": "ada"}
    assert (await client.get(f"{API}/links", headers=ada)).json() == {"items": [], "next_cursor": None}
    is_problem(await client.get(f"{API}/links/{code}/stats", headers=ada), 404)
    is_problem(await client.delete(f"{API}/links/{code}", headers=ada), 404)
    is_problem(await client.get(f"{API}/links", headers={"X-SDLab-User": "x" * 41}), 422)


async def test_clicks_are_counted_per_minute(client: httpx.AsyncClient) -> None:
    code = (await generate(client))["code"]
    for _ in range(3):
        await client.get(f"/s/{code}")
    stats = (await client.get(f"{API}/links/{code}/stats")).json()
    assert (stats["code"], stats["clicks"], len(stats["per_minute"])) == (code, 3, 60)
    assert sum(minute["clicks"] for minute in stats["per_minute"]) == 3
    assert datetime.fromisoformat(stats["per_minute"][-1]["minute"]).second == 0
    assert (await client.get(f"{API}/links")).json()["items"][0]["clicks"] == 3


async def test_a_link_has_a_qr_code(client: httpx.AsyncClient) -> None:
    code = (await generate(client))["code"]
    answer = await client.get(f"{API}/links/{code}/qr.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.text.startswith("<?xml")
    assert "</svg>" in answer.text


async def test_a_deleted_link_is_not_found_anywhere(client: httpx.AsyncClient) -> None:
    code = (await generate(client))["code"]
    gone = await client.delete(f"{API}/links/{code}")
    assert (gone.status_code, gone.content) == (204, b"")
    for answer in (
        await client.get(f"/s/{code}"),
        await client.get(f"{API}/links/{code}/stats"),
        await client.get(f"{API}/links/{code}/qr.svg"),
        await client.delete(f"{API}/links/{code}"),
    ):
        is_problem(answer, 404)


async def test_wrong_methods_and_paths_are_problems(client: httpx.AsyncClient) -> None:
    is_problem(await client.get(f"{API}/shorturl/generate"), 405)
    is_problem(await client.get(f"{API}/nothing"), 404)
    is_problem(await client.put(f"{API}/links/abc"), 405)


async def test_a_room_that_is_none_is_not_found(stranger: httpx.AsyncClient) -> None:
    for call in (
        stranger.get(f"{API}/links", params={"room": "nowhere"}),
        stranger.post(f"{API}/shorturl/generate", params={"room": "nowhere"}, json={"url": URL}),
    ):
        is_problem(await call, 404)


async def test_rooms_see_only_their_own(client: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    code = (await generate(client))["code"]
    assert (await stranger.get(f"{API}/links")).json()["items"] == []
    is_problem(await stranger.get(f"{API}/links/{code}/stats"), 404)
    assert (await stranger.get(f"/s/{code}")).status_code == 302, "following needs no room"


# Cases


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:3000/s/loopa", "http://localhost:3000/x/../s/loopa", "http://localhost:3000/%73/loopa",
        "HTTP://LOCALHOST:3000/./s/loopa?x=1", "http://localhost.:3000/s/loopa", "http://localhost:3000/s/%6coopa",
        " http://localhost:3000/a/b/../../%53%2e%2E/../s/loopa".replace("%53", "s"),
    ],
)  # fmt: skip
async def test_c7_a_link_to_a_short_link_is_refused_however_it_is_written(
    client: httpx.AsyncClient, url: str
) -> None:
    answer = await client.post(f"{API}/shorturl/generate", json={"url": url, "alias": "loopa"})
    is_problem(answer, 422, field="url")
    for fine in (
        "http://localhost:3001/s/x",
        "http://localhost:3000/sx/y",
        "http://localhost:3000/s/../about",
    ):
        await generate(client, fine)


async def test_c16_a_deleted_alias_is_said_to_be_deleted(client: httpx.AsyncClient) -> None:
    await generate(client, alias="once-mine")
    taken = await client.post(
        f"{API}/shorturl/generate", json={"url": "https://b.example/", "alias": "once-mine"}
    )
    assert "is taken" in taken.json()["detail"]
    assert (await client.delete(f"{API}/links/once-mine")).status_code == 204
    again = await client.post(
        f"{API}/shorturl/generate", json={"url": "https://b.example/", "alias": "once-mine"}
    )
    is_problem(again, 409, field="alias")
    assert "was deleted and is kept back" in again.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"}, {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"User-Agent": "facebookexternalhit/1.1"}, {"User-Agent": "WhatsApp/2.23.20.0"},
        {"User-Agent": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"},
    ],
)  # fmt: skip
async def test_c17_previews_are_no_clicks(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    code = (await generate(client))["code"]
    for _ in range(2):
        assert (await client.get(f"/s/{code}", headers=headers)).status_code == 302
    person = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"}
    assert (await client.get(f"/s/{code}", headers=person)).status_code == 302
    stats = (await client.get(f"{API}/links/{code}/stats")).json()
    assert (stats["clicks"], stats["previews"]) == (1, 2)
    assert sum(minute["clicks"] for minute in stats["per_minute"]) == 1


async def test_c3_a_link_of_somebody_else_is_neither_counted_nor_deleted(client: httpx.AsyncClient) -> None:
    code = (await generate(client))["code"]
    bob = {"X-SDLab-User": "bob"}
    is_problem(await client.delete(f"{API}/links/{code}", headers=bob), 404)
    is_problem(await client.get(f"{API}/links/{code}/stats", headers=bob), 404)
    assert (await client.get(f"/s/{code}")).status_code == 302


async def test_c2_and_c4_a_key_belongs_to_its_user_and_its_request(client: httpx.AsyncClient) -> None:
    async def ask(url: str, user: str) -> httpx.Response:
        headers = {"Idempotency-Key": "1", "X-SDLab-User": user}
        return await client.post(f"{API}/shorturl/generate", json={"url": url}, headers=headers)

    anns, bobs = await ask("https://a.example/", "ann"), await ask("https://b.example/", "bob")
    assert [one.status_code for one in (anns, bobs)] == [200, 200]
    assert anns.json()["url"] != bobs.json()["url"]
    assert (await ask("https://a.example/", "ann")).json() == anns.json()
    other = await ask("https://c.example/", "ann")
    is_problem(other, 422, field="Idempotency-Key")
    assert anns.json()["code"] not in other.text


@pytest.mark.parametrize("expires_at", [True, False, "1893456000", "nan"])
async def test_c9_booleans_and_digits_in_quotes_are_no_times(
    client: httpx.AsyncClient, expires_at: Any
) -> None:
    body = {"url": URL, "expires_at": expires_at}
    is_problem(await client.post(f"{API}/shorturl/generate", json=body), 422, field="expires_at")


async def test_a_sentence_about_a_waiting_time_is_rounded_up(client: httpx.AsyncClient) -> None:
    for server in "ABC":
        await client.post(f"{LAB}/faults", json={"node": f"key-{server}", "kind": "down"})
    answer = await client.post(f"{API}/shorturl/generate", json={"url": URL})
    is_problem(answer, 503)
    assert int(answer.headers["retry-after"]) >= 1
