"""Predictions of a class: sketched before the run, measured by the server, shown to all without names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from sdlab import registry
from sdlab.api.lessons import step_view
from sdlab.lab import Conflict, Forbidden, Gone, Invalid, NotFound, Tally, TooMany
from sdlab.lab.scenario import Scenario
from sdlab.rooms import arrival as arrival_module
from sdlab.rooms import manager as manager_module
from sdlab.rooms import play
from sdlab.rooms import predictions as module
from sdlab.rooms.class_report import report_of
from sdlab.rooms.classroom import Classes, Classroom, classes
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.measurable import Measurable, measurable, measurables, value_now
from sdlab.rooms.own_lessons import BadLesson, read_lesson
from sdlab.rooms.predictions import (
    GRID,
    INTERRUPTED,
    MAX_POINTS,
    NOTHING,
    OFTEN,
    Predictions,
    predictions_key,
)
from sdlab.rooms.wanted_predictions import LONGEST, SHORTEST, Ahead, Wanted
from tests.frame.toy import TOY

pytestmark = pytest.mark.virtual_time

LAB = replace(TOY, tallies=lambda engine: (Tally("total", "the total", "adds", engine.total),))
RUN = 10.0
CURVE = Wanted("curve", RUN, low=0, high=100)
VALUE = Wanted("value", RUN, low=0, high=100)
FIGURE = Measurable("tally.total", "The total", "adds", "lab", 0.0, 10.0)


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (manager_module, registry, arrival_module, play):
        monkeypatch.setattr(one, "design", lambda slug: LAB)


@pytest.fixture
async def taught(manager: RoomManager) -> AsyncIterator[Classroom]:
    found = await classes().open("toy", Scenario(lab="toy"), "10.0.0.1")
    yield found
    await classes().stop()


async def lab_of(manager: RoomManager, taught: Classroom) -> RunningLab:
    return await manager.lab(taught.standing.room, "toy")


def seen(taught: Classroom, token: str = "") -> Any:
    name = taught.rights.role_of(token)[1] if token else ""
    return taught.view("follower" if token else "leader", name)["prediction"]


async def finished(taught: Classroom) -> None:
    """The run is over."""
    await asyncio.sleep(RUN + OFTEN)


async def shown(taught: Classroom) -> None:
    await taught.run_prediction()
    await finished(taught)
    await taught.show_prediction()


# What may be predicted


async def test_a_lab_offers_what_it_measures(manager: RoomManager, taught: Classroom) -> None:
    lab = await lab_of(manager, taught)
    offered = {one.id: one for one in await taught.figures()}
    assert list(offered) == [
        *("traffic.rate", "traffic.errors", "traffic.p50", "traffic.p95", "traffic.p99"),
        *("tally.total", "part.store", "broken.below_limit"),
    ]
    assert offered["tally.total"] == Measurable("tally.total", "The total", "adds", "lab", 0.0, 10.0)
    assert offered["traffic.rate"].top == 50, "the usual traffic of the lab"
    assert offered["traffic.p95"].value is None, "unknown, and not 0"
    assert (offered["broken.below_limit"].label, offered["broken.below_limit"].unit) == (
        "Broken: below the limit",
        "×",
    )
    lab.start_workload("steady", rate=50, seed=1, seconds=5)
    await asyncio.sleep(3)
    for one in measurables(lab):
        assert value_now(lab, one.id) == measurable(lab, one.id).value
    now = measurable(lab, "tally.total")
    assert now.value is not None
    assert now.value > 100
    assert now.top >= 2.5 * now.value
    for unknown in ("tally.none", "part.none", "broken.none", "traffic.none", "none", "", "other.total"):
        assert value_now(lab, unknown) is None
        with pytest.raises(NotFound):
            await taught.ask_prediction(unknown, CURVE)


async def test_a_figure_that_is_no_number_has_a_range_all_the_same(
    manager: RoomManager, taught: Classroom
) -> None:
    lab = await lab_of(manager, taught)
    for odd in (float("nan"), float("inf")):
        lab.design = replace(LAB, tallies=lambda engine, odd=odd: (Tally("total", "total", "%", odd),))
        found = measurable(lab, "tally.total")
        assert (found.value, found.top) == (None, 100)


# From asking to showing


async def test_a_curve_is_drawn_measured_and_shown(manager: RoomManager, taught: Classroom) -> None:
    one, two, late = (taught.rights.follower_token() for _ in range(3))
    for token in (one, two):
        taught.enter(token)
    lab = await lab_of(manager, taught)
    await taught.ask_prediction("tally.total", replace(CURVE, change="  Traffic begins.  "))
    asked = seen(taught, one)
    assert (asked["state"], asked["label"], asked["unit"]) == ("open", "The total", "adds")
    assert (asked["low"], asked["high"], asked["before"], asked["change"]) == (0, 100, 0, "Traffic begins.")
    await taught.sketch(one, [0, 50, 100])
    await taught.sketch(two, [100, 100])
    await taught.sketch(one, [0, 100])
    assert (seen(taught)["sent"], seen(taught, one)["mine"], seen(taught, two)["mine"]) == (
        2,
        [0, 100],
        [100, 100],
    )
    assert seen(taught, late)["mine"] is None
    await taught.run_prediction()
    began = manager.clock.time()
    lab.start_workload("steady", rate=10, seed=1, seconds=0)
    asked = seen(taught, one)
    assert (asked["state"], asked["ends"] - began) == ("running", pytest.approx(RUN, abs=0.1))
    with pytest.raises(Conflict, match="the run has begun"):
        await taught.sketch(one, [0, 0])
    for role in ("", one):
        with pytest.raises(Conflict):
            taught.predictions.outcome(leads=not role)
    await finished(taught)
    assert seen(taught)["state"] == "measured"
    with pytest.raises(Conflict, match="not been shown"):
        taught.predictions.outcome(leads=False)
    found = taught.predictions.outcome(leads=True)
    times, values = zip(*found["measured"], strict=True)
    assert times == pytest.approx([OFTEN * at for at in range(21)], abs=0.05)
    assert list(values) == sorted(values)
    assert values[0] == 0
    assert values[-1] == pytest.approx(100, abs=12)
    await taught.show_prediction()
    found = taught.predictions.outcome(leads=False, name=taught.rights.role_of(one)[1])
    assert (found["sent"], found["size"]) == (2, 2)
    assert [len(sketch) for sketch in found["sketches"]] == [GRID, GRID]
    assert found["mine_off"] < 10
    assert found["mine_near"] is True
    assert found["near"] == 1
    assert seen(taught, late)["state"] == "shown"
    with pytest.raises(Conflict):
        await taught.run_prediction()


async def test_a_value_is_held_against_what_is_measured_at_the_end(
    manager: RoomManager, taught: Classroom
) -> None:
    tokens = [taught.rights.follower_token() for _ in range(3)]
    lab = await lab_of(manager, taught)
    await taught.ask_prediction("tally.total", VALUE)
    for token, value in zip(tokens, (20, 21.5, 90), strict=True):
        await taught.sketch(token, [value])
    lab.start_workload("steady", rate=10, seed=1, seconds=2)
    await shown(taught)
    found = taught.predictions.outcome(leads=True)
    last = found["measured"][-1][1]
    assert last == 20
    assert (found["near"], found["off"], found["median_off"]) == (2, 1.5, 1.5)
    assert found["within"] == pytest.approx(4)


# Who is how near


async def measured_as(
    manager: RoomManager, values: list[float | None], wanted: Wanted, *sketches: list[float]
) -> Predictions:
    """Predictions whose run measures these values, one after the other; the last goes on."""
    made = Predictions(manager.stores.redis, "room", manager.clock, lambda: None)
    await made.ask("toy", 0, FIGURE, wanted)
    for number, sketch in enumerate(sketches):
        await made.sketch(f"name{number}", sketch, most=10)
    left = iter(values)

    async def read() -> float | None:
        return next(left, values[-1])

    await made.run(read)
    await asyncio.sleep(wanted.seconds + OFTEN)
    return made


async def test_how_near_a_sketch_is_is_its_mean_distance(manager: RoomManager) -> None:
    made = await measured_as(manager, [50.0], CURVE, [50, 50], [0, 100], [60, 60], [61, 61])
    found = made.outcome(leads=True, name="name1")
    assert found["mine_off"] == pytest.approx(26.19, abs=0.01), "the mean of 21 distances from 50 to 0 to 50"
    assert found["mine_near"] is False
    assert (found["within"], found["near_is"], found["near"]) == (10, "measured", 2)
    assert found["off"] == pytest.approx(10.5)
    assert found["median"][0] == 55
    assert found["middle"][0] == pytest.approx((37.5, 60.25), abs=0.01)
    assert found["sketches"] == sorted(found["sketches"]), "in no order that tells whose they are"


async def test_what_came_out_is_worked_out_once_for_hundreds_and_anew_for_another_run(
    manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await measured_as(manager, [50.0], CURVE, [50, 50], [0, 100])
    before = made.outcome(leads=True)
    await made.run(lambda: asyncio.sleep(0, 70.0))
    await asyncio.sleep(RUN + OFTEN)
    assert made.outcome(leads=True)["measured"][0][1] == 70
    assert made.outcome(leads=True)["off"] != before["off"]
    await made.show()
    monkeypatch.setattr(module, "on_grid", None)
    assert made.outcome(leads=False, name="name1")["mine"] == [0, 100]
    assert "sketches" not in made.report("name1")[0]
    assert made.outcome(leads=False)["mine"] is None


async def test_where_nothing_happens_a_hand_near_nothing_is_near(manager: RoomManager) -> None:
    made = await measured_as(manager, [0.0], CURVE, [1, 2], [3, 3])
    found = made.outcome(leads=True)
    assert (found["within"], found["near_is"], found["near"]) == (2, "range", 1)


async def test_a_gap_is_no_zero(manager: RoomManager) -> None:
    made = await measured_as(manager, [None, None, 40.0, None, 60.0], CURVE, [50, 50])
    found = made.outcome(leads=True)
    assert found["measured"][0] == [0, None]
    assert found["off"] == pytest.approx(10)
    held = await measured_as(manager, [70.0] * 19 + [80.0, None], VALUE, [80])
    assert held.outcome(leads=True)["off"] == 0, "the last that was measured"


async def test_what_cannot_be_read_for_a_moment_is_a_gap(manager: RoomManager) -> None:
    made = Predictions(manager.stores.redis, "room", manager.clock, lambda: None)
    await made.ask("toy", 0, FIGURE, CURVE)
    reads = 0

    async def read() -> float | None:
        nonlocal reads
        reads += 1
        if reads == 3:
            raise ConnectionError("the store is away")
        return float("nan") if reads == 4 else 5.0

    await made.run(read)
    await asyncio.sleep(RUN + OFTEN)
    assert [value for _, value in made.outcome(leads=True)["measured"]] == [5, 5, None, None] + [5.0] * 17


async def test_a_long_run_is_not_sampled_more_often_than_a_short_one(manager: RoomManager) -> None:
    made = await measured_as(manager, [1.0], Wanted("curve", LONGEST), [1, 1])
    assert len(made.outcome(leads=True)["measured"]) == 61


async def test_nothing_measured_is_said_and_run_again(manager: RoomManager, taught: Classroom) -> None:
    await taught.ask_prediction("traffic.p95", CURVE)
    await taught.run_prediction()
    await finished(taught)
    assert (seen(taught)["state"], seen(taught)["failed"]) == ("closed", NOTHING)
    with pytest.raises(Conflict):
        await taught.show_prediction()
    lab = await lab_of(manager, taught)
    lab.start_workload("steady", rate=10, seed=1, seconds=0)
    await shown(taught)
    assert (seen(taught)["state"], seen(taught)["failed"]) == ("shown", "")


async def test_a_run_is_broken_off_and_run_again(manager: RoomManager, taught: Classroom) -> None:
    await taught.ask_prediction("tally.total", CURVE)
    with pytest.raises(Conflict):
        await taught.break_prediction_off()
    await taught.run_prediction()
    with pytest.raises(Conflict, match="under way"):
        await taught.run_prediction()
    await taught.break_prediction_off()
    assert seen(taught)["state"] == "closed"
    await finished(taught)
    assert seen(taught)["state"] == "closed", "it is not measured any more"
    await taught.run_prediction()
    await finished(taught)
    lab = await lab_of(manager, taught)
    await lab.engine.add()
    await shown(taught)
    assert taught.predictions.outcome(leads=True)["measured"][0][1] == 1, "the run before is forgotten"


# The lesson


async def test_the_step_of_the_beat_is_done_in_the_run(manager: RoomManager, taught: Classroom) -> None:
    await taught.ask_prediction("tally.total", CURVE)
    with pytest.raises(Conflict, match="no step"):
        await taught.run_prediction(reveal=True)
    await taught.change(beat=3, revealed=False)
    await taught.ask_prediction("tally.total", CURVE)
    await taught.run_prediction(reveal=True)
    assert taught.standing.revealed
    await finished(taught)
    values = [value for _, value in taught.predictions.outcome(leads=True)["measured"]]
    assert (values[0], values[-1]) == (0, 2)
    with pytest.raises(Conflict, match="no step"):
        await taught.run_prediction(reveal=True)


async def test_where_the_step_cannot_be_done_there_is_no_run(
    taught: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise TooMany("all labs together play too much")

    await taught.change(beat=3, revealed=False)
    await taught.ask_prediction("tally.total", CURVE)
    monkeypatch.setattr("sdlab.rooms.classroom.go_to", fails)
    with pytest.raises(TooMany):
        await taught.run_prediction(reveal=True)
    assert seen(taught)["state"] == "closed"


CLEARS: dict[str, Callable[[Classroom], Awaitable[Any]]] = {
    "another beat": lambda taught: taught.change(beat=1),
    "another lab": lambda taught: taught.change(lab="toy", beat=0),
    "the end": lambda taught: taught.end(),
    "put away": lambda taught: taught.put_prediction_away(),
    "another prediction": lambda taught: taught.ask_prediction("tally.total", VALUE),
}


@pytest.mark.parametrize("way", CLEARS)
@pytest.mark.parametrize("state", ["open", "running", "measured", "shown"])
async def test_only_what_was_shown_stays_when_the_class_goes_on(
    manager: RoomManager, taught: Classroom, way: str, state: str
) -> None:
    await taught.ask_prediction("tally.total", CURVE)
    await taught.sketch(taught.rights.follower_token(), [7, 7])
    if state != "open":
        await taught.run_prediction()
    if state in ("measured", "shown"):
        await finished(taught)
    if state == "shown":
        await taught.show_prediction()
    await CLEARS[way](taught)
    now = seen(taught)
    assert now is None or (now["kind"], now["sent"]) == ("value", 0)
    await finished(taught)
    assert seen(taught) == now, "no run goes on"
    assert len(taught.predictions.report("")) == (state == "shown")
    stored = await manager.stores.redis.hkeys(predictions_key(taught.standing.room))
    assert sum(one.startswith("sketch:") for one in stored) == (state == "shown")


async def test_it_stays_while_the_leader_shows_something(taught: Classroom) -> None:
    await taught.ask_prediction("tally.total", CURVE)
    await taught.change(tab="notes")
    await taught.change(spotlight="total")
    await taught.change(open=True)
    assert seen(taught)["state"] == "open"


async def test_a_question_of_the_moment_goes_and_an_exercise_comes_first(taught: Classroom) -> None:
    await taught.ask("words", "Why?")
    await taught.ask_prediction("tally.total", CURVE)
    assert taught.view("leader")["quick"] is None
    await taught.set_exercise("repair", "store:down", seconds=60)
    assert seen(taught) is None
    with pytest.raises(Conflict, match="exercise"):
        await taught.ask_prediction("tally.total", CURVE)


async def test_a_step_of_a_lesson_of_ones_own_says_what_to_predict(taught: Classroom) -> None:
    asked = {"figure": "tally.total", "kind": "value", "seconds": 10, "change": "One more."}
    lesson = read_lesson(
        {
            "title": "Mine",
            "steps": [
                {"lab": "toy", "beat": 2, "predict": asked},
                {"lab": "toy", "title": "Recorded", "predict": {"figure": "broken.below_limit"}},
                {"lab": "toy", "beat": 3, "predict": None},
            ],
        }
    )
    assert [step.predict for step in lesson.steps] == [
        Ahead("tally.total", Wanted("value", 10, "One more.")),
        Ahead("broken.below_limit", Wanted("curve", 30)),
        None,
    ]
    assert step_view(lesson.steps[0])["predict"]["wanted"]["change"] == "One more."
    await taught.teach(lesson)
    await taught.change(beat=1)
    ahead = taught.steps()[0].predict
    assert ahead is not None
    await taught.ask_prediction(ahead.figure, ahead.wanted)
    assert (seen(taught)["kind"], seen(taught)["beat"]) == ("value", 1)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ("curve", "predict"),
        ({}, "predict.figure"),
        ({"figure": 5}, "predict.figure"),
        ({"figure": "traffic.none"}, "predict.figure"),
        ({"figure": "broken.none"}, "predict.figure"),
        ({"figure": "tally." + "x" * 200}, "predict.figure"),
        ({"figure": "traffic.p95", "kind": "poem"}, "predict.kind"),
        ({"figure": "traffic.p95", "kind": ["curve"]}, "predict.kind"),
        ({"figure": "traffic.p95", "seconds": 1}, "predict.seconds"),
        ({"figure": "traffic.p95", "seconds": True}, "predict.seconds"),
        ({"figure": "traffic.p95", "change": 5}, "predict.change"),
        ({"figure": "traffic.p95", "change": "x" * 201}, "predict.change"),
        ({"figure": "traffic.p95", "more": 1}, "more"),
    ],
)
def test_a_step_that_asks_for_no_prediction_is_named(wrong: object, field: str) -> None:
    with pytest.raises(BadLesson) as refused:
        read_lesson({"title": "Mine", "steps": [{"lab": "toy", "beat": 1, "predict": wrong}]})
    assert [(one.step, one.field) for one in refused.value.wrong] == [(1, field)]


# Who may what, and how much of it


@pytest.mark.parametrize(
    ("wanted", "values"),
    [
        (CURVE, [1]),
        (CURVE, [1] * (MAX_POINTS + 1)),
        (CURVE, [0, 101]),
        (CURVE, [-1, 0]),
        (CURVE, [0, float("nan")]),
        (CURVE, [0, float("inf")]),
        (VALUE, [1, 2]),
        (VALUE, [100.1]),
        (VALUE, [float("nan")]),
    ],
)
async def test_what_is_no_sketch_is_refused(taught: Classroom, wanted: Wanted, values: list[float]) -> None:
    token = taught.rights.follower_token()
    await taught.ask_prediction("tally.total", wanted)
    await taught.sketch(token, [5] if wanted is VALUE else [5, 5])
    before = seen(taught, token)["mine"]
    with pytest.raises(Invalid):
        await taught.sketch(token, values)
    assert seen(taught, token)["mine"] == before, "nothing is lost"


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": SHORTEST - 1},
        {"seconds": LONGEST + 1},
        {"seconds": float("nan")},
        {"low": 5.0, "high": 5.0},
        {"low": 5.0, "high": 1.0},
        {"low": 500.0, "high": None},
        {"high": float("inf")},
        {"low": -1e13},
        {"change": "x" * 201},
        {"change": "two\nlines"},
        {"change": "over\u202eride"},
    ],
)
async def test_what_cannot_be_asked_is_refused(taught: Classroom, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await taught.ask_prediction("tally.total", replace(CURVE, **wrong))
    assert seen(taught) is None


async def test_the_usual_range_is_above_what_was_measured(manager: RoomManager, taught: Classroom) -> None:
    lab = await lab_of(manager, taught)
    for _ in range(30):
        await lab.engine.add()
    await taught.ask_prediction("tally.total", Wanted("curve", RUN))
    assert (seen(taught)["low"], seen(taught)["high"], seen(taught)["before"]) == (0, 100, 30)


async def test_only_the_class_draws_and_only_while_it_is_asked(taught: Classroom) -> None:
    token = taught.rights.follower_token()
    with pytest.raises(Conflict, match="no prediction"):
        await taught.sketch(token, [1, 1])
    for act in (taught.run_prediction, taught.show_prediction, taught.break_prediction_off):
        with pytest.raises(Conflict):
            await act()
    await taught.ask_prediction("tally.total", CURVE)
    with pytest.raises(Forbidden):
        await taught.sketch(taught.rights.leader_token(), [1, 1])
    with pytest.raises(Forbidden):
        await taught.sketch("follower.me.forged", [1, 1])
    await taught.sketch(token, [1, 1])
    await taught.sketch(token, [])
    assert (seen(taught)["sent"], seen(taught, token)["mine"]) == (0, None)
    await taught.end()
    for later in (
        taught.sketch(token, [1, 1]),
        taught.ask_prediction("tally.total", CURVE),
        taught.run_prediction(),
        taught.show_prediction(),
    ):
        with pytest.raises(Gone):
            await later


async def test_a_class_predicts_so_often_and_so_many_do(
    manager: RoomManager, taught: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PREDICTIONS", 1)
    await taught.ask_prediction("tally.total", CURVE)
    await taught.ask_prediction("tally.total", CURVE)
    await taught.predictions.sketch("one", [1, 1], most=1)
    with pytest.raises(TooMany):
        await taught.predictions.sketch("two", [1, 1], most=1)
    await taught.predictions.sketch("one", [2, 2], most=1)
    await shown(taught)
    with pytest.raises(TooMany):
        await taught.ask_prediction("tally.total", CURVE)
    assert seen(taught)["state"] == "shown", "what is on screen stays there"


async def test_nobody_hears_who_drew_what(manager: RoomManager, taught: Classroom) -> None:
    tokens = [taught.rights.follower_token() for _ in range(3)]
    names = [taught.rights.role_of(one)[1] for one in tokens]
    await taught.ask_prediction("tally.total", CURVE)
    for token in tokens:
        await taught.sketch(token, [1, 1])
    _, other = taught.enter(tokens[1])
    other.moved = False
    await taught.sketch(tokens[0], [2, 2])
    assert not other.moved, "of hundreds, only the leader and they themselves are told"
    await shown(taught)
    for told in (
        taught.view("leader"),
        taught.view("follower", names[0]),
        taught.predictions.outcome(leads=True),
        taught.predictions.outcome(leads=False, name=names[0]),
        report_of(taught, names[0]),
        taught.results(),
    ):
        assert not any(name in json.dumps(told) for name in names)


# What stays


async def test_everything_survives_a_restart_but_a_run(manager: RoomManager, taught: Classroom) -> None:
    token = taught.rights.follower_token()
    name = taught.rights.role_of(token)[1]
    room = taught.standing.room
    await taught.ask_prediction("tally.total", CURVE)
    await taught.sketch(token, [1, 2])
    await shown(taught)
    await taught.ask_prediction("tally.total", replace(CURVE, seconds=60))
    await taught.sketch(token, [3, 4])
    again = await Classes(manager).of(room)
    assert again.view("follower", name)["prediction"] == taught.view("follower", name)["prediction"]
    assert again.predictions.report(name) == taught.predictions.report(name)
    await again.run_prediction()
    again.stop()
    third = await Classes(manager).of(room)
    found = third.view("follower", name)["prediction"]
    assert (found["state"], found["failed"], found["mine"]) == ("closed", INTERRUPTED, [3, 4])
    await third.run_prediction()
    await asyncio.sleep(61)
    assert third.view("leader")["prediction"]["state"] == "measured"
    last = await Classes(manager).of(room)
    assert last.predictions.outcome(leads=True) == third.predictions.outcome(leads=True)
    await last.put_prediction_away()
    await last.ask_prediction("tally.total", CURVE)
    assert last.view("leader")["prediction"]["id"] == 3, "no two have one number"


async def test_the_results_have_it_with_ones_own_beside_what_was_measured(
    manager: RoomManager, taught: Classroom
) -> None:
    one, two = taught.rights.follower_token(), taught.rights.follower_token()
    lab = await lab_of(manager, taught)
    for _ in range(10):
        await lab.engine.add()
    await taught.ask_prediction("tally.total", replace(CURVE, change="Nothing"))
    await taught.sketch(one, [10, 10])
    await taught.sketch(two, [30, 30])
    await shown(taught)
    await taught.ask_prediction("tally.total", VALUE)
    for token in (one, two):
        await taught.sketch(token, [10])
    await shown(taught)
    rows = [row for row in taught.results() if str(row[2]).startswith("prediction:")]
    curve, value = "prediction: The total (adds), 10 s; Nothing", "prediction: The total (adds), 10 s"
    assert [(row[2], row[4], row[6], row[7]) for row in rows] == [
        (curve, "measured at the end: 10 adds", "", 2),
        (curve, "measured on average: 10 adds", "", 2),
        (curve, "off by, median: 10 adds", "", 2),
        (curve, "median sketch off by: 10 adds", "", 2),
        (curve, "near", 1, 2),
        (curve, "not near", 1, 2),
        (value, "measured at the end: 10 adds", "", 2),
        (value, "off by, median: 0 adds", "", 2),
        (value, "median sketch off by: 0 adds", "", 2),
        (value, "near", 2, 2),
        (value, "not near", 0, 2),
        (value, "predicted: 10 adds", 2, 2),
    ]
    mine = report_of(taught, taught.rights.role_of(two)[1])["predictions"]
    assert [(told["mine"], told["mine_off"], told["mine_near"]) for told in mine] == [
        ([30, 30], 20, False),
        ([10], 0, True),
    ]
    assert [told["mine"] for told in report_of(taught)["predictions"]] == [None, None]
    assert all("sketches" not in told for told in mine)


async def test_it_is_gone_with_the_room(manager: RoomManager, taught: Classroom) -> None:
    room = taught.standing.room
    await taught.ask_prediction("tally.total", CURVE)
    await taught.sketch(taught.rights.follower_token(), [1, 1])
    await taught.run_prediction()
    await manager.remove(room)
    assert await manager.stores.redis.exists(predictions_key(room)) == 0
    await finished(taught)
    assert await manager.stores.redis.exists(predictions_key(room)) == 0
