"""Classes over HTTP: what a right allows, and what nobody gets without one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from sdlab.api.door import MAX_BODY
from sdlab.api.server import build_api
from sdlab.lab import Design
from sdlab.lab.script import planned
from sdlab.registry import design, designs
from sdlab.rooms import classroom as module
from sdlab.rooms.class_rights import hand_of
from sdlab.rooms.classroom import LEADER_HEADER, classes, cookie_of
from sdlab.rooms.manager import RoomManager
from tests.api.test_control import refused

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
SLUG = "url-shortener"
ASKING = 3
Visitors = list[httpx.AsyncClient]


@pytest.fixture
async def visitors(manager: RoomManager, application: FastAPI) -> AsyncIterator[Visitors]:
    """Four browsers with cookies of their own: the leader first."""
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    origin = "http://localhost:3000"
    made = [
        httpx.AsyncClient(transport=transport, base_url=origin, headers={"Origin": origin}) for _ in range(4)
    ]
    yield made
    for one in made:
        await one.aclose()


async def opened(leader: httpx.AsyncClient, slug: str = SLUG) -> dict:
    answer = await leader.post("/api/classes", json={"lab": slug}, headers=await own_room(leader))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def own_room(visitor: httpx.AsyncClient) -> dict[str, str]:
    return {"X-SDLab-Room": (await visitor.post("/api/rooms")).json()["room"]}


async def joined(visitor: httpx.AsyncClient, code: str) -> str:
    answer = await visitor.post(f"/api/classes/{code}/join")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["follower"])


def changing_routes(slug: str) -> list[tuple[str, str]]:
    """Every call that changes something in a room of that lab."""
    paths = build_api().openapi()["paths"]
    found = [
        (method.upper(), re.sub(r"\{[^}]+\}", "1", path.replace("{slug}", slug)))
        for path, methods in paths.items()
        if path.startswith((f"/api/{slug}/", "/api/labs/{slug}/"))
        for method in methods
        if method not in ("get", "head", "options")
    ]
    assert len(found) >= 10
    return found


@ALL
async def test_a_follower_is_refused_by_every_call_that_changes_something(
    visitors: Visitors, design: Design
) -> None:
    leader, follower, stranger, _ = visitors
    taught = await opened(leader, design.slug)
    await joined(follower, taught["code"])
    for method, path in changing_routes(design.slug):
        for visitor in (follower, stranger):
            answer = await visitor.request(method, path, json={}, headers={"X-SDLab-Room": taught["room"]})
            refused(answer, 403)
        answer = await follower.request(method, path, json={}, params={"room": taught["room"]})
        refused(answer, 403)


async def test_the_product_is_everybodys_while_the_leader_says_so(visitors: Visitors) -> None:
    leader, follower, *_ = visitors
    taught = await opened(leader)
    await joined(follower, taught["code"])
    room = {"X-SDLab-Room": taught["room"]}

    async def create(who: httpx.AsyncClient) -> int:
        body = {"url": "https://example.org/"}
        return (await who.post(f"/api/{SLUG}/shorturl/generate", json=body, headers=room)).status_code

    async def configure(who: httpx.AsyncClient) -> int:
        body = {"toggles": {"redirect": "302"}}
        return (await who.patch(f"/api/labs/{SLUG}/config", json=body, headers=room)).status_code

    assert [await create(leader), await create(follower)] == [200, 403]
    await leader.patch(f"/api/classes/{taught['room']}", json={"open": True})
    assert [await create(follower), await configure(follower), await configure(leader)] == [200, 403, 200]
    await leader.patch(f"/api/classes/{taught['room']}", json={"open": False})
    assert await create(follower) == 403


async def test_a_link_of_a_class_works_for_all_and_counts_only_for_who_may_act(visitors: Visitors) -> None:
    leader, follower, *_ = visitors
    taught = await opened(leader)
    room = {"X-SDLab-Room": taught["room"]}
    made = await leader.post(
        f"/api/{SLUG}/shorturl/generate", json={"url": "https://example.org/"}, headers=room
    )
    code = made.json()["code"]
    await joined(follower, taught["code"])

    async def clicks() -> int:
        """As the store has them; asking for a link's own figures writes what was counted."""
        assert (await leader.get(f"/api/{SLUG}/links/{code}/stats", headers=room)).status_code == 200
        shown = (await leader.get(f"/api/labs/{SLUG}/snapshot", headers=room)).json()
        return int(shown["snapshot"]["clicks"]["made"])

    for visitor in (follower, visitors[2]):
        answer = await visitor.get(f"/s/{code}", headers=room)
        assert answer.status_code in (301, 302)
    assert await clicks() == 0
    assert (await leader.get(f"/s/{code}", headers=room)).status_code in (301, 302)
    assert await clicks() == 1


async def test_only_the_right_of_this_class_drives_it(visitors: Visitors) -> None:
    leader, follower, other, stranger = visitors
    taught, elsewhere = await opened(leader), await opened(other)
    await joined(follower, taught["code"])
    place = f"/api/classes/{taught['room']}"
    foreign = [
        {},
        {LEADER_HEADER: ""},
        {LEADER_HEADER: "leader."},
        {LEADER_HEADER: "leader.0123456789abcdef0123456789abcdef"},
        {LEADER_HEADER: elsewhere["leader"]},
        {LEADER_HEADER: taught["code"]},
        {LEADER_HEADER: taught["room"]},
        {LEADER_HEADER: "<script>alert(1)</script>"},
    ]
    for headers in foreign:
        for visitor in (follower, other, stranger):
            refused(await visitor.patch(place, json={"beat": 1}, headers=headers), 403)
            refused(await visitor.delete(place, headers=headers), 403)
            refused(await visitor.get(f"{place}/notes", headers=headers), 403)
            refused(await visitor.get(f"{place}/results.csv", headers=headers), 403)
    assert (await leader.get(place)).json()["beat"] == 0
    by_header = await stranger.patch(place, json={"beat": 1}, headers={LEADER_HEADER: taught["leader"]})
    assert by_header.status_code == 200


async def test_a_stolen_code_gives_a_vote_and_nothing_else(visitors: Visitors) -> None:
    leader, thief, *_ = visitors
    taught = await opened(leader)
    token = await joined(thief, taught["code"])
    assert token.startswith("follower.")
    refused(
        await thief.patch(
            f"/api/classes/{taught['room']}", json={"open": True}, headers={LEADER_HEADER: token}
        ),
        403,
    )
    seen = (await thief.get(f"/api/classes/{taught['room']}")).json()
    assert "leader" not in seen
    assert seen["role"] == "follower"


async def test_one_vote_each_until_the_answer_is_shown(visitors: Visitors) -> None:
    leader, one, two, stranger = visitors
    taught = await opened(leader)
    place = f"/api/classes/{taught['room']}"
    await joined(one, taught["code"])
    await joined(two, taught["code"])
    refused(await one.post(f"{place}/vote", json={"option": 0}), 409)
    await leader.patch(place, json={"beat": ASKING})
    for option in (0, 1, 1):
        assert (await one.post(f"{place}/vote", json={"option": option})).status_code == 204
    assert (await two.post(f"{place}/vote", json={"option": 0})).status_code == 204
    await joined(one, taught["code"])  # joining again is the same follower, not another vote
    assert (await one.post(f"{place}/vote", json={"option": 2})).status_code == 204
    assert (await leader.get(place)).json()["counts"] == [1, 0, 1, 0]
    for hidden in ("counts", "answer"):
        assert hidden not in (await one.get(place)).json()
    refused(await stranger.post(f"{place}/vote", json={"option": 0}), 403)
    refused(await leader.post(f"{place}/vote", json={"option": 0}), 403)
    for wrong in (-1, 4, 99, "x", None):
        refused(await one.post(f"{place}/vote", json={"option": wrong}), 422)
    await leader.patch(place, json={"revealed": True})
    refused(await two.post(f"{place}/vote", json={"option": 1}), 409)
    shown = (await two.get(place)).json()
    assert (shown["counts"], shown["answer"]["right"]) == ([1, 0, 1, 0], 0)
    rows = (await leader.get(f"{place}/results.csv")).text.splitlines()
    assert rows[0] == "lab,beat,question,round,answer,right,votes,in class"
    assert [row.split(",")[-2] for row in rows[1:]] == ["1", "0", "1", "0"]
    assert "follower" not in "".join(rows)


async def test_the_class_is_asked_by_its_leader_and_answers_itself(visitors: Visitors) -> None:
    leader, one, _two, stranger = visitors
    taught = await opened(leader)
    place = f"/api/classes/{taught['room']}"
    await joined(one, taught["code"])
    asked = {"kind": "options", "question": "Which?", "options": ["left", "right"]}
    for who in (one, stranger):
        refused(await who.post(f"{place}/question", json=asked), 403)
        refused(await who.post(f"{place}/question/close"), 403)
        refused(await who.post(f"{place}/question/again", json={}), 403)
        refused(await who.delete(f"{place}/question"), 403)
        refused(await who.patch(f"{place}/questions/1", json={"state": "shown"}), 403)
    refused(await one.post(f"{place}/answer", json={"value": 1}), 409)
    for wrong in (
        {**asked, "kind": "drawing"},
        {**asked, "options": ["alone"]},
        {**asked, "options": ["x"] * 9},
        {**asked, "question": ""},
        {**asked, "question": "x" * 201},
        {**asked, "seconds": -1},
        {**asked, "seconds": 1e9},
        {**asked, "more": 1},
    ):
        refused(await leader.post(f"{place}/question", json=wrong), 422)
    assert (await leader.post(f"{place}/question", json=asked)).status_code == 204
    refused(await leader.post(f"{place}/question/hide", json={"word": "left"}), 409)
    for wrong_value in (2, -1, 0.5, "left", None, [1], True):
        refused(await one.post(f"{place}/answer", json={"value": wrong_value}), 422)
    assert (await one.post(f"{place}/answer", json={"value": 1})).status_code == 204
    refused(await stranger.post(f"{place}/answer", json={"value": 1}), 403)
    assert (await leader.post(f"{place}/question/close")).status_code == 204
    assert (await one.get(place)).json()["quick"]["result"] == {"counts": [0, 1]}
    assert (await one.post(f"{place}/questions", json={"text": "Why?\n"})).status_code == 204
    for unfit in (" ", "Why?\u202e", "\u200b", "x" * 241):
        refused(await one.post(f"{place}/questions", json={"text": unfit}), 422)
    refused(await one.put(f"{place}/questions/1/vote", json={}), 404)
    refused(await one.put(f"{place}/questions/999999/vote", json={}), 422)
    refused(await one.put(f"{place}/signals/bored", json={}), 422)
    assert (await one.put(f"{place}/signals/lost", json={})).status_code == 204
    voices = (await leader.get(place)).json()["voices"]
    assert [asked["text"] for asked in voices["questions"]] == ["Why?"]
    assert voices["signals"]["lost"] == 1
    refused(await stranger.get(f"{place}/report"), 403)
    for who in (leader, one):
        assert (await who.get(f"{place}/report")).json()["asked"][0]["question"] == "Which?"


async def test_a_vote_of_another_class_is_foreign(visitors: Visitors) -> None:
    leader, follower, other, _ = visitors
    taught, elsewhere = await opened(leader), await opened(other)
    token = await joined(follower, elsewhere["code"])
    place = f"/api/classes/{taught['room']}"
    await leader.patch(place, json={"beat": ASKING})
    refused(await follower.post(f"{place}/vote", json={"option": 0}), 403)
    headers = {LEADER_HEADER: token}
    refused(await follower.post(f"{place}/vote", json={"option": 0}, headers=headers), 403)
    assert (await leader.get(place)).json()["voted"] == 0


async def test_ten_thousand_joins_from_one_address_stop_at_the_limit(
    visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_JOINS_PER_ADDRESS", 30)
    leader, flood, *_ = visitors
    taught = await opened(leader)
    answers = await asyncio.gather(*[flood.post(f"/api/classes/{taught['code']}/join") for _ in range(100)])
    assert sorted({one.status_code for one in answers}) == [200, 429]
    assert sum(one.status_code == 200 for one in answers) == 30
    late = refused(await flood.post(f"/api/classes/{taught['code']}/join"), 429)
    assert "address" in late["detail"]
    moved = await leader.patch(f"/api/classes/{taught['room']}", json={"beat": 1})
    assert (moved.status_code, moved.json()["beat"]) == (200, 1)


async def test_guessing_codes_ends_soon(visitors: Visitors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_GUESSES_PER_ADDRESS", 5)
    guesser = visitors[1]
    for number in range(5):
        refused(await guesser.post(f"/api/classes/AAAAA{number + 2}/join"), 404)
    refused(await guesser.post("/api/classes/AAAAA9/join"), 429)


@pytest.mark.parametrize(
    "code", ["%3Cscript%3E", "'%22%3E%3Cimg%20src=x%3E", "..%2F..", "%00%00%00%00%00%00", "x" * 21, "💥" * 6]
)
async def test_what_is_no_code_is_refused_as_data(visitors: Visitors, code: str) -> None:
    answer = await visitors[0].post(f"/api/classes/{code}/join")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "<script>" not in answer.text


async def test_markup_in_a_class_stays_text(visitors: Visitors) -> None:
    leader, *_ = visitors
    taught = await opened(leader)
    place, markup = f"/api/classes/{taught['room']}", "<img src=x onerror=alert(1)>"
    answer = await leader.patch(place, json={"spotlight": markup})
    assert answer.json()["spotlight"] == markup
    assert answer.headers["content-type"] == "application/json"
    refused(await leader.patch(place, json={"tab": markup}), 422)
    refused(await leader.patch(place, json={"lab": markup}), 404)
    refused(await leader.post("/api/classes", json={"lab": markup}), 404)
    picture = await leader.get(f"{place}/qr.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert b"<script" not in picture.content
    assert b'xmlns="http://www.w3.org/2000/svg"' in picture.content


async def test_a_megabyte_is_refused_and_the_class_goes_on(visitors: Visitors) -> None:
    leader, follower, *_ = visitors
    taught = await opened(leader)
    await joined(follower, taught["code"])
    place = f"/api/classes/{taught['room']}"
    for path in (f"{place}/vote", place, "/api/classes"):
        method = "PATCH" if path == place else "POST"
        answer = await follower.request(method, path, content=b'"' + b"x" * MAX_BODY + b'"')
        assert answer.status_code == 413
    assert (await leader.patch(place, json={"beat": 1})).status_code == 200


async def test_after_its_end_nobody_joins_votes_or_drives(visitors: Visitors) -> None:
    leader, follower, late, _ = visitors
    taught = await opened(leader)
    place, room = f"/api/classes/{taught['room']}", {"X-SDLab-Room": taught["room"]}
    await joined(follower, taught["code"])
    await leader.patch(place, json={"beat": ASKING})
    assert (await leader.delete(place)).status_code == 204
    refused(await late.post(f"/api/classes/{taught['code']}/join"), 404)
    refused(await follower.post(f"{place}/vote", json={"option": 0}), 410)
    refused(await leader.patch(place, json={"beat": 1}), 410)
    body = {"url": "https://example.org/"}
    refused(await follower.post(f"/api/{SLUG}/shorturl/generate", json=body, headers=room), 403)
    seen = (await follower.get(place)).json()
    assert seen["ended"]
    assert (await leader.get(f"{place}/results.csv")).status_code == 200


async def test_a_class_expires(visitors: Visitors, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower, *_ = visitors
    taught = await opened(leader)
    monkeypatch.setattr(module, "LIVES", -1)
    assert (await leader.get(f"/api/classes/{taught['room']}")).json()["ended"]
    refused(await follower.post(f"/api/classes/{taught['code']}/join"), 404)


async def test_scenarios_and_comparisons_of_a_class_are_the_leaders(visitors: Visitors) -> None:
    leader, follower, *_ = visitors
    taught = await opened(leader)
    await joined(follower, taught["code"])
    room = {"X-SDLab-Room": taught["room"]}
    await leader.patch(f"/api/classes/{taught['room']}", json={"open": True})
    variants = [{"name": "a"}, {"name": "b"}]
    body = {"variants": variants, "workload": "read_heavy", "seconds": 2}
    refused(await follower.put(f"/api/labs/{SLUG}/scenario", json={}, headers=room), 403)
    refused(await follower.post(f"/api/labs/{SLUG}/compare", json=body, headers=room), 403)
    refused(await follower.delete(f"/api/labs/{SLUG}/compare", headers=room), 403)
    assert (await follower.get(f"/api/labs/{SLUG}/scenario", headers=room)).status_code == 200
    assert (await leader.put(f"/api/labs/{SLUG}/scenario", json={}, headers=room)).status_code == 200


async def test_a_follower_opens_no_class_from_the_class_and_others_are_not_touched(
    visitors: Visitors,
) -> None:
    leader, follower, *_ = visitors
    taught = await opened(leader)
    await joined(follower, taught["code"])
    room = {"X-SDLab-Room": taught["room"]}
    refused(await follower.post("/api/classes", json={"lab": SLUG}, headers=room), 403)
    body = {"url": "https://example.org/"}
    own = await own_room(follower) | {"X-SDLab-User": "ada"}
    answer = await follower.post(f"/api/{SLUG}/shorturl/generate", json=body, headers=own)
    assert answer.status_code == 200


async def test_notes_say_in_words_what_a_beat_does(visitors: Visitors) -> None:
    leader, *_ = visitors
    taught = await opened(leader)
    notes = (await leader.get(f"/api/classes/{taught['room']}/notes")).json()
    assert len(notes) == 9
    assert "traffic: " in " ".join(notes[1]["does"])
    assert notes[0]["html"].startswith("<p>")
    assert "<strong>" in notes[0]["html"]
    assert all(note["does"] for note in notes)
    assert [note["number"] for note in notes] == list(range(1, 10))
    assert all(set(note["script"]) == {"say", "mistake", "discuss", "onward"} for note in notes)
    assert set(notes[0]["cuts"]) == {"20", "40", "60"}
    lesson, script = design(SLUG).lesson, design(SLUG).script
    assert lesson is not None
    assert script is not None
    for cut in script.cuts:
        told = [note["cuts"][str(cut.minutes)] for note in notes if str(cut.minutes) in note["cuts"]]
        assert sum(one["minutes"] for one in told) == planned(lesson, cut)


async def test_a_class_has_a_length_that_its_lesson_has_a_cut_for(visitors: Visitors) -> None:
    leader, *_ = visitors
    place = f"/api/classes/{(await opened(leader))['room']}"
    assert (await leader.get(place)).json()["minutes"] == 0
    assert (await leader.patch(place, json={"minutes": 40})).json()["minutes"] == 40
    for wrong in (30, -1, 61, "half an hour", 20.5, True):
        refused(await leader.patch(place, json={"minutes": wrong}), 422)
    assert (await leader.patch(place, json={"minutes": 0})).json()["minutes"] == 0


async def test_where_a_class_is_not_there_is_none(visitors: Visitors) -> None:
    leader, *_ = visitors
    room = (await own_room(leader))["X-SDLab-Room"]
    for place in (room, "0" * 24, "public"):
        refused(await leader.get(f"/api/classes/{place}"), 404)
        refused(await leader.patch(f"/api/classes/{place}", json={"beat": 1}), 404)
        refused(await leader.post(f"/api/classes/{place}/vote", json={"option": 1}), 404)


async def test_the_house_counts_classes_of_one_address(visitors: Visitors, manager: RoomManager) -> None:
    leader, *_ = visitors
    headers = await own_room(leader)
    codes = [
        (await leader.post("/api/classes", json={"lab": SLUG}, headers=headers)).status_code
        for _ in range(manager.settings.classes_per_address + 1)
    ]
    assert codes == [200] * manager.settings.classes_per_address + [429]


async def test_an_exercise_is_begun_shown_and_ended_by_the_leader(visitors: Visitors) -> None:
    leader, one, _two, stranger = visitors
    taught = await opened(leader)
    place = f"/api/classes/{taught['room']}"
    await joined(one, taught["code"])
    asked = {"kind": "break", "subject": "one_url_per_code", "seconds": 300}
    for who in (one, stranger):
        refused(await who.get(f"{place}/exercises"), 403)
        refused(await who.post(f"{place}/exercise", json=asked), 403)
        refused(await who.patch(f"{place}/exercise", json={"shown": 0}), 403)
        refused(await who.delete(f"{place}/exercise"), 403)
    offers = (await leader.get(f"{place}/exercises")).json()["tasks"]
    assert {one["kind"] for one in offers} == {"break", "repair", "mission"}
    assert all(one["goal"] and one["title"] and one["forks"] >= 1 for one in offers)
    for wrong in (
        {**asked, "kind": "paint"},
        {**asked, "subject": "nonsense"},
        {**asked, "subject": ""},
        {**asked, "subject": "x" * 1000},
        {**asked, "subject": "<img src=x onerror=alert(1)>"},
        {**asked, "seconds": 5},
        {**asked, "seconds": 1e9},
        {**asked, "seconds": "300"},
        {**asked, "group": 0},
        {**asked, "group": 13},
        {**asked, "group": 1.5},
        {**asked, "group": True},
        {**asked, "more": 1},
        {"kind": "break"},
        [],
    ):
        refused(await leader.post(f"{place}/exercise", json=wrong), 422)
    refused(await leader.patch(f"{place}/exercise", json={"shown": 0}), 409)
    assert (await leader.delete(f"{place}/exercise")).status_code == 200, "there is none, and that is well"
    begun = await leader.post(f"{place}/exercise", json=asked)
    assert begun.status_code == 200, begun.text
    assert begun.json()["exercise"]["title"] == "one URL per code"
    refused(await leader.post(f"{place}/exercise", json=asked), 409)
    refused(await leader.patch(place, json={"beat": 1}), 409)
    refused(await leader.patch(f"{place}/exercise", json={"shown": 1}), 404)
    for wrong in ({"shown": -1}, {"shown": 61}, {"shown": "1"}, {"more": 0}, {"more": 1e6}, {"other": 1}):
        refused(await leader.patch(f"{place}/exercise", json=wrong), 422)
    longer = (await leader.patch(f"{place}/exercise", json={"more": 120})).json()["exercise"]
    assert longer["ends"] - longer["began"] == 420
    ended = await leader.delete(f"{place}/exercise")
    assert ended.json()["exercise"] is None
    rows = (await leader.get(f"{place}/results.csv")).text
    assert "exercise: one URL per code,1,not reached,,0,0" in rows
    await leader.delete(place)
    refused(await leader.post(f"{place}/exercise", json=asked), 410)
    refused(await leader.patch(f"{place}/exercise", json={"shown": 0}), 410)


@pytest.mark.virtual_time
async def test_a_prediction_is_asked_for_measured_and_shown_by_the_leader(visitors: Visitors) -> None:
    leader, one, two, stranger = visitors
    taught = await opened(leader)
    place = f"/api/classes/{taught['room']}"
    drawn, run = f"{place}/prediction/sketch", f"{place}/prediction/run"
    for who in (one, two):
        await joined(who, taught["code"])
    asked = {"figure": "tally.links", "kind": "curve", "seconds": 5, "low": 0, "high": 100}
    sketch = {"values": [0, 50.5, 100]}
    for who in (one, stranger):
        refused(await who.get(f"{place}/figures"), 403)
        refused(await who.post(f"{place}/prediction", json=asked), 403)
        refused(await who.post(run, json={}), 403)
        refused(await who.delete(run), 403)
        refused(await who.post(f"{place}/prediction/show"), 403)
        refused(await who.delete(f"{place}/prediction"), 403)
    offered = (await leader.get(f"{place}/figures")).json()["figures"]
    assert {one["group"] for one in offered} == {"traffic", "lab", "part", "claim"}
    assert all(one["label"] and one["top"] > 0 for one in offered)
    refused(await one.put(drawn, json=sketch), 409)
    refused(await leader.post(run, json={}), 409)
    refused(await leader.delete(run), 409)
    refused(await leader.post(f"{place}/prediction/show"), 409)
    refused(await leader.get(f"{place}/prediction"), 409)
    assert (await leader.delete(f"{place}/prediction")).status_code == 200, "there is none, and that is well"
    for wrong in (
        {**asked, "figure": ""},
        {**asked, "figure": "x" * 1000},
        {**asked, "kind": "poem"},
        {**asked, "seconds": 4},
        {**asked, "seconds": 121},
        {**asked, "seconds": "5"},
        {**asked, "seconds": True},
        {**asked, "low": 100, "high": 0},
        {**asked, "high": 1e13},
        {**asked, "high": "100"},
        {**asked, "change": "x" * 201},
        {**asked, "change": "over\u202eride"},
        {**asked, "more": 1},
        {"kind": "curve"},
        [],
    ):
        refused(await leader.post(f"{place}/prediction", json=wrong), 422)
    refused(await leader.post(f"{place}/prediction", json={**asked, "figure": "tally.<img src=x>"}), 404)
    begun = await leader.post(f"{place}/prediction", json={**asked, "change": "<b>More</b> links"})
    assert begun.json()["prediction"]["change"] == "<b>More</b> links", "text, and nothing else"
    for values in (
        [1],
        [1] * 65,
        [0, 101],
        [-1, 0],
        ["1", 2],
        [True, 1],
        [None, 1],
        [[1], 2],
        "1,2",
        None,
        {},
    ):
        refused(await one.put(drawn, json={"values": values}), 422)
    for infinite in (b"1e999", b"NaN", b"-Infinity"):
        headers = {"Content-Type": "application/json"}
        refused(await one.put(drawn, content=b'{"values": [1, %s]}' % infinite, headers=headers), 422)
    for who in (leader, stranger):
        refused(await who.put(drawn, json=sketch), 403)
    assert (await one.put(drawn, json=sketch)).status_code == 204
    assert (await two.put(drawn, json=sketch)).status_code == 204
    assert (await two.put(drawn, json={"values": []})).status_code == 204, "taken back"
    assert (await leader.get(place)).json()["prediction"]["sent"] == 1
    for wrong in ({"reveal": "yes"}, {"other": 1}, []):
        refused(await leader.post(run, json=wrong), 422)
    refused(await leader.post(run, json={"reveal": True}), 409)
    assert (await leader.post(run, json={})).json()["prediction"]["state"] == "running"
    refused(await two.put(drawn, json=sketch), 409)
    refused(await leader.post(f"{place}/prediction/show"), 409)
    await asyncio.sleep(6)
    refused(await one.get(f"{place}/prediction"), 409)
    assert (await leader.get(f"{place}/prediction")).json()["mine"] is None
    assert (await leader.post(f"{place}/prediction/show")).json()["prediction"]["state"] == "shown"
    refused(await stranger.get(f"{place}/prediction"), 403)
    found = (await one.get(f"{place}/prediction")).json()
    assert (found["mine"], found["sent"], len(found["sketches"])) == ([0, 50.5, 100], 1, 1)
    assert [value for _, value in found["measured"]] == [0] * 11
    assert (await one.get(f"{place}/report")).json()["predictions"][0]["mine"] == [0, 50.5, 100]
    rows = (await leader.get(f"{place}/results.csv")).text
    assert '"prediction: Codes stored (codes), 5 s; <b>More</b> links",1,not near,,1,1' in rows
    await leader.delete(place)
    refused(await leader.post(f"{place}/prediction", json=asked), 410)
    refused(await one.put(drawn, json=sketch), 410)
    refused(await leader.post(run, json={}), 410)


async def test_a_fork_is_its_students_and_is_closed_with_the_exercise(
    visitors: Visitors, manager: RoomManager
) -> None:
    leader, one, two, stranger = visitors
    taught = await opened(leader)
    place = f"/api/classes/{taught['room']}"
    for who in (one, two):
        token = await joined(who, taught["code"])
        found = await classes().of(taught["room"])
        found.enter(token)
    begun = await leader.post(f"{place}/exercise", json={"kind": "break", "subject": "one_url_per_code"})
    assert len(begun.json()["exercise"]["forks"]) == 2
    forks = [
        found.exercises.fork_of(found.rights.role_of(who.cookies[cookie_of("follower", taught["room"])])[1])
        for who in (one, two)
    ]
    assert forks[0]
    assert forks[1]
    room = {"X-SDLab-Room": forks[0].room}
    link, body = f"/api/{SLUG}/shorturl/generate", {"url": "https://example.org/"}
    switch, answer = f"/api/labs/{SLUG}/config", {"toggles": {"redirect": "302"}}
    for who, allowed in ((one, 200), (leader, 200), (two, 403), (stranger, 403)):
        assert (await who.post(link, json=body, headers=room)).status_code == allowed
        assert (await who.patch(switch, json=answer, headers=room)).status_code == allowed
    other = next(one.slug for one in designs() if one.slug != SLUG)
    refused(await one.patch(f"/api/labs/{other}/config", json={}, headers=room), 403)
    await leader.delete(f"{place}/exercise")
    refused(await one.post(link, json=body, headers=room), 410)
    await classes().stop()


async def test_a_press_in_a_class_bears_the_hand_of_who_pressed(
    visitors: Visitors, manager: RoomManager
) -> None:
    leader, one, two, stranger = visitors
    taught = await opened(leader)
    room = taught["room"]
    tokens = [await joined(follower, taught["code"]) for follower in (one, two)]
    assert (await leader.patch(f"/api/classes/{room}", json={"open": True})).status_code == 200
    for number, visitor in enumerate((one, two, one, leader, stranger)):
        body = {"url": f"https://example.org/{number}"}
        answer = await visitor.post(
            f"/api/{SLUG}/shorturl/generate", json=body, headers={"X-SDLab-Room": room}
        )
        assert answer.status_code == 200, answer.text

    lab = await manager.lab(room, SLUG)
    events = [one for one in reversed(lab.engine.context.feed.newest()) if one.kind == "request"]
    first, second = (hand_of(token.split(".")[1]) for token in tokens)
    assert [event.hand for event in events] == [first, second, first, "", ""]
    assert first != second
    assert all(bool(event.way) == bool(event.hand) for event in events)
    trace = lab.engine.context.traces.get(events[0].trace)
    assert trace is not None
    assert events[0].way == tuple(
        (hop.source, hop.target, hop.outcome) for hop in trace.hops[: len(events[0].way)]
    )
    assert not any(token in str(events) for token in tokens)
