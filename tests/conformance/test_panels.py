"""Panels show what they name: what says "read" follows the store, one fact has one figure, a switch shows."""

from __future__ import annotations

from typing import Any

import pytest

from sdlab.lab import Design, Toggle
from sdlab.registry import designs
from sdlab.rooms.lab import RunningLab
from tests.conformance.watching import MakeLab, Run, held, plain, run
from tests.panels import DrawnPanel, at, figure_path, panels_of

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
SECONDS = 1.5
RATE = 60.0
# What is known to be wrong; a lab that is mended is taken out.
NOT_FOLLOWING = {
    "ticketmaster",
}
UNREAD: set[str] = set()
UNCHECKED: set[str] = set()
INVISIBLE = {
    "ticketmaster-delivery",
}
SAME_LINE = {
    "ticketmaster-delivery",
}
SQL = {"PostgreSQL": "postgres", "SQLite": "sqlite"}


async def everything_played(lab: RunningLab) -> None:
    for workload in lab.design.workloads:
        lab.start_workload(workload.id, rate=RATE, seed=11, seconds=SECONDS)
        await lab.runner.wait()
    await lab.room.clock.sleep(1)


async def keys_of(lab: RunningLab) -> list[str]:
    return [key async for key in lab.room.redis.scan_iter(match=lab.room.key("*"), count=1000)]


async def emptied(lab: RunningLab, store: str) -> None:
    """Behind the engine, what the room has in that store goes."""
    if store == "valkey":
        if keys := await keys_of(lab):
            await lab.room.redis.unlink(*keys)
    elif store == "disk":
        await lab.room.blobs.forget(f"{lab.room.id}/{lab.room.slug}/")
    else:
        await lab.room.sql.forget(lab.room.id, lab.room.slug)


@ALL
async def test_what_says_read_follows_the_store(make_lab: MakeLab, design: Design) -> None:
    lab = await make_lab(design)
    sql = SQL[lab.room.sql.engine_name]
    fresh = await plain(lab)
    await everything_played(lab)
    stuck = []
    for store in ("valkey", sql, "disk"):
        earlier = await plain(lab)
        await lab.room.clock.sleep(1)
        before = await plain(lab)
        await emptied(lab, store)
        await lab.room.clock.sleep(1)
        after = await plain(lab)
        stuck += [
            f"{panel.id} of {store}"
            for panel in panels_of(design)
            if panel.reads(store)
            and (steady := unchanged(panel.shown(earlier), panel.shown(before)))
            and not differs(steady, panel.shown(after))
            and differs(steady, panel.shown(fresh))
        ]
    held(stuck, design.slug, NOT_FOLLOWING)


def unchanged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What is the same in both, by path."""
    return {path: value for path, value in other.items() if path in one and one[path] == value}


def differs(steady: dict[str, Any], other: dict[str, Any]) -> bool:
    return any(other.get(path) != value for path, value in steady.items())


@ALL
async def test_a_store_that_holds_something_is_read_by_a_panel(make_lab: MakeLab, design: Design) -> None:
    lab = await make_lab(design)
    await everything_played(lab)
    sql = SQL[lab.room.sql.engine_name]
    holding = [
        store
        for store, holds in (("valkey", await keys_of(lab)), (sql, await lab.room.sql.rows(lab.room.id)))
        if holds
    ]
    assert holding
    unseen = [store for store in holding if not any(panel.reads(store) for panel in panels_of(design))]
    said = {one.store for panel in panels_of(design) for one in panel.sources if one.kind == "read"}
    assert not said & (set(SQL.values()) - {sql}), "a panel names a store that the room does not have"
    held(unseen, design.slug, UNREAD)


@ALL
async def test_one_fact_has_one_figure(make_lab: MakeLab, design: Design) -> None:
    told: dict[tuple[str, str], set[str]] = {}
    for panel in panels_of(design):
        for name, value, unit in panel.facts:
            if (path := figure_path(value)) is not None:
                told.setdefault((name, unit), set()).add(path)
    several = {fact: paths for fact, paths in told.items() if len(paths) > 1}
    lab = await make_lab(design)
    for workload in design.workloads:
        lab.start_workload(workload.id, rate=RATE, seed=11, seconds=1)
        await lab.runner.wait()
        snapshot = await plain(lab)
        for fact, paths in several.items():
            assert len({str(at(snapshot, path)) for path in paths}) == 1, fact


@ALL
async def test_every_claim_is_checked_under_some_traffic(make_lab: MakeLab, design: Design) -> None:
    lab = await make_lab(design)
    for workload in design.workloads:
        lab.start_workload(workload.id, rate=None, seed=11, seconds=2)
        await lab.runner.wait()
    await lab.room.clock.sleep(3)
    idle = {one.id for one in lab.invariants() if one.applies and not one.checked}
    held(idle, design.slug, UNCHECKED)


def switches() -> list[Any]:
    return [
        pytest.param(design, toggle, id=f"{design.slug}-{toggle.id}")
        for design in designs()
        for toggle in design.toggles
    ]


_runs: dict[tuple[str, str, tuple[str, ...], int], Run] = {}


async def usual(make_lab: MakeLab, design: Design, toggle: Toggle, workload: str, turn: int) -> Run:
    """With the defaults; the first and the second run of it, each done once."""
    key = (design.slug, workload, toggle.under, turn)
    if key not in _runs:
        _runs[key] = await run(make_lab, design, workload, {}, faults=toggle.under)
    return _runs[key]


def figures(panel: DrawnPanel, snapshot: Any, toggle: Toggle) -> dict[str, Any]:
    """What the panel shows without what merely says which option is chosen."""
    words = {word.lower() for one in toggle.options for word in (one.id, one.label)}
    return {
        path: value
        for path, value in panel.shown(snapshot).items()
        if not isinstance(value, bool)
        and not path.startswith("config.")
        and not (isinstance(value, str) and any(word in value.lower() for word in words))
    }


@pytest.mark.parametrize(("design", "toggle"), switches())
async def test_an_option_shows_in_the_panel_of_its_toggle_and_is_decided_at_another_line(
    make_lab: MakeLab, design: Design, toggle: Toggle
) -> None:
    name = f"{design.slug}-{toggle.id}"
    if name in INVISIBLE & SAME_LINE:
        pytest.xfail("not yet")
    panel = next(one for one in panels_of(design) if one.id == toggle.panel)
    others = {one.id for one in toggle.options if one.id != toggle.default}
    invisible = set() if name in INVISIBLE else others
    undecided = set() if name in SAME_LINE else others
    for workload in workloads_for(design, toggle):
        first, again = [await usual(make_lab, design, toggle, workload, turn) for turn in (0, 1)]
        steady = unchanged(figures(panel, first.snapshot, toggle), figures(panel, again.snapshot, toggle))
        assert steady, "two equal runs have nothing in common"
        for option in sorted(invisible | undecided):
            other = await run(make_lab, design, workload, {toggle.id: option}, faults=toggle.under)
            if differs(steady, figures(panel, other.snapshot, toggle)):
                invisible = invisible - {option}
            if other.lines - first.lines - again.lines:
                undecided = undecided - {option}
        if not invisible and not undecided:
            break
    assert not invisible, f"{panel.title} shows the same with {invisible}"
    assert not undecided, f"no other line decides with {undecided}"


def workloads_for(design: Design, toggle: Toggle) -> list[str]:
    """Traffic to tell the options apart by: first the one that the toggle names."""
    named = [toggle.breaks_under] if toggle.breaks_under else []
    return [*named, *(one.id for one in design.workloads if one.id not in named)]
