"""Panels show what they name: what says "read" follows the store, one fact has one figure, a switch shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sdlab.lab import Design, Toggle
from sdlab.registry import designs
from sdlab.rooms.lab import RunningLab
from tests.conformance.watching import AFTERWARDS, MakeLab, Run, brisk, held, plain, run
from tests.conformance.watching import SECONDS as SECONDS_OF_A_RUN
from tests.panels import DrawnPanel, at, figure_path, panels_of

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
SECONDS = 1.5
RATE = 40.0
MOMENTS = 8  # at which a panel may show that it follows its store
# What is known to be wrong; a lab that is mended is taken out.
NOT_FOLLOWING: set[str] = set()
NOT_YET: set[str] = set()
BRIEF, BRIEFLY_AFTERWARDS = 0.8, 0.4
SQL = {"PostgreSQL": "postgres", "SQLite": "sqlite"}


@dataclass(frozen=True)
class Traffic:
    """A workload, at its own rate or at another, and how long it is played and looked at."""

    workload: str
    rate: float | None = None
    seconds: float = SECONDS_OF_A_RUN
    afterwards: float = AFTERWARDS

    async def run(self, make_lab: MakeLab, design: Design, toggle: Toggle, option: str | None = None) -> Run:
        """A run under the faults of the toggle, with that option or with the defaults."""
        return await run(
            make_lab,
            design,
            self.workload,
            {} if option is None else {toggle.id: option},
            rate=self.rate,
            seconds=self.seconds,
            afterwards=self.afterwards,
            faults=toggle.under,
        )


Runs = dict[tuple[Traffic, tuple[str, ...], int], Run]


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
async def test_what_says_read_follows_the_store_and_one_fact_has_one_figure(
    make_lab: MakeLab, subtests: pytest.Subtests, design: Design
) -> None:
    lab = await make_lab(design)
    sql = SQL[lab.room.sql.engine_name]
    fresh = await plain(lab)
    several = told_twice(design)
    for workload in design.workloads:
        lab.start_workload(workload.id, rate=brisk(workload, RATE), seed=11, seconds=SECONDS)
        await lab.runner.wait()
        snapshot = await plain(lab)
        for fact, paths in several.items():
            with subtests.test(fact=fact, workload=workload.id):
                assert len({str(at(snapshot, path)) for path in paths}) == 1
    await lab.room.clock.sleep(1)
    with subtests.test("a store that holds something is read by a panel"):
        await holds_what_is_read(lab, sql)
    stuck = await unmoved(lab, sql, fresh)
    for _ in range(MOMENTS - 1):  # at that moment there was perhaps nothing to be read, an open offer say
        if stuck:
            first = design.workloads[0]
            lab.start_workload(first.id, rate=brisk(first, RATE), seed=11, seconds=SECONDS)
            await lab.room.clock.sleep(SECONDS)
            stuck &= await unmoved(lab, sql, fresh)
    held(stuck, design.slug, NOT_FOLLOWING)


async def unmoved(lab: RunningLab, sql: str, fresh: dict[str, Any]) -> set[str]:
    """Panels that say they read a store, and show the same once it is empty."""
    stuck = set()
    for store in ("valkey", sql, "disk"):
        stuck |= await unmoved_of(lab, store, fresh)
    return stuck


async def unmoved_of(lab: RunningLab, store: str, fresh: dict[str, Any]) -> set[str]:
    earlier = await plain(lab)
    await lab.room.clock.sleep(1)
    before = await plain(lab)
    await emptied(lab, store)
    await lab.room.clock.sleep(1)
    after = await plain(lab)
    return {
        f"{panel.id} of {store}"
        for panel in panels_of(lab.design)
        if panel.reads(store)
        and (steady := unchanged(panel.shown(earlier), panel.shown(before)))
        and not differs(steady, panel.shown(after))
        and differs(steady, panel.shown(fresh))
    }


async def holds_what_is_read(lab: RunningLab, sql: str) -> None:
    holding = [
        store
        for store, holds in (("valkey", await keys_of(lab)), (sql, await lab.room.sql.rows(lab.room.id)))
        if holds
    ]
    assert holding
    panels = panels_of(lab.design)
    unseen = [store for store in holding if not any(panel.reads(store) for panel in panels)]
    said = {one.store for panel in panels for one in panel.sources if one.kind == "read"}
    assert not said & (set(SQL.values()) - {sql}), "a panel names a store that the room does not have"
    assert not unseen


def told_twice(design: Design) -> dict[tuple[str, str], set[str]]:
    """Facts of one name and unit that stand in several places, with the paths of their figures."""
    told: dict[tuple[str, str], set[str]] = {}
    for panel in panels_of(design):
        for name, value, unit in panel.facts:
            if (path := figure_path(value)) is not None:
                told.setdefault((name, unit), set()).add(path)
    return {fact: paths for fact, paths in told.items() if len(paths) > 1}


def unchanged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What is the same in both, by path."""
    return {path: value for path, value in other.items() if path in one and one[path] == value}


def differs(steady: dict[str, Any], other: dict[str, Any]) -> bool:
    return any(other.get(path) != value for path, value in steady.items())


async def usual(
    make_lab: MakeLab, design: Design, toggle: Toggle, traffic: Traffic, turn: int, runs: Runs
) -> Run:
    """With the defaults; the first and the second run of it, each done once."""
    key = (traffic, toggle.under, turn)
    if key not in runs:
        runs[key] = await traffic.run(make_lab, design, toggle)
    return runs[key]


def lines_of(runs: Runs, workload: str, under: tuple[str, ...]) -> set[str]:
    """Where anything was decided with the defaults so far, in that traffic, however much of it."""
    return {
        line
        for (traffic, faults, _), one in runs.items()
        if (traffic.workload, faults) == (workload, under)
        for line in one.lines
    }


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


@ALL
async def test_an_option_shows_in_the_panel_of_its_toggle_and_is_decided_at_another_line(
    make_lab: MakeLab, subtests: pytest.Subtests, design: Design
) -> None:
    runs: Runs = {}
    for toggle in design.toggles:
        with subtests.test(toggle=toggle.id):
            if f"{design.slug}-{toggle.id}" in NOT_YET:
                pytest.xfail("not yet")
            await tells_its_options_apart(make_lab, design, toggle, runs)


async def tells_its_options_apart(make_lab: MakeLab, design: Design, toggle: Toggle, runs: Runs) -> None:
    panel = next(one for one in panels_of(design) if one.id == toggle.panel)
    invisible = undecided = {one.id for one in toggle.options if one.id != toggle.default}
    for traffic in traffic_for(design, toggle):
        first, again = [await usual(make_lab, design, toggle, traffic, turn, runs) for turn in (0, 1)]
        usually = lines_of(runs, traffic.workload, toggle.under)
        steady = unchanged(figures(panel, first.snapshot, toggle), figures(panel, again.snapshot, toggle))
        assert steady, "two equal runs have nothing in common"
        for option in sorted(invisible | undecided):
            other = await traffic.run(make_lab, design, toggle, option)
            if differs(steady, figures(panel, other.snapshot, toggle)):
                invisible = invisible - {option}
            if other.lines - usually:
                undecided = undecided - {option}
        if not invisible and not undecided:
            break
    assert not invisible, f"{panel.title} shows the same with {invisible}"
    assert not undecided, f"no other line decides with {undecided}"


def traffic_for(design: Design, toggle: Toggle) -> list[Traffic]:
    """Traffic to tell the options apart by: a little of the one that the toggle names, then each at its own rate.

    Most options show at once; for those that do not there is more, and longer.
    """
    named = design.workload(toggle.traffic)
    others = [one.id for one in design.workloads if one is not named]
    little = [Traffic(named.id, RATE)] if named.rate > RATE else []
    brief = Traffic(named.id, min(RATE, named.rate), BRIEF, BRIEFLY_AFTERWARDS)
    return [brief, *little, *map(Traffic, [named.id, *others])]
