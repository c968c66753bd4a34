"""The endpoints of Tinder, over HTTP as clients call them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from designs.tinder.api.api import match_events
from designs.tinder.engine.engine import Tinder
from sdlab.rooms.manager import RoomManager
from tests.designs.tinder.conftest import swipe

BASE = "/api/tinder"
NEW = {"name": "Ana", "age": 30, "location": {"lat": 48.03, "lng": 11.05}, "interests": ["jazz", "chess"]}


def by(user: str) -> dict[str, str]:
    return {"X-SDLab-User": user}


async def swiped(
    client: httpx.AsyncClient, target: str, intent: str = "Like", *, user: str = "visitor"
) -> dict:
    answer = await client.post(f"{BASE}/swipe/{target}", json={"intent": intent}, headers=by(user))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_cards_have_what_a_card_shows(client: httpx.AsyncClient) -> None:
    feed = (await client.get(f"{BASE}/feed")).json()
    assert len(feed["items"]) == 20
    assert feed["next_cursor"] is None
    card = feed["items"][0]
    assert set(card) == {
        "id", "card", "name", "age", "distance_km", "interests", "shared", "job", "about", "face", "score", "parts",
    }  # fmt: skip
    assert card["score"] == pytest.approx(sum(card["parts"].values()), abs=0.3)
    assert set(card["shared"]) <= set(card["interests"])
    scores = [one["score"] for one in feed["items"]]
    assert scores == sorted(scores, reverse=True)
    assert len({one["card"] for one in feed["items"]}) == 1


async def test_place_and_distance_of_the_query_are_obeyed(client: httpx.AsyncClient) -> None:
    far = (await client.get(f"{BASE}/feed?location=47.9311,10.8886&distance=5")).json()
    assert 0 < len(far["items"]) < 20
    assert all(one["distance_km"] <= 5 for one in far["items"])
    assert far["complete"]
    near = (await client.get(f"{BASE}/feed?distance=2")).json()
    assert not {one["id"] for one in far["items"]} & {one["id"] for one in near["items"]}


async def test_a_swiped_person_is_gone_at_once_and_what_is_in_hand_is_not_sent(
    client: httpx.AsyncClient,
) -> None:
    await client.patch("/api/labs/tinder/config", json={"knobs": {"replication_ms": 5000}})
    cards = (await client.get(f"{BASE}/feed")).json()["items"]
    for one in cards[:8]:
        await swiped(client, one["id"], "Dislike")
    held = ",".join(one["id"] for one in cards[8:])
    more = (await client.get(f"{BASE}/feed?in_hand={held}")).json()["items"]
    assert len(more) == 20
    assert not {one["id"] for one in cards} & {one["id"] for one in more}


async def test_a_mutual_like_is_a_match_for_both(client: httpx.AsyncClient) -> None:
    assert (await swiped(client, "sam"))["match"] is False
    done = await swiped(client, "visitor", user="sam")
    assert (done["match"], done["match_id"], done["repeated"]) == (True, "1", False)
    assert (await swiped(client, "visitor", "Dislike", user="sam")) == done | {"repeated": True}
    for user, other in (("visitor", "sam"), ("sam", "visitor")):
        page = (await client.get(f"{BASE}/matches", headers=by(user))).json()
        assert [one["user"] for one in page["items"]] == [other]
        assert page["next_cursor"] is None


async def test_matches_come_in_pages(client: httpx.AsyncClient) -> None:
    for number in range(1, 6):
        await swiped(client, f"p{number}")
        await swiped(client, "visitor", user=f"p{number}")
    found, cursor = [], ""
    while cursor is not None:
        page = (await client.get(f"{BASE}/matches?limit=2&cursor={cursor}")).json()
        found += [one["user"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert found == [f"p{number}" for number in range(1, 6)]


async def test_a_profile_changes_and_somebody_joins(client: httpx.AsyncClient) -> None:
    changed = await client.put(f"{BASE}/profile", json={"age_min": 25, "age_max": 30, "interest": "jazz"})
    assert changed.status_code == 200
    assert (changed.json()["age_min"], changed.json()["interest"]) == (25, "jazz")
    cards = (await client.get(f"{BASE}/feed")).json()["items"]
    assert cards
    assert all(25 <= one["age"] <= 30 and "jazz" in one["interests"] for one in cards)
    joined = await client.put(f"{BASE}/profile", json=NEW, headers=by("ana"))
    assert joined.json()["id"] == "ana"
    assert len((await client.get(f"{BASE}/feed", headers=by("ana"))).json()["items"]) == 20


@pytest.mark.parametrize(
    ("method", "path", "body", "user", "status"),
    [
        ("GET", "/feed", None, "nobody", 404),
        ("GET", "/feed?location=here", None, "visitor", 422),
        ("GET", "/feed?location=1,2,3", None, "visitor", 422),
        ("GET", "/feed?location=nan,11", None, "visitor", 422),
        ("GET", "/feed?location=95,11", None, "visitor", 422),
        ("GET", "/feed?distance=0", None, "visitor", 422),
        ("GET", "/feed?distance=51", None, "visitor", 422),
        ("POST", "/swipe/visitor", {"intent": "Like"}, "visitor", 409),
        ("POST", "/swipe/p0", {"intent": "Like"}, "visitor", 404),
        ("POST", "/swipe/p99999999999", {"intent": "Like"}, "visitor", 404),
        ("POST", "/swipe/sam", {"intent": "Maybe"}, "visitor", 422),
        ("POST", "/swipe/sam", {}, "visitor", 422),
        ("POST", "/swipe/sam", {"intent": "Like", "extra": 1}, "visitor", 422),
        ("POST", "/swipe/sam", {"intent": "Like"}, "nobody", 404),
        ("PUT", "/profile", {"age": 17}, "visitor", 422),
        ("PUT", "/profile", {"age_min": 60, "age_max": 20}, "visitor", 422),
        ("PUT", "/profile", {"interests": ["x"]}, "visitor", 422),
        ("PUT", "/profile", {"interest": "x"}, "visitor", 422),
        ("PUT", "/profile", {"name": "Ana"}, "ana", 422),
        ("PUT", "/profile", NEW, "a b", 422),
        ("GET", "/matches?cursor=zzz", None, "visitor", 422),
        ("GET", "/matches?limit=0", None, "visitor", 422),
        ("GET", "/matches/events?last_event_id=x", None, "visitor", 422),
    ],
)
async def test_bad_input_is_refused(
    client: httpx.AsyncClient, method: str, path: str, body: dict | None, user: str, status: int
) -> None:
    answer = await client.request(method, f"{BASE}{path}", json=body, headers=by(user))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get(f"{BASE}/matches")).json()["items"] == []


async def test_a_person_handed_out_again_was_shown_twice_and_a_repeated_message_was_not(
    client: httpx.AsyncClient,
) -> None:
    change = {"toggles": {"again": "database"}, "knobs": {"replication_ms": 5000}}
    await client.patch("/api/labs/tinder/config", json=change)

    async def say(card: dict) -> None:
        body = {"intent": "Like", "card": card["card"]}
        assert (await client.post(f"{BASE}/swipe/{card['id']}", json=body)).status_code == 200

    async def counts() -> tuple[int, int]:
        told = (await client.get("/api/labs/tinder/snapshot")).json()["snapshot"]
        return told["store"]["repeats"], told["again"]["shown_again"]

    first, *_, held = (await client.get(f"{BASE}/feed")).json()["items"]
    await say(first)
    await say(first)
    await say(held)
    assert await counts() == (1, 0)
    for _ in range(30):  # until the replica that has not heard is asked
        await client.put(f"{BASE}/profile", json={"distance_km": 10})
        cards = (await client.get(f"{BASE}/feed")).json()["items"]
        if again := [one for one in cards if one["id"] == first["id"]]:
            await say(again[0])
            break
    assert await counts() == (2, 1)


async def test_matches_come_as_events_and_resume(manager: RoomManager) -> None:
    lab = await manager.lab(manager.ids.new(), "tinder")
    engine = lab.engine
    assert isinstance(engine, Tinder)

    def told(frame: bytes) -> tuple[str, str]:
        lines = frame.decode().splitlines()
        return lines[0].removeprefix("id: "), json.loads(lines[2].removeprefix("data: "))["user"]

    async def meet(other: str) -> None:
        await swipe(engine, "visitor", other, like=True)
        await swipe(engine, other, "visitor", like=True)

    await meet("p1")
    now: AsyncIterator[bytes] = match_events(engine, 0, None)
    coming = asyncio.ensure_future(anext(now))
    for _ in range(20):  # it listens, and has read what was before
        await engine.swipes.counted(0)
    await meet("p2")
    assert told(await asyncio.wait_for(coming, 5)) == ("2", "p2")
    resumed = match_events(engine, 0, 0)
    assert [told(await asyncio.wait_for(anext(resumed), 5)) for _ in range(2)] == [("1", "p1"), ("2", "p2")]
    for stream in (now, resumed):
        await stream.aclose()  # type: ignore[attr-defined]
    assert engine.matches.listened_to == []
