"""Lessons of one's own: checked against the labs with every fault named, and played like a lab's own."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from sdlab import registry
from sdlab.api.classes import _own_note
from sdlab.lab import Gone, Invalid, Operation, TooMany, Unavailable
from sdlab.lab.errors import NotFound
from sdlab.lab.lesson import Do
from sdlab.lab.scenario import Fault, Scenario
from sdlab.registry import design as real_design
from sdlab.registry import designs
from sdlab.rooms import classroom as classroom_module
from sdlab.rooms import manager as manager_module
from sdlab.rooms import rehearsal as rehearsal_module
from sdlab.rooms.class_report import report_of
from sdlab.rooms.classroom import Classes, Classroom
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.own_lessons import BadLesson, again_query, lab_steps, read_lesson, taken_from
from sdlab.rooms.polls import Poll
from sdlab.rooms.rehearsal import Rehearsals
from sdlab.rooms.tour import go_to
from tests.frame.toy import LESSON, TOY

OTHER = replace(TOY, slug="other", title="Other")
LABS = {"toy": TOY, "other": OTHER}
ASK = {"question": "What now?", "options": ["up", "down", "stays"], "right": 2, "because": "Nothing adds."}
RECORDED: dict[str, Any] = {
    "lab": "other",
    "title": "By twos, without a store",
    "say": "See **what** is left.",
    "minutes": 3,
    "toggles": {"step": "two"},
    "knobs": {"limit": 7},
    "workload": "steady",
    "rate": 40,
    "faults": [{"node": "store", "kind": "slow", "value": 20}],
    "spotlight": "total",
    "ask": ASK,
    "expect": {"claim": "below_limit", "broken": True, "seconds": 5},
}
OWN: dict[str, Any] = {
    "sdlab": "lesson",
    "version": 1,
    "title": "Counting, my way",
    "steps": [
        {"lab": "toy", "beat": 4},
        {"lab": "toy", "beat": 2, "skip": True},
        RECORDED,
        {"lab": "toy", "beat": 3, "title": "How far?", "ask": {**ASK, "right": 0}},
        {"lab": "toy", "beat": 3, "say": "Just so.", "minutes": 1, "ask": None},
    ],
}


def _design(slug: str) -> Any:
    if slug not in LABS:
        raise NotFound(f"no lab {slug!r}")
    return LABS[slug]


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager_module, "design", _design)
    monkeypatch.setattr(registry, "design", _design)


@pytest.fixture
async def taught(manager: RoomManager) -> Classroom:
    return await Classes(manager).open("toy", Scenario(lab="toy"), "10.0.0.1")


def with_step(number: int, **changes: Any) -> dict[str, Any]:
    """The lesson with other fields in one step (from 1)."""
    lesson = deepcopy(OWN)
    lesson["steps"][number - 1] |= changes
    return lesson


def test_a_labs_lesson_is_where_one_begins() -> None:
    lesson = read_lesson(taken_from("toy"))
    assert [one.beat for one in lesson.steps] == list(LESSON.beats)
    assert [one.setting for one in lesson.steps] == [LESSON.setting(number) for number in range(1, 7)]
    assert [one.lesson.setting(one.at, revealed=False) for one in lesson.steps] == [
        LESSON.setting(number, revealed=False) for number in range(1, 7)
    ]
    assert lesson.steps == lab_steps("toy")


@pytest.mark.parametrize("slug", [one.slug for one in designs()])
def test_every_labs_lesson_is_taken_to_the_letter(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "design", real_design)
    lesson, theirs = read_lesson(taken_from(slug)), real_design(slug).lesson
    assert theirs is not None
    for number, step in enumerate(lesson.steps, start=1):
        assert step.beat == theirs.beat(number)
        assert step.setting == theirs.setting(number)
        assert not step.own_words


def test_a_taken_step_is_set_up_as_in_the_labs_lesson_wherever_it_stands() -> None:
    lesson = read_lesson(OWN)
    assert [one.lab for one in lesson.steps] == ["toy", "other", "toy", "toy"]
    assert lesson.places == (1, 3, 4, 5)
    many, _, asked, told = lesson.steps
    assert many.setting == LESSON.setting(4)
    assert asked.setting == told.setting == LESSON.setting(3)
    assert asked.beat.do.verbs == (Operation("add"),)
    assert (asked.beat.title, asked.beat.say) == ("How far?", LESSON.beat(3).say)
    assert asked.beat.ask is not None
    assert asked.beat.ask.options == ("up", "down", "stays")
    assert (told.beat.say, told.beat.minutes, told.beat.ask) == ("Just so.", 1, None)
    assert (many.own_words, asked.own_words, told.own_words) == (False, True, True)


def test_a_recorded_step_is_the_change_to_the_one_before_it_in_its_lab() -> None:
    first = read_lesson(OWN).steps[1]
    assert first.beat.do == Do(
        toggles={"step": "two"},
        knobs={"limit": 7},
        workload="steady",
        rate=40,
        faults=(Fault("store", "slow", 20),),
    )
    again = {**RECORDED, "faults": [], "toggles": {}, "restart": True}
    second = read_lesson({**OWN, "steps": [RECORDED, {"lab": "toy", "beat": 1}, again]}).steps[2]
    assert second.beat.do == Do(toggles={"step": "one"}, mend=True, restart=True)
    setting = second.setting
    assert TOY.changed(TOY.config(), setting.toggles, setting.knobs) == TOY.config(step="one", limit=7)
    assert (setting.workload, setting.rate, setting.faults) == ("steady", 40, ())
    assert second.lesson.setting(second.at, revealed=False) == first.setting


def test_a_step_has_an_address_where_it_is_played_again() -> None:
    taken, recorded, *_ = read_lesson(OWN).steps
    assert again_query(taken) == "beat=4"
    assert again_query(recorded) == "step=two&limit=7&workload=steady&rate=40&fault=store:slow:20"


WRONG: list[tuple[dict[str, Any], int, str]] = [
    (with_step(1, lab="atlantis"), 1, "lab"),
    (with_step(1, lab=["toy"]), 1, "lab"),
    (with_step(1, beat=7), 1, "beat"),
    (with_step(1, beat=True), 1, "beat"),
    (with_step(1, beat="2"), 1, "beat"),
    (with_step(1, toggles={"step": "two"}), 1, "toggles"),
    (with_step(2, skip="yes"), 2, "skip"),
    (with_step(3, title=""), 3, "title"),
    (with_step(3, title=5), 3, "title"),
    (with_step(3, say="x" * 4001), 3, "say"),
    (with_step(3, say="\ud800"), 3, "say"),
    (with_step(3, minutes=0), 3, "minutes"),
    (with_step(3, minutes="2"), 3, "minutes"),
    (with_step(3, toggles={"jump": "two"}), 3, "toggles.jump"),
    (with_step(3, toggles={"step": "three"}), 3, "toggles.step"),
    (with_step(3, toggles=["step"]), 3, "toggles"),
    (with_step(3, knobs={"limit": 0}), 3, "knobs.limit"),
    (with_step(3, knobs={"limit": float("nan")}), 3, "knobs.limit"),
    (with_step(3, knobs={"height": 1}), 3, "knobs.height"),
    (with_step(3, workload="rush"), 3, "workload"),
    (with_step(3, rate=501), 3, "rate"),
    (with_step(3, faults=[{"node": "store", "kind": "eaten"}]), 3, "faults.1"),
    (with_step(3, faults=[{"node": "shop", "kind": "down"}]), 3, "faults.1"),
    (with_step(3, faults=[{"node": "store", "kind": "slow", "value": 9999}]), 3, "faults.1"),
    (with_step(3, faults=["store:down"]), 3, "faults.1"),
    (with_step(3, faults={"store": "down"}), 3, "faults"),
    (with_step(3, spotlight="cellar"), 3, "spotlight"),
    (with_step(3, spotlight=["total"]), 3, "spotlight"),
    (with_step(3, tab="attic"), 3, "tab"),
    (with_step(3, ask={**ASK, "right": 3}), 3, "ask.right"),
    (with_step(3, ask={**ASK, "options": ["one"]}), 3, "ask.options"),
    (with_step(3, ask={**ASK, "options": ["a", "a"], "right": 0}), 3, "ask.options"),
    (with_step(3, ask={**ASK, "options": ["a", ""], "right": 0}), 3, "ask.options.2"),
    (with_step(3, ask={**ASK, "question": " "}), 3, "ask.question"),
    (with_step(3, ask="why?"), 3, "ask"),
    (with_step(3, expect={"claim": "above_limit"}), 3, "expect.claim"),
    (with_step(3, expect={"claim": "below_limit", "seconds": 21}), 3, "expect.seconds"),
    (with_step(3, colour="red"), 3, "colour"),
    (with_step(3, **{"\ud800": 1}), 3, "?"),
    ({**OWN, "title": ""}, 0, "title"),
    ({**OWN, "steps": []}, 0, "steps"),
    ({**OWN, "steps": [{"lab": "toy", "beat": 1}] * 31}, 0, "steps"),
    ({**OWN, "steps": [{"lab": "toy", "beat": 1, "skip": True}]}, 0, "steps"),
    ({**OWN, "steps": ["beat 1"]}, 1, "step"),
    ({**OWN, "version": 2}, 0, "version"),
    ({**OWN, "sdlab": "scenario"}, 0, "lesson"),
    ({**OWN, "author": "me"}, 0, "author"),
]


@pytest.mark.parametrize(
    ("data", "step", "field"), WRONG, ids=lambda one: None if isinstance(one, dict) else str(one)
)
def test_what_is_wrong_is_named_by_step_and_field(data: dict[str, Any], step: int, field: str) -> None:
    with pytest.raises(BadLesson) as caught:
        read_lesson(data)
    assert [(one.step, one.field) for one in caught.value.wrong] == [(step, field)]
    assert caught.value.wrong[0].detail


@pytest.mark.parametrize("data", [None, 1, "lesson", []])
def test_what_is_no_lesson_at_all_is_said(data: Any) -> None:
    with pytest.raises(BadLesson, match="no lesson of sdlab"):
        read_lesson(data)


def test_all_that_is_wrong_is_named_at_once() -> None:
    lesson = with_step(3, minutes=0, knobs={"limit": 0}, colour="red")
    lesson["steps"][0]["beat"] = 9
    with pytest.raises(BadLesson) as caught:
        read_lesson(lesson)
    assert [(one.step, one.field) for one in caught.value.wrong] == [
        (1, "beat"),
        (3, "colour"),
        (3, "knobs.limit"),
        (3, "minutes"),
    ]
    assert caught.value.extra["field"] == "steps.1.beat"
    assert len(caught.value.extra["errors"]) == 4  # type: ignore[arg-type]


async def test_a_recorded_step_sets_its_lab_up_whichever_way_one_came(manager: RoomManager) -> None:
    lab = await manager.lab(manager.ids.new(), "other")
    step = read_lesson(OWN).steps[1]
    await lab.engine.set_fault("store", "down")
    assert await go_to(lab, step.lesson, step.at) == []
    assert lab.engine.config == TOY.config(step="two", limit=7)
    assert [(one.node, one.kind, one.value) for one in lab.engine.faults()] == [("store", "slow", 20)]
    assert (lab.runner.view().id, lab.runner.view().rate) == ("steady", 40)
    await lab.stop_workload()


async def test_a_step_is_rehearsed_in_a_room_that_goes_afterwards(manager: RoomManager) -> None:
    lesson = with_step(4, expect={"claim": "below_limit", "seconds": 1, "broken": True})
    _, recorded, missed, plain = read_lesson(lesson).steps
    rehearsals = Rehearsals()
    assert (await rehearsals.play(manager, recorded)).came_true is True
    assert (await rehearsals.play(manager, missed)).came_true is False
    silent = read_lesson(with_step(5, expect=None)).steps[3]
    assert (await rehearsals.play(manager, silent)).came_true is None
    assert (await rehearsals.play(manager, plain)).came_true is False  # it counts from nothing here
    assert manager.open_labs == 0


async def test_only_so_many_rehearsals_wait(manager: RoomManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal_module, "MOST_WAITING", 0)
    with pytest.raises(Unavailable):
        await Rehearsals().play(manager, read_lesson(OWN).steps[0])
    assert manager.open_labs == 0


async def test_a_class_goes_through_its_steps_across_labs(manager: RoomManager, taught: Classroom) -> None:
    await taught.change(minutes=20)
    await taught.teach(read_lesson(OWN))
    assert (taught.standing.lab, taught.standing.beat, taught.standing.minutes) == ("toy", 0, 0)
    view = taught.view("follower")
    assert (view["beats"], view["own"], view["title"]) == (4, "Counting, my way", "")
    await taught.change(beat=1)
    toy = await manager.lab(taught.standing.room, "toy")
    assert toy.runner.view().id == "steady"
    began = taught.standing.lesson_began
    assert not taught.needs_no_reveal(lab="toy", beat=2, minutes=0)
    await taught.change(beat=2, revealed=False)
    assert (taught.standing.lab, taught.standing.spotlight) == ("other", "total")
    assert taught.standing.lesson_began == began
    assert not toy.runner.running
    other = await manager.lab(taught.standing.room, "other")
    assert other.engine.config.step == "one"
    view = taught.view("follower")
    assert (view["title"], view["ask"]["options"]) == (RECORDED["title"], ASK["options"])
    assert view["does"] == []
    await taught.change(revealed=True)
    assert other.engine.config == TOY.config(step="two", limit=7)
    assert taught.view("follower")["answer"]["right"] == 2
    assert "Limit: 7" in taught.view("follower")["does"]
    await taught.end()


def test_a_teacher_reads_the_labs_script_with_the_labs_own_text_only() -> None:
    taken, recorded, retold, _ = map(_own_note, read_lesson(OWN).steps)
    assert (taken["script"]["say"], taken["script"]["onward"]) == ("Say 4.", "")
    assert recorded["script"] is retold["script"] is None


async def test_a_class_that_looks_into_another_lab_knows_where_it_was(taught: Classroom) -> None:
    await taught.teach(read_lesson(OWN))
    await taught.change(beat=3, revealed=True)
    await taught.change(lab="other")
    assert (taught.standing.lab, taught.standing.beat, taught.standing.last) == ("other", 0, 3)
    await taught.change(beat=4)
    assert (taught.standing.lab, taught.standing.last) == ("toy", 4)
    with pytest.raises(Invalid, match="no such beat"):
        await taught.change(beat=5)
    with pytest.raises(Invalid, match="no cuts"):
        await taught.change(minutes=20)
    await taught.teach(None)
    assert (taught.standing.lesson, taught.standing.last, taught.view("leader")["beats"]) == (0, 0, 6)
    assert "own" not in taught.view("leader")


async def test_votes_on_own_questions_are_apart_from_those_on_the_labs(taught: Classroom) -> None:
    token = taught.rights.follower_token()
    await taught.change(beat=3, revealed=False)
    await taught.vote(token, 1)
    await taught.teach(read_lesson(OWN))
    await taught.change(beat=3, revealed=False)
    assert taught.view("leader")["counts"] == [0, 0, 0]
    await taught.vote(token, 2)
    assert taught.view("leader")["counts"] == [0, 0, 1]
    await taught.change(revealed=True)
    rows = taught.results()
    assert [(one[0], one[1], one[4], one[6]) for one in rows] == [
        ("toy", 3, "one", 0),
        ("toy", 3, "two", 1),
        ("toy", "Counting, my way, step 3", "up", 0),
        ("toy", "Counting, my way, step 3", "down", 0),
        ("toy", "Counting, my way, step 3", "stays", 1),
    ]
    name = taught.rights.role_of(token)[1]
    report = report_of(taught, name)
    assert [one["title"] for one in report["labs"]] == ["Counting, my way"]
    (beat,) = report["labs"][0]["beats"]
    assert (beat["number"], beat["lab"], beat["try"], beat["mine"]) == (3, "toy", "beat=3", 2)
    assert beat["rounds"][0]["counts"] == [0, 0, 1]
    assert Poll.of(taught._poll.id) == taught._poll


async def test_a_lesson_of_ones_own_survives_a_restart(manager: RoomManager, taught: Classroom) -> None:
    await taught.teach(read_lesson(OWN))
    await taught.change(beat=2, revealed=False)
    await taught.vote(taught.rights.follower_token(), 0)
    await taught.change(beat=4)
    again = await Classes(manager).of(taught.standing.room)
    assert again is not taught
    assert again.standing == taught.standing
    assert again.seen == taught.seen
    assert again.results() == taught.results()
    assert again.view("leader")["own"] == "Counting, my way"


async def test_a_lesson_that_no_longer_fits_its_labs_gives_way_to_the_labs_own(
    manager: RoomManager, taught: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await taught.teach(read_lesson(OWN))
    await taught.change(beat=4)
    monkeypatch.setitem(LABS, "other", replace(OTHER, workloads=()))
    again = await Classes(manager).of(taught.standing.room)
    assert (again.standing.lesson, again.standing.beat) == (0, 0)
    assert report_of(again)["labs"][0]["beats"] == []


async def test_classes_of_an_older_server_are_read(manager: RoomManager, taught: Classroom) -> None:
    key = classroom_module._key(taught.standing.room)
    await manager.stores.redis.hset(key, "seen", '[["toy", 2]]')
    again = await Classes(manager).of(taught.standing.room)
    assert again.seen == [Poll("toy", 2)]


async def test_a_class_is_sent_so_many_lessons(taught: Classroom) -> None:
    for number in range(classroom_module.MAX_LESSONS):
        await taught.teach(read_lesson({**OWN, "title": f"No. {number}"}))
    await taught.teach(read_lesson({**OWN, "title": "No. 3"}))
    assert taught.standing.lesson == 4
    with pytest.raises(TooMany):
        await taught.teach(read_lesson(OWN))
    assert taught.standing.lesson == 4
    await taught.end()
    with pytest.raises(Gone):
        await taught.teach(None)
