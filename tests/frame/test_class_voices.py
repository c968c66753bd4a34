"""Questions of the moment, what a class says by itself, the leader's pen, and how far a step is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sdlab import registry
from sdlab.lab import Conflict, Forbidden, Gone, Invalid, NotFound, TooMany
from sdlab.lab.scenario import Scenario
from sdlab.rooms import manager as manager_module
from sdlab.rooms.class_report import report_of
from sdlab.rooms.classroom import Classes, Classroom
from sdlab.rooms.ink import MAX_MARKS, Ink, mark_of
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.voices import MAX_WAITING_EACH
from tests.frame.toy import TOY


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)
    monkeypatch.setattr(registry, "design", lambda slug: TOY)


@pytest.fixture
async def taught(manager: RoomManager) -> Classroom:
    return await Classes(manager).open("toy", Scenario(lab="toy"), "10.0.0.1")


def question(taught: Classroom, *, leads: bool = False, name: str = "") -> dict[str, Any]:
    found: dict[str, Any] | None = taught.view("leader" if leads else "follower", name)["quick"]
    assert found is not None
    return found


async def test_a_question_by_options_is_answered_closed_and_put_again(taught: Classroom) -> None:
    one, two = taught.rights.follower_token(), taught.rights.follower_token()
    await taught.ask("options", "  Which?  ", ("left", "right"))
    await taught.answer(one, 0)
    await taught.answer(two, 1)
    await taught.answer(two, 0.0)
    name = taught.rights.role_of(two)[1]
    assert question(taught, name=name)["mine"] == 0
    assert question(taught)["answered"] == 2
    assert "result" not in question(taught)
    assert question(taught, leads=True)["result"] == {"counts": [2, 0]}
    await taught.close_question()
    assert question(taught)["result"] == {"counts": [2, 0]}
    with pytest.raises(Conflict):
        await taught.answer(one, 1)
    await taught.ask_again()
    await taught.answer(one, 1)
    assert question(taught, leads=True)["before"] == [{"counts": [2, 0]}]
    assert question(taught, leads=True)["result"] == {"counts": [0, 1]}
    assert "before" not in question(taught)
    rows = [row for row in taught.results() if row[2] == "Which?"]
    assert [(row[3], row[4], row[6]) for row in rows] == [(1, "left", 2), (2, "right", 1)]
    await taught.put_question_away()
    assert taught.view("follower")["quick"] is None


async def test_numbers_are_put_into_bins_and_words_are_counted_and_hidden(taught: Classroom) -> None:
    tokens = [taught.rights.follower_token() for _ in range(5)]
    await taught.ask("number", "How many?")
    for token, value in zip(tokens, (1, 2, 3, 4, 9), strict=True):
        await taught.answer(token, value)
    found = question(taught, leads=True)["result"]
    assert found["median"] == 3
    assert [count for _, _, count in found["bins"]] == [1, 1, 1, 1, 0, 0, 0, 1]
    await taught.ask("words", "In a word?")
    for token, word in zip(tokens, ("Cache", " cache ", "rude", "index", "CACHE"), strict=True):
        await taught.answer(token, word)
    assert question(taught, leads=True)["result"]["words"][0] == ("cache", 3)
    await taught.hide_word("RUDE")
    await taught.close_question()
    assert [word for word, _ in question(taught)["result"]["words"]] == ["cache", "index"]
    with pytest.raises(Invalid):
        await taught.hide_word("nobody said so")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("options", 2),
        ("options", -1),
        ("options", 0.5),
        ("options", "left"),
        ("number", "many"),
        ("number", float("inf")),
        ("number", float("nan")),
        ("words", 3),
        ("words", " \n "),
        ("words", "x" * 61),
    ],
)
async def test_what_is_no_answer_is_refused(taught: Classroom, kind: Any, value: Any) -> None:
    await taught.ask(kind, "Well?", ("left", "right") if kind == "options" else ())
    with pytest.raises(Invalid):
        await taught.answer(taught.rights.follower_token(), value)
    assert question(taught)["answered"] == 0


@pytest.mark.parametrize(
    ("kind", "text", "options"),
    [
        ("options", "One?", ("alone",)),
        ("options", "Alike?", ("same", " same")),
        ("options", "", ("left", "right")),
        ("options", "Nine?", tuple("abcdefghi")),
        ("number", "With options?", ("left", "right")),
        ("words", "x" * 201, ()),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    taught: Classroom, kind: Any, text: str, options: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid):
        await taught.ask(kind, text, options)
    assert taught.view("leader")["quick"] is None


async def test_a_countdown_closes_the_question_by_itself(manager: RoomManager, taught: Classroom) -> None:
    await taught.ask("words", "Quick?", seconds=0.05)
    await taught.answer(taught.rights.follower_token(), "yes")
    _, member = taught.enter(taught.rights.leader_token())
    async with asyncio.timeout(10):
        while question(taught)["open"]:
            member.changed.clear()
            await member.changed.wait()
    assert question(taught)["result"]["words"] == [("yes", 1)]
    with pytest.raises(Conflict):
        await taught.answer(taught.rights.follower_token(), "late")
    with pytest.raises(Invalid):
        await taught.ask("words", "Forever?", seconds=601)


async def test_only_the_class_answers_and_only_while_it_goes_on(taught: Classroom) -> None:
    leader, follower = taught.rights.leader_token(), taught.rights.follower_token()
    await taught.ask("words", "Well?")
    with pytest.raises(Forbidden):
        await taught.answer(leader, "mine")
    with pytest.raises(Forbidden):
        await taught.wonder("follower.forged.mark", "me?")
    await taught.end()
    for refused in (taught.answer(follower, "late"), taught.wonder(follower, "late?"), taught.ask_again()):
        with pytest.raises(Gone):
            await refused


async def test_a_question_of_the_class_is_seen_once_the_leader_shows_it(taught: Classroom) -> None:
    one, two = taught.rights.follower_token(), taught.rights.follower_token()
    mine, others = taught.rights.role_of(one)[1], taught.rights.role_of(two)[1]
    await taught.wonder(one, " Why\n not? ")
    assert [asked["text"] for asked in taught.view("leader")["voices"]["questions"]] == ["Why\n not?"]
    assert taught.view("follower", mine)["voices"]["questions"][0]["mine"] is True
    assert taught.view("follower", others)["voices"]["questions"] == []
    with pytest.raises(NotFound):
        await taught.second(two, 1, on=True)
    await taught.moderate(1, "shown")
    await taught.second(two, 1, on=True)
    await taught.second(two, 1, on=True)
    shown = taught.view("follower", others)["voices"]["questions"]
    assert [(asked["votes"], asked["voted"], asked["mine"]) for asked in shown] == [(1, True, False)]
    assert "by" not in shown[0]
    await taught.moderate(1, "done")
    assert taught.view("leader")["voices"]["questions"] == []
    with pytest.raises(NotFound):
        await taught.moderate(2, "shown")


async def test_nobody_asks_without_end(taught: Classroom) -> None:
    follower = taught.rights.follower_token()
    for number in range(MAX_WAITING_EACH):
        await taught.wonder(follower, f"And {number}?")
    with pytest.raises(TooMany):
        await taught.wonder(follower, "And?")


async def test_who_is_lost_is_counted_until_the_class_moves_on(taught: Classroom) -> None:
    one, two = taught.rights.follower_token(), taught.rights.follower_token()
    taught.signal(one, "lost", on=True)
    taught.signal(two, "lost", on=True)
    taught.signal(two, "slower", on=True)
    taught.signal(one, "lost", on=False)
    assert taught.view("leader")["voices"]["signals"] == {"lost": 1, "slower": 1}
    assert taught.view("follower", taught.rights.role_of(two)[1])["voices"]["said"] == ["lost", "slower"]
    assert "signals" not in taught.view("follower")["voices"]
    await taught.change(beat=1)
    assert taught.view("leader")["voices"]["signals"] == {"lost": 0, "slower": 0}


async def test_of_hundreds_only_the_leader_and_who_spoke_are_told_at_once(taught: Classroom) -> None:
    one, two = taught.rights.follower_token(), taught.rights.follower_token()
    await taught.change(beat=3, revealed=False)
    _, leader = taught.enter(taught.rights.leader_token())
    _, speaks = taught.enter(one)
    _, listens = taught.enter(two)
    await taught.ask("words", "Well?")
    for said in (
        lambda: taught.vote(one, 0),
        lambda: taught.answer(one, "cache"),
        lambda: taught.wonder(one, "Why?"),
    ):
        for member in (leader, speaks, listens):
            member.moved = False
        await said()
        assert [member.moved for member in (leader, speaks, listens)] == [True, True, False]


async def test_a_restart_loses_no_answer_and_no_question(manager: RoomManager, taught: Classroom) -> None:
    follower = taught.rights.follower_token()
    await taught.ask("options", "Which?", ("left", "right"), seconds=600)
    await taught.answer(follower, 1)
    await taught.ask_again()
    await taught.answer(follower, 0)
    await taught.wonder(follower, "Why?")
    await taught.moderate(1, "shown")
    before = taught.view("leader")
    again = await Classes(manager).of(taught.standing.room)
    after = again.view("leader")
    assert after["quick"] == before["quick"]
    assert after["voices"] == before["voices"]
    assert again.results() == taught.results()


async def test_the_beats_question_can_be_put_again_after_a_discussion(taught: Classroom) -> None:
    one, two = taught.rights.follower_token(), taught.rights.follower_token()
    await taught.change(beat=3, revealed=False)
    await taught.vote(one, 0)
    await taught.vote(two, 0)
    await taught.ask_again()
    await taught.vote(two, 1)
    assert taught.view("leader")["counts"][:2] == [0, 1]
    assert taught.view("leader")["before"][0][:2] == [2, 0]
    assert "before" not in taught.view("follower")
    assert taught.view("follower")["voted"] == 1
    await taught.change(revealed=True)
    assert taught.view("follower")["before"][0][:2] == [2, 0]
    with pytest.raises(Conflict):
        await taught.ask_again()
    rows = [(row[3], row[6]) for row in taught.results() if row[6]]
    assert rows == [(1, 2), (2, 1)]


async def test_what_stays_of_a_class_is_for_those_who_were_there(
    manager: RoomManager, taught: Classroom
) -> None:
    one, two = taught.rights.follower_token(), taught.rights.follower_token()
    mine = taught.rights.role_of(one)[1]
    await taught.change(beat=3, revealed=False)
    assert report_of(taught)["labs"] == []
    await taught.vote(one, 0)
    await taught.vote(two, 1)
    await taught.ask_again()
    await taught.vote(one, 1)
    await taught.change(revealed=True)
    await taught.ask("words", "In a word?")
    await taught.answer(one, "Cache")
    assert report_of(taught, mine)["asked"] == []
    await taught.end()
    told = report_of(await Classes(manager).of(taught.standing.room), mine)
    beat = told["labs"][0]["beats"][0]
    assert (beat["number"], beat["mine"], beat["ask"]["right"]) == (3, 1, 1)
    assert [(one["counts"], one["size"]) for one in beat["rounds"]] == [([1, 1], 2), ([0, 1], 1)]
    assert [(one["question"], one["mine"]) for one in told["asked"]] == [("In a word?", "Cache")]
    assert report_of(taught)["labs"][0]["beats"][0]["mine"] is None


async def test_all_see_how_far_a_step_is(taught: Classroom) -> None:
    await taught.change(beat=2)
    await taught.change(beat=3, revealed=False)
    waiting = taught.view("follower")
    assert (waiting["step"], waiting["expect"], waiting["does"]) == ("", "", [])
    _, member = taught.enter(taught.rights.follower_token())
    going = asyncio.create_task(taught.change(revealed=True))
    seen = [""]
    async with asyncio.timeout(20):
        while seen[-1] not in ("shown", "late"):
            await member.changed.wait()
            member.changed.clear()
            if seen[-1] != taught.step:
                seen.append(taught.step)
    await going
    assert seen == ["", "setting up", "watching", "shown"]
    assert taught.view("follower")["expect"]
    await taught.change(beat=1)
    assert taught.step != "shown" or not taught.view("leader")["expect"]


MARK = {"at": "total", "stroke": 1, "pen": True, "points": [[0.25, 0.5]]}


async def test_what_the_pen_drew_is_there_for_who_comes_late_until_the_class_moves(taught: Classroom) -> None:
    _, early = taught.enter(taught.rights.follower_token())
    taught.draw(mark_of(MARK))
    taught.draw(mark_of({**MARK, "pen": False}))
    assert [mark["pen"] for mark in early.ink] == [True, False]
    _, late = taught.enter(taught.rights.follower_token())
    assert [mark["pen"] for mark in late.ink] == [True]
    await taught.change(beat=1)
    assert late.ink[-1] == {"clear": True}
    assert taught.ink.marks == []


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        7,
        {},
        {"clear": False},
        {**MARK, "more": 1},
        {**MARK, "at": ""},
        {**MARK, "at": "x" * 65},
        {**MARK, "pen": 1},
        {**MARK, "stroke": -1},
        {**MARK, "stroke": "1"},
        {**MARK, "points": []},
        {**MARK, "points": [[0.5, 0.5]] * 65},
        {**MARK, "points": [[0.5]]},
        {**MARK, "points": [[0.5, 1.5]]},
        {**MARK, "points": [[True, 0.5]]},
        {**MARK, "points": [[float("nan"), 0.5]]},
        {**MARK, "points": "no"},
    ],
)
def test_what_is_no_mark_is_refused(wrong: Any) -> None:
    with pytest.raises(Invalid):
        mark_of(wrong)


def test_marks_have_an_end() -> None:
    ink = Ink()
    for number in range(MAX_MARKS + 5):
        ink.add({**MARK, "stroke": number})
    assert len(ink.marks) == MAX_MARKS
    assert ink.marks[0]["stroke"] == 5
