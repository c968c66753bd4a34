"""Faults as a harness: the judge and the table on made-up observations, and one short run for true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest
from fastapi import FastAPI

from sdlab.api import bench, problems
from sdlab.lab import SteppedClock
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.torture import report, subject
from sdlab.launcher.torture.faults import FAULTS
from sdlab.launcher.torture.harness import newly_broken, torture
from sdlab.launcher.torture.judge import judge
from sdlab.launcher.torture.load import LabLoad
from sdlab.launcher.torture.observation import LabSeen, NotHere, Observation, Usage
from sdlab.launcher.torture.proxy import Proxy
from sdlab.registry import design, designs
from sdlab.rooms.manager import RoomManager

MB = 1024 * 1024
LAB = LabSeen("toy", 0.5, acknowledged=80, lost=0, checked=900)
SEEN = Observation("kill-worker", "worker killed", (LAB,), 0.4, Usage(200 * MB, 60), Usage(210 * MB, 64))


# The judge


def test_what_came_back_and_kept_everything_has_held() -> None:
    assert judge(SEEN) == ()
    assert SEEN.recovered == 0.5


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (replace(SEEN, healthy=None), "health: did not recover"),
        (replace(SEEN, healthy=10.1), "health: recovered after 10.1 s"),
        (replace(SEEN, labs=(replace(LAB, recovered=None),)), "toy: did not recover"),
        (replace(SEEN, labs=(replace(LAB, lost=2),)), "toy: 2 of 80 acknowledged answers lost"),
        (replace(SEEN, labs=(replace(LAB, broken=("unique",)),)), "toy: broken: unique"),
        (
            replace(SEEN, labs=(replace(LAB, acknowledged=0),)),
            "toy: nothing was acknowledged, so nothing is shown",
        ),
        (replace(SEEN, healthy=None, labs=(replace(LAB, recovered=None),)), "nothing recovered"),
        (replace(SEEN, zombies=("valkey-server",)), "zombies: valkey-server"),
        (replace(SEEN, orphans=("postgres", "python")), "orphans: postgres, python"),
        (replace(SEEN, after=Usage(301 * MB, 60)), "memory 210 → 316 MB"),
        (replace(SEEN, after=Usage(200 * MB, 93)), "open files 60 → 93"),
        (replace(SEEN, trouble="no server"), "no server"),
    ],
)
def test_each_thing_that_did_not_hold_is_told(seen: Observation, told: str) -> None:
    assert judge(seen) == (told,)


def test_a_small_server_may_grow_by_its_caches() -> None:
    assert judge(replace(SEEN, before=Usage(20 * MB, 4), after=Usage(50 * MB, 30))) == ()


def test_a_slower_machine_is_given_more_time() -> None:
    assert judge(replace(SEEN, healthy=19.0, slower=2.0)) == ()
    assert judge(replace(SEEN, healthy=21.0, slower=2.0)) == ("health: recovered after 21.0 s",)


def test_recovery_is_that_of_the_last_and_none_without_one() -> None:
    late = replace(LAB, slug="late", recovered=7.0)
    assert replace(SEEN, labs=(LAB, late)).recovered == 7.0
    assert replace(SEEN, labs=(LAB, replace(late, recovered=None))).recovered is None


def test_a_write_counts_as_recovery_only_when_it_began_afterwards() -> None:
    load = LabLoad(design("top-k"), acknowledged=[(9.9, 10.1, {}), (10.2, 10.9, {}), (10.3, 10.4, {})])
    assert load.recovered(10.0) == pytest.approx(0.4)
    assert load.recovered(11.0) is None
    assert load.during(10.0, 10.5) == 2


def test_a_claim_that_was_broken_before_is_no_news_and_a_lab_opened_anew_counts_from_zero() -> None:
    def claims(*violations: int) -> list[dict[str, object]]:
        return [{"id": f"c{number}", "violations": one} for number, one in enumerate(violations)]

    before = {"c0": 0, "c1": 3, "c2": 3, "c3": 3}
    assert newly_broken(before, claims(1, 3, 0, 2)) == ("c0", "c3")


# What is chosen, and what is told


@pytest.mark.parametrize(
    ("slugs", "only", "told"),
    [(["nothing-such"], [], "no lab 'nothing-such'"), ([], ["flood"], "no fault 'flood'")],
)
def test_what_is_unknown_is_named(slugs: list[str], only: list[str], told: str) -> None:
    with pytest.raises(LauncherError, match=told):
        report.run_torture(slugs, only=only, seconds=4, results=None, write=False)


@pytest.mark.parametrize("seconds", [0.0, 1e6, float("nan")])
def test_the_length_is_bounded(seconds: float) -> None:
    with pytest.raises(LauncherError, match="--seconds"):
        report.run_torture(["top-k"], only=["nothing"], seconds=seconds, results=None, write=False)


def test_all_labs_and_all_faults_unless_some_are_named_and_those_of_a_server_in_one_go() -> None:
    assert report.chosen_labs([]) == list(designs())
    assert [one.slug for one in report.chosen_labs(["top-k", "uber", "top-k"])] == ["top-k", "uber"]
    assert report.chosen_faults(["delay", "kill-worker"]) == ["kill-worker", "delay"]
    settings = [FAULTS[name].setting for name in report.chosen_faults([])]
    assert settings == sorted(settings, key=list(subject.SETTINGS).index)


def test_a_longer_run_is_said_to_take_longer() -> None:
    short = report.estimate(["kill-worker"], 1, 2)
    assert short < report.estimate(["kill-worker"], 1, 4) < report.estimate(["stop-worker"], 1, 4)
    assert report.estimate(["kill-worker", "delay"], 3, 4) > report.estimate(["kill-worker"], 3, 4) + 10


def test_the_table_tells_what_held_what_failed_and_what_was_not_done() -> None:
    failed = replace(SEEN, title="Valkey killed", labs=(replace(LAB, recovered=None, lost=1),))
    rows = [SEEN, failed, NotHere("full-disk", "disk full", "only root may | mount")]
    made = report.table(rows, [design("top-k")], seconds=4).splitlines()[-3:]
    assert made == [
        "| worker killed | 0.5 s | 0 | 0 | 80 of 80 | 900, 0 | 210 → 220 | held |",
        "| Valkey killed | – | 0 | 0 | 79 of 80 | 900, 0 | 210 → 220 | **failed**: toy: did not recover; "
        "toy: 1 of 80 acknowledged answers lost |",
        "| disk full | | | | | | | not here: only root may / mount |",
    ]
    assert report.line(rows[2]) == "full-disk            not here: only root may | mount"
    assert "- toy: did not recover" in report.line(failed)


def test_the_table_replaces_what_stood_between_its_marks_and_nothing_else() -> None:
    document = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    made = report.with_table(document, "new\n")
    assert made == f"before\n{report.BEGIN}\nnew\n{report.END}\nafter\n"
    with pytest.raises(LauncherError, match="torture: begin"):
        report.with_table("no marks", "new\n")


def test_the_document_has_a_place_for_the_table() -> None:
    document = report.DOCUMENT.read_text(encoding="utf-8")
    assert document.count(report.BEGIN) == document.count(report.END) == 1


async def test_what_cannot_be_done_here_is_said_and_not_skipped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(subject.os, "geteuid", lambda: 1000)
    rows = [row async for row in torture([design("top-k")], ["full-disk"], seconds=1, folder=tmp_path)]
    title = FAULTS["full-disk"].title
    assert rows == [NotHere("full-disk", title, "only root may mount a small disk")]


# The line that can be hurt


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Proxy]:
    """A proxy before a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_unix_server(echo, str(tmp_path / "echo"))
    proxy = Proxy(tmp_path / "echo")
    await proxy.open()
    yield proxy
    await proxy.close()
    server.close()


async def test_a_line_delays_keeps_back_cuts_and_refuses(line: Proxy) -> None:
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(b"one")
    assert await reader.readexactly(3) == b"one"
    line.delay = 0.05
    began = loop.time()
    writer.write(b"two")
    assert await reader.readexactly(3) == b"two"
    assert loop.time() - began >= 0.1
    line.silence()
    writer.write(b"three")
    waiting = asyncio.ensure_future(reader.readexactly(5))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done
    line.pass_on()
    assert await waiting == b"three"
    await line.cut(refuse=True)
    with pytest.raises((OSError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    with pytest.raises((OSError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()


async def test_what_is_lost_comes_a_retransmission_later_and_in_order(line: Proxy) -> None:
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    line.loss = 1.0
    began = loop.time()
    writer.write(b"a")
    await asyncio.sleep(0)
    writer.write(b"b")
    assert await reader.readexactly(2) == b"ab"
    assert loop.time() - began >= 0.4
    writer.close()


# What the server offers for it


@pytest.fixture
async def calls(manager: RoomManager) -> AsyncIterator[httpx.AsyncClient]:
    """The API of a server that was started to be measured."""
    api = FastAPI()
    problems.install(api)
    api.include_router(bench.router)
    transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_operations_by_number_are_acknowledged_and_honoured(calls: httpx.AsyncClient) -> None:
    workload = design("url-shortener").workloads[0].id
    path = "/api/bench/labs/url-shortener"
    body = {"workload": workload, "seed": 1, "number": 0}
    answers = [
        (await calls.post(f"{path}/perform", json={**body, "number": number})).json() for number in range(5)
    ]
    kept = await calls.post(f"{path}/honours", json={"answers": answers})
    assert kept.json() == [True] * 5
    if not answers[0].get("code"):
        raise AssertionError(answers[0])
    assert (
        await calls.post(f"{path}/honours", json={"answers": [{**answers[0], "code": "none"}]})
    ).json() == [False]
    for bad in ({**body, "number": bench.OPERATIONS}, {**body, "number": -1}, {**body, "more": 1}):
        assert (await calls.post(f"{path}/perform", json=bad)).status_code == 422


async def test_the_machines_own_clock_cannot_be_stepped(
    calls: httpx.AsyncClient, manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await calls.post("/api/bench/clock", json={"ahead": 60})).status_code == 422
    stepped = SteppedClock()
    monkeypatch.setattr(manager, "clock", stepped)
    before = stepped.time(), stepped.monotonic()
    assert (await calls.post("/api/bench/clock", json={"ahead": -3600})).json() == {"ahead": -3600}
    assert stepped.time() < before[0] - 3500
    assert stepped.monotonic() >= before[1]
    assert (await calls.post("/api/bench/clock", json={"ahead": 1e12})).status_code == 422


# For true


def test_a_killed_worker_is_replaced_and_nothing_is_left(tmp_path: Path) -> None:
    async def run() -> list[object]:
        return [row async for row in torture([design("top-k")], ["kill-worker"], seconds=1, folder=tmp_path)]

    (row,) = asyncio.run(run())
    assert isinstance(row, Observation)
    assert judge(row) == ()
    assert row.labs[0].acknowledged > 10
    mark = str(tmp_path)
    assert not [
        one for one in psutil.process_iter(["cmdline"]) if mark in " ".join(one.info["cmdline"] or ())
    ]
