"""What learners do, as statements in a learning record store: as xAPI has them, once each, and nobody waits for them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from sdlab.course import record_store as module
from sdlab.course.record_store import Answer, RecordStore, post_with_aiohttp
from sdlab.course.records import Records, keep_records
from sdlab.course.statements import Namer, duration, statement
from sdlab.launcher.checks import read_settings
from sdlab.launcher.errors import LauncherError
from sdlab.live.learner import learner_in
from sdlab.metrics import REGISTRY
from sdlab.rooms.classroom import classes, cookie_of
from sdlab.rooms.happenings import Happening, happened, listeners
from sdlab.rooms.ids import COOKIE
from sdlab.rooms.manager import RoomManager
from sdlab.settings import Settings, settings
from tests.frame.record_store import KEY, SECRET, Store, Wrong, check, record_store

HOME = "https://lab.school.example"
SLUG = "url-shortener"
NAMED = Namer(HOME, b"the server's secret")
CAME = Happening("initialized", "room", SLUG, "somebody")


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("sdlab_xapi_statements_total", {"outcome": outcome}) or 0.0


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with record_store() as one:
        yield one
        assert one.wrong == []


class Sent:
    """Stands for the network: gives the answers in this order, then always the last; sleeps take no time."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.bodies: list[list[dict[str, Any]]] = []
        self.pauses: list[float] = []

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.bodies.append(json.loads(body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    def store(self, **more: Any) -> RecordStore:
        return RecordStore(
            "https://lrs.example/xapi/", post=self.post, sleep=self.sleep, chance=lambda: 1.0, **more
        )


async def until_empty(store: RecordStore) -> None:
    while store.waiting:  # noqa: ASYNC110 - nobody tells that nothing waits
        await asyncio.sleep(0)


# Statements


@pytest.mark.parametrize(
    "one",
    [
        CAME,
        Happening("launched", "r", SLUG, "x"),
        Happening("terminated", "r", SLUG, "x", seconds=75.256),
        Happening("completed", "r", SLUG, "x", "lesson", subject="lesson", title="All of it", seconds=4000.0),
        Happening(
            "completed", "r", SLUG, "x", "exercise", subject="break/no twins", success=True, seconds=0.0
        ),
        Happening(
            "answered", "r", SLUG, "x", "choice", subject="lesson/beat-3", title="Which?", options=("a", "b"),
            response="1", success=False,
        ),
        Happening(
            "answered", "r", SLUG, "x", "words", subject="asked/1", place="r", title="Why?", response="é <b>"
        ),
        Happening("answered", "r", SLUG, "\ud800", "number", subject="asked/2", place="r", response="1e+06"),
    ],
)  # fmt: skip
def test_statements_are_as_the_specification_has_them(one: Happening) -> None:
    made = json.loads(json.dumps(statement(one, NAMED, at=1_700_000_000.1234)))
    check(made)
    assert made["timestamp"] == "2023-11-14T22:13:20.123Z"
    assert made["object"]["id"].startswith(f"{HOME}/labs/{SLUG}")


def test_the_store_of_these_tests_refuses_what_is_none() -> None:
    good = statement(CAME, NAMED, at=0.0)
    bad: list[dict[str, Any]] = [
        {**good, "id": "1"},
        {**good, "timestamp": "2023-11-14T22:13:20"},
        {**good, "more": 1},
        {**good, "verb": {"id": "answered", "display": {"en": "answered"}}},
        {**good, "actor": {"name": "Jane"}},
        {**good, "result": {"success": "yes"}},
        {**good, "result": {"duration": "75 s"}},
        {**good, "object": {**good["object"], "id": None}},
    ]
    for one in bad:
        with pytest.raises((Wrong, ValueError, KeyError)):
            check(one)


def test_a_name_is_hashed_and_the_same_each_time() -> None:
    first, again, other = (
        statement(one, NAMED, at=0.0) for one in (CAME, CAME, Happening("initialized", "room", SLUG, "x"))
    )
    assert first["actor"] == again["actor"] != other["actor"]
    assert first["id"] != again["id"]
    assert first["context"] == again["context"]
    assert first["actor"]["account"]["homePage"] == HOME
    for secret in ("somebody", "room"):
        assert secret not in json.dumps(first)
    elsewhere = statement(CAME, Namer(HOME, b"another server's"), at=0.0)
    assert elsewhere["actor"] != first["actor"]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "PT0S"), (-1, "PT0S"), (0.004, "PT0S"), (61.5, "PT61.5S"), (1e7, "PT10000000S")],
)
def test_durations(seconds: float, written: str) -> None:
    assert duration(seconds) == written


# A class


async def test_a_class_is_told_to_the_store(
    client: httpx.AsyncClient, manager: RoomManager, store: Store
) -> None:
    records = Records(RecordStore(store.url, key=KEY, secret=SECRET), Namer(HOME, manager.ids.secret))
    client.headers["Origin"] = "http://localhost:3000"
    leader = (await client.post("/api/classes", json={"lab": SLUG})).json()
    room, leads = leader["room"], {"X-SDLab-Leader": leader["leader"]}
    follower = (await client.post(f"/api/classes/{leader['code']}/join")).json()["follower"]
    client.cookies.clear()
    votes = {"X-SDLab-Leader": follower}
    taught = await classes().of(room)
    led, _ = taught.enter(leader["leader"])
    number, member = taught.enter(follower)
    await client.patch(f"/api/classes/{room}", json={"beat": 3}, headers=leads)
    right = taught.polls.ask(taught._poll).right  # type: ignore[union-attr]
    for option in (1 - min(right, 1), right):
        assert (
            await client.post(f"/api/classes/{room}/vote", json={"option": option}, headers=votes)
        ).status_code == 204
    await taught.ask("words", "What surprised you?")
    await taught.answer(follower, "the lock")
    last = len(taught.steps())
    for _ in range(2):  # gone to twice, completed once
        await client.patch(f"/api/classes/{room}", json={"beat": last, "revealed": True}, headers=leads)
    taught.leave(number)
    taught.leave(led)
    await records.close()

    assert [one["verb"]["display"]["en"] for one in store.kept.values()] == [
        "initialized",
        "answered",
        "answered",
        "answered",
        "completed",
        "terminated",
    ]
    assert len({one["actor"]["account"]["name"] for one in store.kept.values()}) == 1
    assert len({one["context"]["registration"] for one in store.kept.values()}) == 1
    wrong, correct, free = store.saying("answered")
    assert (wrong["result"]["success"], correct["result"]["success"]) == (False, True)
    assert wrong["object"]["id"] == correct["object"]["id"] == f"{HOME}/labs/{SLUG}#lesson/beat-3"
    assert correct["result"]["response"] == str(right)
    assert free["result"] == {"response": "the lock"}
    assert store.saying("completed")[0]["object"]["id"] == f"{HOME}/labs/{SLUG}#lesson"
    assert store.saying("completed")[0]["result"]["completion"] is True
    assert store.saying("terminated")[0]["result"]["duration"].startswith("PT")
    said = json.dumps(list(store.kept.values()))
    assert room not in said
    assert member.id not in said


async def test_a_quiz_is_answered_by_a_follower_or_by_a_browser(
    client: httpx.AsyncClient, manager: RoomManager
) -> None:
    opened = (await client.post("/api/classes", json={"lab": SLUG})).json()
    room = opened["room"]
    token = (await classes().of(room)).rights.follower_token("abc")
    own = {COOKIE: "own-room"}
    assert await learner_in(room, {**own, cookie_of("follower", room): token}) == (room, "abc")
    assert await learner_in(room, {**own, cookie_of("leader", room): opened["leader"]}) == ("", "")
    assert await learner_in(room, {**own, cookie_of("follower", room): "follower.x.y"}) == (
        "own-room",
        "own-room",
    )
    assert await learner_in("own-room", own) == ("own-room", "own-room")
    assert await learner_in("", {}) == ("", "")


# A store that is well, and one that is not


async def test_statements_travel_together(store: Store) -> None:
    sender = RecordStore(store.url, key=KEY, secret=SECRET)
    for _ in range(module.MOST_AT_ONCE * 2 + 1):
        sender.tell(statement(CAME, NAMED, at=0.0))
    await sender.close()
    assert store.calls == [200, 200, 200]
    assert len(store.kept) == module.MOST_AT_ONCE * 2 + 1


async def test_what_was_kept_before_the_answer_was_lost_is_kept_once(store: Store) -> None:
    async def no_time(_: float) -> None:
        await asyncio.sleep(0)

    sender = RecordStore(store.url, key=KEY, secret=SECRET, sleep=no_time)
    store.mood = "forgetful"
    before = counted("sent")
    sender.start()
    sender.tell(statement(CAME, NAMED, at=0.0))
    await until_empty(sender)
    await sender.close()
    assert store.calls == [500, 200]
    assert len(store.kept) == 1
    assert counted("sent") == before + 1


async def test_a_store_that_is_away_is_asked_again_later_and_later() -> None:
    network = Sent(*[Answer(0), Answer(503), Answer(429, after=30.0), Answer(200)])
    sender, before = network.store(), counted("sent")
    sender.start()
    sender.tell({"id": "1"})
    await until_empty(sender)
    assert network.pauses == [module.GATHER, 1.0, 2.0, 30.0]
    assert network.bodies == [[{"id": "1"}]] * 4
    assert counted("sent") == before + 1
    await sender.close()


async def test_a_store_that_stays_away_loses_what_was_for_it_and_no_more() -> None:
    network = Sent(*[Answer(0)] * module.MOST_TRIES, Answer(200))
    sender, lost, sent = network.store(), counted("dropped"), counted("sent")
    sender.start()
    for number in range(module.MOST_AT_ONCE + 1):
        sender.tell({"id": str(number)})
    await until_empty(sender)
    assert counted("dropped") == lost + module.MOST_AT_ONCE
    assert counted("sent") == sent + 1
    assert max(network.pauses) <= module.LONGEST_PAUSE
    await sender.close()


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 413])
async def test_what_a_store_refuses_is_not_sent_again(status: int) -> None:
    network = Sent(Answer(status))
    sender, before = network.store(), counted("refused")
    sender.start()
    sender.tell({"id": "1"})
    await until_empty(sender)
    await sender.close()
    assert len(network.bodies) == 1
    assert counted("refused") == before + 1


async def test_a_conflict_after_a_lost_answer_says_that_it_is_there() -> None:
    network = Sent(Answer(0), Answer(409))
    sender, before = network.store(), counted("sent")
    sender.start()
    sender.tell({"id": "1"})
    await until_empty(sender)
    await sender.close()
    assert counted("sent") == before + 1


async def test_a_silent_store_delays_nobody_and_fills_no_memory(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST_WITHIN", 0.1)
    monkeypatch.setattr(module, "GATHER", 0.0)
    store.mood = "silent"
    records = Records(RecordStore(store.url, key=KEY, secret=SECRET), NAMED)
    before = counted("dropped")
    for _ in range(module.MOST_WAITING + 7):
        happened(CAME)
    assert counted("dropped") == before + 7
    await records.close()
    assert counted("dropped") == before + 7 + module.MOST_WAITING
    assert store.kept == {}
    assert listeners == []


async def test_a_silent_store_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEND_WITHIN", 0.1)
    store.mood = "silent"
    assert (await post_with_aiohttp(f"{store.url}/statements", b"[]", {})).status == 0
    assert (await post_with_aiohttp("http://127.0.0.1:1/statements", b"[]", {})).status == 0


async def test_a_happening_that_cannot_be_said_fails_nobody(store: Store) -> None:
    records = Records(RecordStore(store.url, key=KEY, secret=SECRET), NAMED)
    happened(Happening("initialized", "room", "no-such-lab", "x"))
    happened(CAME)
    await records.close()
    assert len(store.kept) == 1


# Settings


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"SDLAB_XAPI_ENDPOINT": "https://lrs.example/xapi"}, "SDLAB_PUBLIC_URL"),
        ({"SDLAB_XAPI_ENDPOINT": "http://lrs.example/xapi", "SDLAB_PUBLIC_URL": HOME}, "SDLAB_XAPI_ENDPOINT"),
        ({"SDLAB_XAPI_ENDPOINT": "https://a:b@lrs.example", "SDLAB_PUBLIC_URL": HOME}, "SDLAB_XAPI_ENDPOINT"),
        ({"SDLAB_PUBLIC_URL": "lab.school.example"}, "SDLAB_PUBLIC_URL"),
        ({"SDLAB_PUBLIC_URL": "https://lab.school.example/path"}, "SDLAB_PUBLIC_URL"),
    ],
)
def test_settings_that_cannot_be_stop_the_start(
    env: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(LauncherError, match=named) as refused:
        read_settings()
    settings.cache_clear()
    assert "\n" not in str(refused.value)


async def test_without_a_store_nobody_listens() -> None:
    assert keep_records(Settings(), b"") is None
    assert listeners == []
    chosen = Settings(SDLAB_XAPI_ENDPOINT="https://lrs.example/xapi", SDLAB_PUBLIC_URL=f"{HOME}/")  # type: ignore[call-arg]
    records = keep_records(chosen, b"secret")
    assert records is not None
    assert chosen.public_url == HOME
    assert listeners == [records.hear]
    await records.close()
