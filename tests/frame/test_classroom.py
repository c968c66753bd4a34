"""Lessons play in both directions; classes give rights to those who have them, and keep what they promise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from sdlab import registry
from sdlab.lab import Beat, Conflict, Expect, Forbidden, Gone, Invalid, Lesson, NotFound, TooMany
from sdlab.lab.lesson import check
from sdlab.lab.scenario import Scenario
from sdlab.rooms import classroom as module
from sdlab.rooms import manager as manager_module
from sdlab.rooms.classroom import CODE_SIGNS, Classes, Classroom
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.tour import go_to, rehearse, verdicts
from tests.frame.toy import LESSON, TOY


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)
    monkeypatch.setattr(registry, "design", lambda slug: TOY)


@pytest.fixture
async def taught(manager: RoomManager) -> Classroom:
    return await Classes(manager).open("toy", Scenario(lab="toy", toggles={"step": "two"}), "10.0.0.1")


def test_a_lesson_is_checked_for_its_form() -> None:
    assert check(LESSON) == []
    assert LESSON.minutes == 7
    short = Lesson((Beat("x", "", 0, tab="attic"),))
    assert len(check(short)) == 3


def test_a_setting_is_what_the_beats_up_to_it_have_set() -> None:
    assert LESSON.setting(3).toggles == {"step": "two"}
    assert LESSON.setting(3, revealed=False).toggles == {}
    assert LESSON.setting(5).workload == "steady"
    assert [str(fault) for fault in LESSON.setting(5).faults] == ["store:down"]
    last = LESSON.setting(6)
    assert (last.workload, last.faults) == ("", ())


async def test_the_whole_lesson_comes_true_without_anybody(manager: RoomManager) -> None:
    assert await rehearse(await manager.lab(manager.ids.new(), "toy"), LESSON) == []


@pytest.mark.virtual_time
async def test_what_is_not_seen_in_time_is_looked_for_a_while_longer(manager: RoomManager) -> None:
    lab = await manager.lab(manager.ids.new(), "toy")
    clock = lab.room.clock
    came = clock.monotonic() + 8

    def holds(after: float) -> Callable[[object], bool]:
        return lambda _: clock.monotonic() >= after

    async def said(expect: Expect) -> list[str]:
        return list(dict.fromkeys([verdict async for verdict in verdicts(lab, expect)]))

    assert await said(Expect("at once", holds(0))) == ["true"]
    assert await said(Expect("later", holds(came))) == ["watching", "missed", "late"]
    assert await said(Expect("in time", holds(clock.monotonic() + 4))) == ["watching", "true"]
    assert await said(Expect("never", lambda _: False)) == ["watching", "missed"]


async def test_going_back_restores_the_setting_of_that_beat(manager: RoomManager) -> None:
    lab = await manager.lab(manager.ids.new(), "toy")
    await go_to(lab, LESSON, 5)
    assert lab.engine.faults()
    assert lab.runner.running
    await go_to(lab, LESSON, 2)
    assert lab.engine.config.step == "one"
    assert lab.engine.faults() == ()
    assert not lab.runner.running


async def test_a_class_has_a_code_without_look_alikes_and_the_setting_of_its_opener(
    taught: Classroom, manager: RoomManager
) -> None:
    code = taught.standing.code
    assert len(code) == 6
    assert set(code) <= set(CODE_SIGNS)
    assert not set("0O1IL") & set(CODE_SIGNS)
    lab = await manager.lab(taught.standing.room, "toy")
    assert lab.engine.config.step == "two"
    for written in (code, code.lower(), f"{code[:3]} {code[3:]}", f" {code[:3]}·{code[3:]} "):
        assert (await Classes(manager).by_code(written)).standing.room == taught.standing.room
    with pytest.raises(NotFound):
        await Classes(manager).by_code("NOSUCH")


async def test_rights_are_made_for_one_class_only(manager: RoomManager, taught: Classroom) -> None:
    other = await Classes(manager).open("toy", Scenario(lab="toy"), "10.0.0.2")
    assert taught.rights.role_of(taught.rights.leader_token()) == ("leader", "leader")
    assert taught.rights.role_of(taught.rights.follower_token())[0] == "follower"
    forged = [
        "",
        "leader.",
        "leader.x",
        "follower.x.y",
        other.rights.leader_token(),
        other.rights.follower_token(),
    ]
    for token in forged:
        with pytest.raises(Forbidden):
            taught.rights.role_of(token)
        with pytest.raises(Forbidden):
            taught.rights.demand_leader(token)
    with pytest.raises(Forbidden):
        taught.rights.demand_leader(taught.rights.follower_token())


async def test_only_the_leader_drives_until_everyone_may_click(taught: Classroom) -> None:
    leader, follower = taught.rights.leader_token(), taught.rights.follower_token()
    taught.guard(leader, control=True)
    for token in (follower, ""):
        with pytest.raises(Forbidden):
            taught.guard(token, control=False)
    await taught.change(open=True)
    taught.guard(follower, control=False)
    with pytest.raises(Forbidden):
        taught.guard(follower, control=True)


async def test_a_question_waits_for_its_reveal_and_then_the_step_runs(
    manager: RoomManager, taught: Classroom
) -> None:
    lab = await manager.lab(taught.standing.room, "toy")
    first, second = taught.rights.follower_token(), taught.rights.follower_token()
    await taught.change(beat=3, revealed=False)
    assert lab.engine.config.step == "one"
    assert taught.standing.spotlight == "total"
    await taught.vote(first, 0)
    await taught.vote(second, 1)
    await taught.vote(first, 1)
    assert taught.view("leader")["counts"] == [0, 2]
    assert "counts" not in taught.view("follower")
    assert "answer" not in taught.view("follower")
    assert taught.view("leader")["voted"] == 2
    await taught.change(revealed=True)
    assert lab.engine.config.step == "two"
    assert taught.view("follower")["counts"] == [0, 2]
    assert taught.view("follower")["answer"]["right"] == 1
    with pytest.raises(Conflict):
        await taught.vote(first, 0)


async def test_a_cut_that_leaves_a_question_out_does_its_step_at_once(taught: Classroom) -> None:
    await taught.change(minutes=20, beat=3, revealed=taught.needs_no_reveal(lab="toy", beat=3, minutes=20))
    assert taught.standing.revealed
    assert taught.view("follower")["ask"] is None
    assert "answer" not in taught.view("follower")
    await taught.change(minutes=40, beat=3, revealed=taught.needs_no_reveal(lab="toy", beat=3, minutes=40))
    assert not taught.standing.revealed
    assert taught.view("follower")["ask"]["question"] == "How far?"
    assert not taught.needs_no_reveal(lab="toy", beat=3, minutes=0)
    assert taught.needs_no_reveal(lab="toy", beat=2, minutes=40)
    assert taught.needs_no_reveal(lab="toy", beat=99, minutes=40)
    with pytest.raises(Invalid, match="no cut of that length"):
        await taught.change(minutes=30)
    assert taught.standing.minutes == 40


async def test_bad_votes_are_refused(taught: Classroom) -> None:
    follower = taught.rights.follower_token()
    with pytest.raises(Conflict):
        await taught.vote(follower, 0)
    await taught.change(beat=3, revealed=False)
    for option in (-1, 2):
        with pytest.raises(Invalid):
            await taught.vote(follower, option)
    with pytest.raises(Forbidden):
        await taught.vote(taught.rights.leader_token(), 0)
    with pytest.raises(Forbidden):
        await taught.vote("follower.forged.token", 0)
    assert taught.view("leader")["counts"] == [0, 0]


@pytest.mark.parametrize("wrong", [{"tab": "attic"}, {"beat": 7}, {"beat": -1}, {"spotlight": "x" * 65}])
async def test_a_class_cannot_go_where_nothing_is(taught: Classroom, wrong: dict) -> None:
    before = taught.standing
    with pytest.raises(Invalid):
        await taught.change(**wrong)
    assert taught.standing == before


async def test_a_class_survives_a_restart_of_the_server(manager: RoomManager, taught: Classroom) -> None:
    await taught.change(beat=3, revealed=False)
    await taught.vote(taught.rights.follower_token(), 1)
    again = await Classes(manager).of(taught.standing.room)
    assert again is not taught
    assert again.standing == taught.standing
    assert again.view("leader")["counts"] == [0, 1]
    assert again.rights.role_of(taught.rights.leader_token())[0] == "leader"


async def test_results_have_no_names(taught: Classroom) -> None:
    await taught.change(beat=3, revealed=False)
    token = taught.rights.follower_token()
    await taught.vote(token, 0)
    assert taught.results() == [
        ["toy", 3, "How far?", 1, "one", False, 1, 1],
        ["toy", 3, "How far?", 1, "two", True, 0, 1],
    ]


async def test_traffic_ends_with_the_class(manager: RoomManager, taught: Classroom) -> None:
    lab = await manager.lab(taught.standing.room, "toy")
    other = await manager.lab(manager.ids.new(), "toy")
    for one in (lab, other):
        one.start_workload("steady", rate=1, seed=1, seconds=0)
    await taught.end()
    assert (lab.runner.running, other.runner.running) == (False, True)
    await other.stop_workload()


async def test_a_class_that_has_ended_stays_so(manager: RoomManager, taught: Classroom) -> None:
    await taught.end()
    with pytest.raises(Gone):
        await taught.change(blank=True)
    with pytest.raises(NotFound):
        await Classes(manager).by_code(taught.standing.code)
    with pytest.raises(Gone):
        await taught.vote(taught.rights.follower_token(), 0)


async def test_who_is_there_is_counted_and_bounded(
    taught: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FOLLOWERS", 3)
    _, leader = taught.enter(taught.rights.leader_token())
    one, _ = taught.enter(taught.rights.follower_token())
    two, _ = taught.enter(taught.rights.follower_token())
    with pytest.raises(TooMany):
        taught.enter(taught.rights.follower_token())
    taught.looks_around(two, following=False)
    view = taught.view("leader")
    assert (view["following"], view["away"]) == (1, 1)
    assert leader.changed.is_set()
    taught.leave(one)
    assert taught.view("leader")["following"] == 0


async def test_one_address_cannot_join_without_end(
    manager: RoomManager, taught: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_JOINS_PER_ADDRESS", 5)
    classes = Classes(manager)
    for _ in range(5):
        await classes.join(taught.standing.code, "10.0.0.9")
    with pytest.raises(TooMany):
        await classes.join(taught.standing.code, "10.0.0.9")
    await classes.join(taught.standing.code, "10.0.0.10")


async def test_a_paused_frame_can_be_shown_to_who_joins_late(manager: RoomManager, taught: Classroom) -> None:
    lab = await manager.lab(taught.standing.room, "toy")
    lab.frames.join()
    await lab.frames.next_payload()
    await lab.frames.next_payload()
    seq = lab.frames.seq
    await taught.change(paused=seq)
    await lab.frames.next_payload()
    assert lab.frames.past(seq) is not None
    assert f'"seq":{seq}'.encode() in (lab.frames.past(seq) or b"")
    assert lab.frames.past(10**9) is None
    lab.frames.leave()


async def test_many_changes_at_once_are_taken_one_after_the_other(taught: Classroom) -> None:
    before = taught.standing.version
    await asyncio.gather(*[taught.change(blank=number % 2 == 0) for number in range(20)])
    assert taught.standing.version == before + 20
    assert replace(taught.standing, version=0).room == taught.standing.room


async def test_a_step_that_cannot_be_done_takes_the_class_back(
    taught: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await taught.change(beat=1)
    before = taught.standing
    seen: list[int] = []

    async def fails(*_: object, **__: object) -> None:
        seen.append(taught.standing.beat)
        raise Conflict("not now")

    monkeypatch.setattr(module, "go_to", fails)
    with pytest.raises(Conflict):
        await taught.change(beat=2)
    assert seen == [2]
    assert replace(taught.standing, version=before.version) == before
    assert taught.standing.version > before.version + 1


async def test_a_class_that_many_ask_for_at_once_is_one(manager: RoomManager) -> None:
    opened = await Classes(manager).open("toy", Scenario(lab="toy"), "10.0.0.1")
    after_a_restart = Classes(manager)
    found = await asyncio.gather(*[after_a_restart.find(opened.standing.room) for _ in range(5)])
    assert found[0] is not None
    assert all(one is found[0] for one in found)
