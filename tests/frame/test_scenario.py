"""Scenarios: readable, forgiving, and the same whichever way they travel."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.lab import Invalid, NotFound, Unavailable
from sdlab.lab import workload as workload_module
from sdlab.lab.scenario import Fault, Scenario, from_json, from_query
from sdlab.rooms import compare as compare_module
from sdlab.rooms import manager as manager_module
from sdlab.rooms import play as play_module
from sdlab.rooms.compare import Comparisons, Variant
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.play import apply, open_as, run, same_setting, scenario_of
from sdlab.rooms.report import Figure, Report, as_csv, as_rows, as_text, best, protected_claim, verdict
from tests.frame.toy import TOY

FULL = Scenario(
    lab="toy",
    seed=7,
    toggles={"step": "two"},
    knobs={"limit": 50},
    workload="steady",
    rate=30,
    seconds=2,
    faults=(Fault("store", "slow", 20.0), Fault("store", "flaky")),
    tab="notes",
    beat=3,
)


def test_the_address_is_readable() -> None:
    assert FULL.to_query() == (
        "seed=7&step=two&limit=50&workload=steady&rate=30&seconds=2"
        "&fault=store:slow:20&fault=store:flaky&tab=notes&beat=3"
    )
    assert Scenario(lab="toy").to_query() == ""


def test_it_comes_back_from_address_and_data() -> None:
    assert from_query(TOY, FULL.to_query()) == (FULL, [])
    assert from_json(TOY, FULL.to_json()) == (FULL, [])


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("seed=x", "seed"),
        ("seed=-1", "seed"),
        ("step=three", "step"),
        ("limit=0", "limit"),
        ("limit=1e99", "limit"),
        ("limit=nan", "limit"),
        ("workload=nothing", "workload"),
        ("rate=1e9", "rate"),
        ("fault=store", "fault"),
        ("fault=store:slow:fast", "fault"),
        ("tab=attic", "tab"),
        ("beat=1000", "beat"),
        ("color=red", "color"),
        ("x=" + "y" * 5000, "the address"),
    ],
)
def test_what_is_bad_is_left_out_with_a_notice(query: str, told: str) -> None:
    scenario, notices = from_query(TOY, f"?{query}")
    assert scenario == Scenario(lab="toy")
    assert len(notices) == 1
    assert notices[0].startswith(told)


@given(st.text(max_size=200))
def test_no_address_is_an_error(query: str) -> None:
    scenario, _ = from_query(TOY, query)
    assert from_query(TOY, scenario.to_query()) == (scenario, [])


@given(
    st.dictionaries(
        st.sampled_from(
            ["seed", "toggles", "knobs", "workload", "rate", "seconds", "faults", "tab", "beat", "x"]
        ),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_no_data_is_an_error(data: dict) -> None:
    scenario, _ = from_json(TOY, data)
    assert from_json(TOY, scenario.to_json()) == (scenario, [])


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)


async def test_a_room_becomes_what_the_scenario_says(manager: RoomManager) -> None:
    lab = await manager.lab(manager.ids.new(), "toy")
    await lab.engine.add()
    assert not same_setting(lab, FULL)
    assert await apply(lab, FULL) == []
    assert same_setting(lab, FULL)
    now = scenario_of(lab)
    assert (now.seed, now.toggles, now.knobs, now.workload, now.rate) == (
        7,
        {"step": "two"},
        {"limit": 50},
        "steady",
        30,
    )
    assert {str(fault) for fault in now.faults} == {"store:slow:20", "store:flaky:30"}
    await apply(lab, Scenario(lab="toy"))
    assert scenario_of(lab).trivial


async def test_a_fault_that_does_not_fit_is_told(manager: RoomManager) -> None:
    lab = await manager.lab(manager.ids.new(), "toy")
    notices = await apply(
        lab, Scenario(lab="toy", faults=(Fault("nobody", "down"), Fault("store", "melted")))
    )
    assert len(notices) == 2
    assert lab.engine.faults() == ()


async def test_a_headless_run_reports_and_leaves_nothing(manager: RoomManager) -> None:
    scenario = Scenario(lab="toy", workload="steady", rate=100, seconds=1, knobs={"limit": 10})
    done, notices = await run(manager, scenario)
    assert notices == []
    figures = {figure.id: figure.value for figure in done.figures}
    assert figures["throughput"] == 100
    assert figures["violations"] > 0
    assert not done.holds
    assert done.digest == TOY.workloads[0].digest(1)
    assert "BROKEN" in as_text([done])
    assert manager.open_labs == 0
    assert [key async for key in manager.stores.redis.scan_iter(match="sdlab:{*")] == []


def variants(**second: object) -> list[Variant]:
    base = {"lab": "toy", "workload": "steady", "rate": 40.0, "seed": 3}
    return [
        Variant("one", Scenario(**base)),
        Variant("two", Scenario(**{**base, "toggles": {"step": "two"}, **second})),
    ]


async def test_variants_get_the_same_operations_in_rooms_of_their_own(manager: RoomManager) -> None:
    comparisons = Comparisons(manager)
    started = await comparisons.start("r", variants(), seconds=1)
    assert started.task is not None
    await started.task
    assert started.status == "done"
    totals = [(await manager.lab(room, "toy")).snapshot().total for room in started.rooms]
    assert totals == [40, 80]
    assert len({one.digest for one in started.reports}) == 1
    rows = {row["id"]: row for row in as_rows(started.reports)}
    assert [run["value"] for run in rows["throughput"]["runs"]] == [40, 40]
    assert as_csv(started.reports).splitlines()[0] == "figure,unit,one,two"
    await comparisons.close()
    assert manager.open_labs == 0


@pytest.mark.parametrize(
    "wrong",
    [{"workload": ""}, {"seed": 4}, {"rate": 41.0}, {"workload": "other"}],
    ids=str,
)
async def test_variants_that_cannot_be_compared_are_refused(manager: RoomManager, wrong: dict) -> None:
    with pytest.raises(Invalid):
        await Comparisons(manager).start("r", variants(**wrong), seconds=1)


async def test_comparisons_are_bounded(manager: RoomManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_module, "MAX_WAITING", 1)
    comparisons = Comparisons(manager)
    with pytest.raises(Invalid):
        await comparisons.start("r", variants()[:1], seconds=1)
    with pytest.raises(Invalid):
        await comparisons.start("r", variants(), seconds=1000)
    first = await comparisons.start("r", variants(), seconds=60)
    with pytest.raises(Unavailable):
        await comparisons.start("other", variants(), seconds=1)
    await comparisons.start("r", variants(), seconds=60)
    assert first.status == "stopped"
    await comparisons.stop("r", "toy")
    with pytest.raises(NotFound):
        comparisons.find("r", "toy")
    await comparisons.close()


async def test_a_comparison_that_is_refused_says_why(manager: RoomManager) -> None:
    manager.settings.total_workload_rate = 30
    comparisons = Comparisons(manager)
    started = await comparisons.start("r", variants(), seconds=1)
    assert started.task is not None
    await started.task
    assert started.status == "failed"
    assert "at most 30 operations per second" in started.problem
    await comparisons.close()


@pytest.mark.virtual_time
async def test_variants_run_one_after_another_and_comparisons_too(manager: RoomManager) -> None:
    comparisons = Comparisons(manager)
    first = await comparisons.start("r", variants(), seconds=2)
    second = await comparisons.start("s", variants(), seconds=2)
    assert (first.status, second.status) == ("queued", "queued")
    assert (comparisons.ahead(first), comparisons.ahead(second)) == (0, 1)
    busiest = 0
    assert second.task is not None
    while not second.task.done():
        busiest = max(busiest, sum(lab.runner.running for lab in manager.running().values()))
        await manager.clock.sleep(0.05)
    assert busiest == 1
    began = [*first.began, *second.began]
    assert all(later - earlier >= 2 for earlier, later in itertools.pairwise(began))
    assert manager.open_labs == 0, "what is over does nothing in the background"
    assert [len(one.reports) for one in (first, second)] == [2, 2]
    assert len(first.lag_ms) == 2
    await comparisons.close()


@pytest.mark.virtual_time
async def test_a_variant_that_runs_long_is_not_taken_for_idle(manager: RoomManager) -> None:
    manager.settings.idle_minutes = 2 / 60
    comparisons = Comparisons(manager)
    started = await comparisons.start("r", variants(), seconds=8)
    assert started.task is not None
    while not started.task.done():
        await manager.housekeeping.sweep()
        await manager.clock.sleep(0.5)
    assert started.status == "done"
    totals = [(await manager.lab(room, "toy")).snapshot().total for room in started.rooms]
    assert totals == [320, 640]
    await comparisons.close()


@pytest.mark.virtual_time
async def test_a_run_in_which_something_was_shed_is_void(
    manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workload_module, "MAX_IN_FLIGHT", 1)
    slow = {"faults": (Fault("store", "slow", 100.0),)}
    comparisons = Comparisons(manager)
    started = await comparisons.start("r", variants(**slow), seconds=1)
    assert started.task is not None
    await started.task
    assert started.status == "void"
    assert "two: " in started.problem
    assert " of 40" in started.problem
    await comparisons.close()


@pytest.mark.virtual_time
async def test_a_variant_beside_itself_shows_no_best(manager: RoomManager) -> None:
    comparisons = Comparisons(manager)
    started = await comparisons.start("r", variants(toggles={}), seconds=1)
    assert started.task is not None
    await started.task
    assert started.status == "done"
    assert not any(run["best"] for row in as_rows(started.reports) for run in row["runs"])
    assert verdict(started.reports) == "No difference that is more than chance."
    await comparisons.close()


def test_the_row_that_answers_comes_first_and_is_said_in_words() -> None:
    broken = [
        Report(
            name,
            Scenario(lab="toy", toggles={"step": step}),
            (
                Figure("broken_other", "other", "× broken", 0),
                Figure("broken_below_limit", "Below the limit", "× broken", count),
                Figure("throughput", "throughput", "/s", 10, "more"),
            ),
            (),
            "",
        )
        for name, step, count in (("atomic", "one", 0), ("racy", "two", 6))
    ]
    assert [row["id"] for row in as_rows(broken, answer="below_limit")] == [
        "broken_below_limit",
        "throughput",
        "broken_other",
    ]
    said = verdict(broken, answer="below_limit")
    assert said == "Below the limit: atomic: 0 × broken; racy: 6 × broken."
    protecting = replace(TOY, toggles=(replace(TOY.toggles[0], protects="below_limit"),))
    assert protected_claim(protecting, broken) == "below_limit"
    assert protected_claim(protecting, broken[:1] * 2) == ""


def made(name: str, throughput: float, p50: float) -> Report:
    figures = (Figure("throughput", "", "/s", throughput, "more"), Figure("p50", "", "ms", p50))
    return Report(name, Scenario(lab="toy", toggles={"step": name}), figures, (), "")


def test_the_best_is_marked_only_where_runs_differ() -> None:
    assert best([]) == {}
    assert best([made("a", 10, 2), made("b", 12, 2)]) == {"throughput": {"b"}}
    assert best([made("a", 10, 1), made("b", 10, 2), made("c", 10, 1)]) == {"p50": {"a", "c"}}
    assert best([made("a", 10, 1), made("b", 10.1, 1.1)]) == {}, "that is how much a run varies"
    assert best([made("a", 10, 1), made("b", 10, 2)], busy=True) == {}, (
        "no time is compared on a busy machine"
    )


async def test_an_unused_room_is_opened_as_the_scenario_says_by_one_start(
    manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play_module, "design", lambda slug: TOY)
    starts: list[str] = []
    start = TOY.engine.start

    async def counted(engine: Any) -> None:
        starts.append(engine.room.id)
        await start(engine)

    monkeypatch.setattr(TOY.engine, "start", counted)
    room = manager.ids.new()
    assert await manager.rooms.unused(room)
    await manager.rooms.enter(room, "somewhere")
    assert not await manager.rooms.unused(room)
    assert await open_as(manager, room, FULL) == []
    assert same_setting(await manager.lab(room, "toy"), FULL)
    assert starts == [room]
