"""Processes are really killed and stopped: with leases no page is lost and none is stored twice."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from designs.web_crawler.engine.fetchers import Fetcher
from sdlab.lab import as_user
from sdlab.parts.worker_process import WorkerProcess
from tests.designs.web_crawler.conftest import Make, broken, done, play

pytestmark = pytest.mark.virtual_time
SMALL = ["http://quiet-river.test/", "http://north-gate.test/", "http://stone-bridge.test/"]


@pytest.mark.parametrize(
    "fault",
    [
        ("fetcher-1", "midway"),
        ("fetcher-1", "before"),
        ("fetcher-1", "down"),
        ("fetcher-1", "paused"),
        ("extractor-1", "midway"),
        ("web", "busy"),
    ],
)
async def test_whoever_dies_every_page_is_stored_once(crawler: Make, fault: tuple[str, str]) -> None:
    engine = await crawler(delay_ms=200, tries=8)
    await as_user("ann", engine.start_crawl(SMALL, max_depth=2, max_pages=60))
    await engine.clock.sleep(1)
    await engine.set_fault(*fault)
    await engine.clock.sleep(5)
    await engine.clear_fault()
    await done(engine)
    assert broken(engine) == {}
    assert engine.checker.lost == engine.checker.twice == 0
    await engine.refresh_looks(now=True)
    states = engine.reader.rows.last.states
    assert states["queued"] == states["fetched"] == 0
    assert states["stored"] > 20


@pytest.mark.parametrize(
    ("config", "faults", "workload", "claim"),
    [
        ({"politeness": "off"}, (), "strict", "polite"),
        ({"lease": "forget"}, (("fetcher-1", "midway"),), "seeds", "stored"),
        ({"seen": "memory"}, (("seen", "restarts"),), "seeds", "stored"),
        ({"robots": "ignore"}, (), "forbidden", "robots"),
        ({"guard": "off"}, (), "calendar", "ends"),
    ],
)
async def test_without_the_safeguard_it_breaks_within_five_seconds(
    crawler: Make, config: dict[str, object], faults: tuple[tuple[str, str], ...], workload: str, claim: str
) -> None:
    engine = await crawler(**config)
    for fault in faults:
        await engine.set_fault(*fault)
    await play(engine, workload, rate=12 if workload != "calendar" else 3, seconds=3)
    assert broken(engine).get(claim, 0) > 0


async def test_a_fetcher_that_was_stopped_past_its_lease_asks_nobody(
    crawler: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped with all that it took, right before it asks, and woken as another has its hosts."""
    may_die, stopped, woken = Fetcher._may_die, asyncio.Event(), list[asyncio.Task[None]]()

    async def stop_once(self: Fetcher, process: WorkerProcess, when: str) -> None:
        if when == "before" and self.id == "fetcher-1" and not stopped.is_set():
            stopped.set()
            process.pause()
            woken.append(asyncio.create_task(wake(process)))
        await may_die(self, process, when)

    async def wake(process: WorkerProcess) -> None:
        await engine.clock.sleep(5)
        process.resume()

    engine = await crawler(delay_ms=200, tries=8)
    monkeypatch.setattr(Fetcher, "_may_die", stop_once)
    await as_user("ann", engine.start_crawl(SMALL, max_depth=2, max_pages=60))
    await stopped.wait()
    await done(engine)
    assert engine.counters.stale > 0
    assert broken(engine) == {}
    assert engine.checker.early == engine.checker.lost == engine.checker.twice == 0


async def test_a_crawl_that_is_paused_goes_on_where_it_was(crawler: Make) -> None:
    engine = await crawler(delay_ms=200)
    found = await as_user("ann", engine.start_crawl(SMALL, max_depth=2, max_pages=60))
    await engine.clock.sleep(1)
    await as_user("ann", engine.pause(found.crawl.id))
    while any(
        one.hand for one in engine.fetchers
    ):  # what is under way is finished: the slowest host takes seconds
        await engine.clock.sleep(0.1)
    before = engine.counters.fetches
    await engine.clock.sleep(5)
    assert engine.counters.fetches == before
    await as_user("ann", engine.resume(found.crawl.id))
    await done(engine)
    assert engine.counters.fetches > before
    assert broken(engine) == {}


async def test_a_crawl_whose_first_address_is_on_its_way_does_not_end(crawler: Make) -> None:
    engine = await crawler(delay_ms=200)
    crawl = await engine.crawls.insert("ann", SMALL, 1, 30, "slowly-begun")
    with engine.crawls.filling(crawl):
        await engine.clock.sleep(3)
        assert crawl.number in engine.crawls.open_ones
    await engine.clock.sleep(3)
    assert crawl.number not in engine.crawls.open_ones


async def test_a_second_crawl_asks_whether_pages_have_changed(crawler: Make) -> None:
    engine = await crawler(delay_ms=200)
    seeds = SMALL[:1]
    await as_user("ann", engine.start_crawl(seeds, max_depth=1, max_pages=30))
    await done(engine)
    first = engine.counters.read
    assert engine.counters.unchanged == 0
    await as_user("ann", engine.start_crawl(seeds, max_depth=1, max_pages=30))
    await done(engine)
    assert engine.counters.unchanged == first
    assert engine.counters.read == 2 * first
    assert broken(engine) == {}


@pytest.mark.parametrize(("stages", "again"), [("two", 0), ("one", 1)])
async def test_after_a_bug_pages_are_read_again_or_fetched_again(
    crawler: Make, stages: str, again: int
) -> None:
    engine = await crawler(delay_ms=200, stages=stages)
    await engine.set_fault("extractor-1", "bug", 3.0)
    await as_user("ann", engine.start_crawl(SMALL, max_depth=1, max_pages=40))
    await engine.clock.sleep(4)
    await engine.clear_fault()
    await done(engine)
    await engine.refresh_looks(now=True)
    assert engine.reader.rows.last.buggy == 0
    assert bool(engine.counters.refetched) == bool(again)
    assert engine.counters.read_again > 0


async def test_processes_start_at_first_need_and_end_with_the_room(crawler: Make) -> None:
    engine = await crawler()
    driven = (*engine.fetchers, *engine.extractors)
    await engine.clock.sleep(5)
    assert all(one.process is None for one in driven)
    assert engine.web.process is None
    await as_user("ann", engine.start_crawl(SMALL, max_depth=0))
    await engine.clock.sleep(3)
    pids = [one.process.pid for one in driven if one.process is not None]
    assert engine.web.process is not None
    pids.append(engine.web.process.pid)
    assert len(pids) == 4
    assert all(map(_works, pids))
    await engine.close()
    assert not any(map(_works, pids))


def _works(pid: int) -> bool:
    """Whether there is a process of that number that is not about to be gone."""
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False
