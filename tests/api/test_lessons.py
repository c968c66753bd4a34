"""Lessons of one's own over HTTP: bad ones are told all that is wrong, steps are rehearsed, a class is taught one."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from sdlab.api import lessons as module
from sdlab.rooms.manager import room_manager
from tests.api.test_classes import Visitors, joined, opened, visitors
from tests.api.test_control import refused

assert visitors is not None  # a fixture
SLUG = "url-shortener"
JSON = {"Content-Type": "application/json"}
SLOW = {
    "lab": SLUG,
    "title": "A slow store",
    "say": "What **waits**?",
    "faults": [],
    "ask": {"question": "Who waits?", "options": ["readers", "writers"], "right": 0, "because": "They read."},
}
LESSON: dict[str, Any] = {"title": "Links, my way", "steps": [{"lab": SLUG, "beat": 2}, SLOW]}


async def test_a_labs_lesson_is_a_lesson_of_ones_own(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/lessons/of/{SLUG}")
    assert answer.status_code == 200
    told = answer.json()
    assert [one["beat"] for one in told["lesson"]["steps"]] == list(range(1, len(told["steps"]) + 1))
    again = await client.post("/api/lessons/check", json=told["lesson"])
    assert again.status_code == 200
    assert again.json()["steps"] == told["steps"]
    refused(await client.get("/api/lessons/of/nothing"), 404)


async def test_all_that_is_wrong_is_told_by_step(client: httpx.AsyncClient) -> None:
    bad = {**LESSON, "steps": [{"lab": SLUG, "beat": 99}, {**SLOW, "workload": "rush", "minutes": 0}]}
    answer = await client.post("/api/lessons/check", json=bad)
    refused(answer, 422)
    assert [(one["step"], one["field"]) for one in answer.json()["errors"]] == [
        (1, "beat"),
        (2, "workload"),
        (2, "minutes"),
    ]
    refused(await client.post("/api/lessons/check", json=[1]), 422)
    refused(await client.post("/api/lessons/check", content=b"{", headers=JSON), 400)


async def test_the_example_of_the_description_is_a_lesson(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/lessons/check", json=module.EXAMPLE)).status_code == 200


async def test_a_step_is_shown_as_it_will_be_taught(client: httpx.AsyncClient) -> None:
    told = (await client.post("/api/lessons/check", json=LESSON)).json()
    recorded = told["steps"][1]
    assert (told["title"], recorded["step"], recorded["beat"]) == ("Links, my way", 2, 0)
    assert recorded["html"] == "<p>What <strong>waits</strong>?</p>\n"
    assert recorded["ask"]["right"] == 0


async def test_one_step_is_rehearsed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/lessons/rehearse", json={"lesson": LESSON, "step": 1})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"came_true": True, "notices": []}
    assert room_manager().open_labs == 0
    skipped = {**LESSON, "steps": [LESSON["steps"][0], {**SLOW, "skip": True}]}
    for lesson, step, status in ((skipped, 2, 404), (LESSON, 3, 404), (LESSON, 0, 422), ({}, 1, 422)):
        refused(await client.post("/api/lessons/rehearse", json={"lesson": lesson, "step": step}), status)


async def test_who_hangs_up_stops_the_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.001)
    stopped = asyncio.Event()

    class Endless:
        async def play(self, *_: object) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

    class Gone:
        async def is_disconnected(self) -> bool:
            return True

    monkeypatch.setattr(module, "REHEARSALS", Endless())
    monkeypatch.setattr(module, "room_manager", lambda: None)
    body = module.Rehearse(lesson=LESSON, step=1)
    answer = await module.rehearse(body, Gone())  # type: ignore[arg-type]
    assert answer.status_code == module.GONE
    assert stopped.is_set()


async def test_only_the_leader_sends_a_lesson_and_the_class_follows_it(visitors: Visitors) -> None:
    leader, follower, *_ = visitors
    taught = await opened(leader)
    path = f"/api/classes/{taught['room']}"
    await joined(follower, taught["code"])
    for change in (follower.put(f"{path}/lesson", json=LESSON), follower.delete(f"{path}/lesson")):
        refused(await change, 403)
    refused(await leader.put(f"{path}/lesson", json={**LESSON, "steps": []}), 422)
    assert (await leader.get(path)).json()["lesson"] == 0
    sent = await leader.put(f"{path}/lesson", json=LESSON)
    assert sent.status_code == 200, sent.text
    assert (sent.json()["own"], sent.json()["beats"]) == ("Links, my way", 2)
    notes = (await leader.get(f"{path}/notes")).json()
    assert [(one["number"], one["title"]) for one in notes][1] == (2, "A slow store")
    assert (notes[1]["script"], notes[1]["cuts"]) == (None, {})
    moved = (await leader.patch(path, json={"beat": 2})).json()
    assert (moved["revealed"], moved["ask"]["question"], moved["title"]) == (
        False,
        "Who waits?",
        "A slow store",
    )
    assert (await follower.post(f"{path}/vote", json={"option": 1})).status_code == 204
    await leader.patch(path, json={"revealed": True})
    assert (await follower.get(path)).json()["counts"] == [0, 1]
    assert "Links, my way, step 2" in (await leader.get(f"{path}/results.csv")).text
    back = await leader.delete(f"{path}/lesson")
    assert (back.json()["lesson"], back.json()["beat"], "own" in back.json()) == (0, 0, False)
    assert len((await leader.get(f"{path}/notes")).json()) == back.json()["beats"]
    await leader.delete(path)
    refused(await leader.put(f"{path}/lesson", json=LESSON), 410)
