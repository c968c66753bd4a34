"""Exercises of a class: each works in a fork of their own, and the running lab says who has reached it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from sdlab import registry
from sdlab.lab import Conflict, Do, Forbidden, Goal, Gone, Invalid, Mission, NotFound, TooMany
from sdlab.lab.scenario import Fault, Scenario
from sdlab.rooms import arrival as arrival_module
from sdlab.rooms import exercises as module
from sdlab.rooms import manager as manager_module
from sdlab.rooms import play
from sdlab.rooms.arrival import Visit, arrive
from sdlab.rooms.classroom import Classes, Classroom, classes, cookie_of
from sdlab.rooms.exercise_tasks import HOLD_S, task_of, tasks
from sdlab.rooms.exercises import LEAVE_S, LONGEST, LOOK_EVERY, MAX_FORKS, SHORTEST, Fork
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager
from tests.frame.toy import LESSON, STEP, TOY

pytestmark = pytest.mark.virtual_time

MANY = Mission(
    "many",
    "Many",
    "Add twenty.",
    "easy",
    (Goal("twenty were added", "traffic.total", at_least=20),),
    Do(workload="steady", rate=40),
    seconds=2,
)
LAB = replace(
    TOY,
    toggles=(
        replace(
            STEP,
            unprotected="two",
            protects="below_limit",
            breaks_under="steady",
            breaks_at=(("limit", 30),),
        ),
    ),
    missions=(MANY,),
)
A_PASS = 1.5 * LOOK_EVERY


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (manager_module, registry, arrival_module, play):
        monkeypatch.setattr(one, "design", lambda slug: LAB)


@pytest.fixture
async def taught(manager: RoomManager) -> AsyncIterator[Classroom]:
    found = await classes().open("toy", Scenario(lab="toy", knobs={"limit": 50}), "10.0.0.1")
    yield found
    await classes().stop()


class Student:
    """Somebody with a browser in class."""

    def __init__(self, taught: Classroom) -> None:
        self.taught = taught
        self.token = taught.rights.follower_token()
        self.name = taught.rights.role_of(self.token)[1]
        self.cookies = {cookie_of("follower", taught.standing.room): self.token}

    async def comes(self) -> Student:
        _, member = self.taught.enter(self.token)
        await self.taught.take_in(member)
        return self

    @property
    def fork(self) -> Fork:
        found = self.taught.exercises.fork_of(self.name)
        assert found is not None
        return found

    @property
    def sees(self) -> Any:
        return self.taught.view("follower", self.name)["exercise"]

    async def lab(self, manager: RoomManager) -> RunningLab:
        lab = await manager.lab(self.fork.room, "toy")
        lab.frames.join()
        return lab


async def students(taught: Classroom, count: int) -> list[Student]:
    return [await Student(taught).comes() for _ in range(count)]


def test_a_lab_offers_what_it_says_of_itself() -> None:
    offered = {(one.kind, one.subject): one for one in tasks(LAB)}
    assert list(offered) == [
        ("break", "below_limit"),
        ("repair", "step"),
        ("repair", "store:down"),
        ("mission", "many"),
    ]
    assert offered["break", "below_limit"].goal == "Break this claim: the total stays below the limit."
    assert [one.rate for one in offered.values()] == [7, 7, 7, 40]
    assert offered["repair", "step"].about == "How far? 2"
    assert offered["repair", "step"].title == "below the limit", "which switch it is is to be found"
    with pytest.raises(Invalid, match="no such exercise"):
        task_of(LAB, "break", "nonsense")
    bare = replace(TOY, lesson=None, missions=())
    assert tasks(bare) == ()


async def test_what_breaks_is_seen_where_the_lab_runs(manager: RoomManager, taught: Classroom) -> None:
    one, two = await students(taught, 2)
    await taught.set_exercise("break", "below_limit", seconds=300)
    assert one.fork.room != two.fork.room
    lab = await one.lab(manager)
    assert (lab.engine.config.limit, lab.engine.config.step) == (50, "one"), "as the class's room, protected"
    await asyncio.sleep(A_PASS)
    assert one.fork.reached is None
    lab.start_workload("steady", rate=25, seed=1, seconds=0)
    await asyncio.sleep(2 + A_PASS)
    assert one.fork.reached == pytest.approx(2 + 2 * A_PASS, abs=1.5)
    assert two.fork.reached is None
    seen = taught.view("leader")["exercise"]
    assert (seen["reached"], seen["at_it"]) == (1, 1)
    assert sorted(fork["reached"] is not None for fork in seen["forks"]) == [False, True]
    assert "forks" not in two.sees
    assert (two.sees["reached"], two.sees["fork"]["reached"]) == (1, None)


async def test_what_is_repaired_holds_for_a_while_under_its_traffic(
    manager: RoomManager, taught: Classroom
) -> None:
    (one,) = await students(taught, 1)
    await taught.set_exercise("repair", "step", seconds=300)
    lab = await one.lab(manager)
    assert (lab.engine.config.step, lab.engine.config.limit) == ("two", 30), "it begins broken"
    assert lab.runner.view().running
    await asyncio.sleep(2 * HOLD_S)
    assert one.fork.reached is None
    assert one.fork.since is None
    await lab.stop_workload()
    await lab.configure(toggles={"step": "one"}, knobs={"limit": 10_000})
    await asyncio.sleep(2 * HOLD_S)
    assert one.fork.reached is None, "without traffic nothing is shown"
    lab.start_workload("steady", rate=1, seed=1, seconds=0)
    await asyncio.sleep(2 * HOLD_S)
    assert one.fork.reached is None, "nor with less of it"
    lab.start_workload("steady", rate=50, seed=1, seconds=0)
    await asyncio.sleep(HOLD_S / 2)
    assert one.sees["fork"]["since"] == pytest.approx(manager.clock.time() - HOLD_S / 2, abs=2 * LOOK_EVERY)
    assert one.fork.reached is None
    await asyncio.sleep(HOLD_S / 2 + 2 * A_PASS)
    assert one.fork.reached is not None


async def test_who_does_nothing_repairs_nothing(manager: RoomManager, taught: Classroom) -> None:
    (one,) = await students(taught, 1)
    await taught.set_exercise("repair", "step", seconds=300)
    lab = await one.lab(manager)
    lab.engine.monitors["below_limit"].violated = lambda evidence: None  # type: ignore[method-assign]
    await asyncio.sleep(3 * HOLD_S)
    assert lab.engine.monitors["below_limit"].violations == 0
    assert one.fork.reached is None


async def test_a_part_that_is_down_is_to_be_brought_back(manager: RoomManager, taught: Classroom) -> None:
    (one,) = await students(taught, 1)
    await taught.set_exercise("repair", "store:down", seconds=300)
    lab = await one.lab(manager)
    assert [(fault.node, fault.kind) for fault in lab.engine.faults()] == [("store", "down")]
    await lab.configure(toggles={}, knobs={"limit": 10_000})
    await asyncio.sleep(2 * HOLD_S)
    assert one.fork.reached is None, "requests fail"
    await lab.engine.clear_fault()
    await asyncio.sleep(HOLD_S + 15)
    assert one.fork.reached is not None


async def test_a_mission_is_the_labs_own(manager: RoomManager, taught: Classroom) -> None:
    (one,) = await students(taught, 1)
    await taught.set_exercise("mission", "many", seconds=300)
    lab = await one.lab(manager)
    for _ in range(19):
        await lab.engine.add()
    await asyncio.sleep(3 * A_PASS)
    assert one.fork.reached is None
    await lab.engine.add()
    await asyncio.sleep(A_PASS)
    assert one.fork.since is not None
    await asyncio.sleep(2 + A_PASS)
    assert one.fork.reached is not None


async def test_who_works_where_may_do_what(manager: RoomManager, taught: Classroom) -> None:
    one, two = await students(taught, 2)
    await taught.set_exercise("break", "below_limit", seconds=300)
    stranger = {cookie_of("follower", taught.standing.room): "follower.x.y"}
    leader = {cookie_of("leader", taught.standing.room): taught.rights.leader_token()}
    for control in (False, True):
        await classes().guard(one.fork.room, one.cookies, control=control)
        await classes().guard(one.fork.room, leader, control=control)
        for cookies in (two.cookies, stranger, {}):
            with pytest.raises(Forbidden):
                await classes().guard(one.fork.room, cookies, control=control)
        with pytest.raises(Forbidden):
            await classes().guard(taught.standing.room, one.cookies, control=control)
    await taught.change(open=True)
    with pytest.raises(Forbidden):
        await classes().guard(one.fork.room, two.cookies, control=False)
    with pytest.raises(Forbidden, match="of the lab of its exercise"):
        await manager.lab(one.fork.room, "other")


async def test_a_fork_that_is_shown_is_where_all_are(manager: RoomManager, taught: Classroom) -> None:
    one, two = await students(taught, 2)
    await taught.set_exercise("break", "below_limit", seconds=300)
    with pytest.raises(NotFound):
        await taught.exercises.show(3)
    await taught.exercises.show(two.fork.number)
    for seen in (one.sees, two.sees, taught.view("leader")["exercise"]):
        assert seen["room"] == two.fork.room
    await taught.exercises.show(0)
    assert [one.sees["room"], two.sees["room"]] == [one.fork.room, two.fork.room]
    assert taught.view("leader")["exercise"]["room"] == taught.standing.room


async def test_at_the_end_all_go_back_and_the_forks_are_gone(manager: RoomManager, taught: Classroom) -> None:
    one, two = await students(taught, 2)
    await taught.set_exercise("break", "below_limit", seconds=300)
    lab = await one.lab(manager)
    lab.start_workload("steady", rate=50, seed=1, seconds=0)
    await asyncio.sleep(2 + A_PASS)
    fork = one.fork.room
    for wrong in ({"beat": 1}, {"lab": "toy"}, {"tab": "notes"}, {"paused": 3}):
        with pytest.raises(Conflict, match="exercise"):
            await taught.change(**wrong)
    with pytest.raises(Conflict, match="exercise"):
        await taught.teach(None)
    await taught.change(blank=True)
    await taught.exercises.end()
    assert taught.view("follower", one.name)["exercise"] is None
    with pytest.raises(Gone):
        await classes().guard(fork, one.cookies, control=False)
    with pytest.raises(Gone):
        await manager.lab(fork, "toy2")
    late = await arrive(manager, Visit("toy", query=f"room={fork}&class=1&limit=60", tab=fork))
    assert late.room == taught.standing.room, "a page that comes late is led back"
    await asyncio.sleep(LEAVE_S + 1)
    assert (fork, "toy") not in manager.running()
    assert [key async for key in manager.stores.redis.scan_iter(match=f"*{{{fork}}}*")] == []
    await taught.change(beat=1)
    assert [one[2:] for one in taught.results() if one[4] == "reached"] == [
        ["exercise: below the limit", 1, "reached", "", 1, 2]
    ]
    assert taught.exercises.report(one.name)[0]["mine"] is True
    assert taught.exercises.report(two.name)[0]["mine"] is False
    with pytest.raises(Conflict):
        await taught.exercises.show(1)


async def test_an_exercise_ends_with_its_class(manager: RoomManager, taught: Classroom) -> None:
    (one,) = await students(taught, 1)
    await taught.set_exercise("mission", "many", seconds=300)
    fork = one.fork.room
    await taught.end()
    assert await classes().home(fork) == taught.standing.room
    with pytest.raises(Gone):
        await taught.set_exercise("mission", "many", seconds=300)


async def test_who_is_late_gets_in_and_who_comes_again_is_where_they_were(taught: Classroom) -> None:
    one, two = await students(taught, 2)
    await taught.set_exercise("break", "below_limit", seconds=300)
    before = one.fork.room
    await one.comes()
    assert one.fork.room == before
    (late,) = await students(taught, 1)
    assert len({one.fork.room, two.fork.room, late.fork.room}) == 3
    _, leader = taught.enter(taught.rights.leader_token())
    await taught.take_in(leader)
    assert taught.exercises.fork_of("leader") is None


async def test_groups_share_a_fork_and_nobody_is_alone_without_need(taught: Classroom) -> None:
    some = await students(taught, 7)
    await taught.set_exercise("break", "below_limit", seconds=300, group=3)
    sizes = sorted(len(fork.members) for fork in {one.fork.number: one.fork for one in some}.values())
    assert sizes == [2, 2, 3]
    late = await students(taught, 3)
    assert sorted(one.fork.number for one in late) == [2, 3, 4]


async def test_beyond_what_fits_forks_are_shared_and_it_is_said(
    manager: RoomManager, taught: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FORKS", 2)
    some = await students(taught, 5)
    await taught.set_exercise("break", "below_limit", seconds=300)
    forks = {one.fork.number: one.fork for one in some}
    assert sorted(len(fork.members) for fork in forks.values()) == [2, 3]
    assert all(one.sees["fork"]["crowded"] for one in some)


async def test_forks_are_no_more_than_the_server_has_room_for(
    manager: RoomManager, taught: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert taught.exercises.room_for("toy", load=4) == MAX_FORKS
    assert taught.exercises.room_for("toy", load=34) == 10
    assert taught.exercises.room_for("toy", load=1e9) == 1, "what the class's own room may, a fork may"
    monkeypatch.setattr(manager.settings, "open_labs", 5)
    other = await classes().open("toy", Scenario(lab="toy"), "10.0.0.2")
    await students(other, 2)
    await other.set_exercise("break", "below_limit", seconds=300)
    assert taught.exercises.room_for("toy", load=5) == 1
    some = await students(taught, 3)
    await taught.set_exercise("break", "below_limit", seconds=300)
    assert len({one.fork.room for one in some}) == 1
    third = await classes().open("toy", Scenario(lab="toy"), "10.0.0.3")
    with pytest.raises(TooMany, match="no room is left"):
        await third.set_exercise("break", "below_limit", seconds=300)
    assert third.exercises.now is None
    await other.exercises.end()
    await third.set_exercise("break", "below_limit", seconds=300)


async def test_classes_share_what_the_machine_can_do(manager: RoomManager, taught: Classroom) -> None:
    other = await classes().open("toy", Scenario(lab="toy"), "10.0.0.2")
    await students(other, 6)
    await other.set_exercise("mission", "many", seconds=300)
    left = taught.exercises.room_for("toy", load=5)
    assert left == int((360 - 6 * 45) / 7)
    assert taught.exercises.room_for("toy", load=400) == 0
    await students(taught, 3)
    await taught.set_exercise("break", "below_limit", seconds=300)
    late = await students(other, 4)
    assert {one.fork.number for one in late} <= set(range(1, 11)), "they share forks"
    await other.exercises.end()
    assert taught.exercises.room_for("toy", load=5) > left


async def test_the_forks_share_what_the_machine_plays(manager: RoomManager, taught: Classroom) -> None:
    (one,) = await students(taught, 1)
    await taught.set_exercise("break", "below_limit", seconds=300)
    assert taught.exercises.now
    lab = await one.lab(manager)
    lab.start_workload("steady", rate=500, seed=1, seconds=0)
    assert lab.runner.rate == taught.exercises.now.share == int(360 / 10 * 7 / 9)
    await lab.stop_workload()


async def test_time_is_over_and_may_be_prolonged(manager: RoomManager, taught: Classroom) -> None:
    (one,) = await students(taught, 1)
    await taught.set_exercise("break", "below_limit", seconds=SHORTEST)
    lab = await one.lab(manager)
    await asyncio.sleep(SHORTEST + 1)
    assert one.sees["over"]
    lab.start_workload("steady", rate=50, seed=1, seconds=0)
    await asyncio.sleep(5)
    assert one.fork.reached is None
    await taught.exercises.prolong(60)
    assert not one.sees["over"]
    await asyncio.sleep(A_PASS)
    assert one.fork.reached is not None
    with pytest.raises(Invalid):
        await taught.exercises.prolong(LONGEST)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": SHORTEST - 1},
        {"seconds": LONGEST + 1},
        {"seconds": 60, "group": 0},
        {"seconds": 60, "group": 13},
    ],
)
async def test_what_cannot_be_is_refused(taught: Classroom, wrong: dict) -> None:
    with pytest.raises(Invalid):
        await taught.set_exercise("break", "below_limit", **wrong)
    assert taught.exercises.now is None


async def test_one_exercise_at_a_time_and_not_without_end(
    taught: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await taught.set_exercise("break", "below_limit", seconds=60)
    with pytest.raises(Conflict):
        await taught.set_exercise("break", "below_limit", seconds=60)
    await taught.exercises.end()
    monkeypatch.setattr(module, "MAX_EXERCISES", 1)
    with pytest.raises(TooMany):
        await taught.set_exercise("break", "below_limit", seconds=60)


async def test_an_exercise_survives_a_restart_of_the_server(manager: RoomManager, taught: Classroom) -> None:
    one, two = await students(taught, 2)
    await taught.set_exercise("repair", "step", seconds=300, group=1)
    lab = await one.lab(manager)
    await lab.configure(toggles={"step": "one"}, knobs={"limit": 10_000})
    await asyncio.sleep(HOLD_S + 2 * A_PASS)
    assert one.fork.reached is not None
    theirs = await two.lab(manager)
    await theirs.configure(toggles={"step": "one"}, knobs={})
    await classes().stop()
    for student in (one, two):
        await manager.close_lab(student.fork.room, "toy")

    again = Classes(manager)
    found = await again.of(taught.standing.room)
    assert found.exercises.now == taught.exercises.now
    assert found.view("follower", one.name)["exercise"]["fork"]["room"] == one.fork.room
    assert found.view("follower", one.name)["exercise"]["reached"] == 1
    await again.guard(two.fork.room, two.cookies, control=True)
    with pytest.raises(Forbidden):
        await again.guard(one.fork.room, two.cookies, control=True)
    reopened = await manager.lab(two.fork.room, "toy")
    assert reopened.engine.config.step == "one", "what was done there stays"
    assert reopened.runner.view().running, "the traffic plays again"
    await again.stop()
    await reopened.stop_workload()


async def test_faults_of_a_beat_that_are_no_parts_of_the_lab_are_offered_to_nobody() -> None:
    beats = (
        *LESSON.beats,
        replace(LESSON.beats[0], do=Do(faults=(Fault("attic", "down"), Fault("store", "wipe")))),
    )
    lab = replace(LAB, lesson=replace(LESSON, beats=beats))
    assert [one.subject for one in tasks(lab) if ":" in one.subject] == ["store:down"]
