"""Workers in processes of their own: they answer, are killed and stopped for real, and never stay behind."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from sdlab.lab import Room
from sdlab.parts import worker_process
from sdlab.parts.worker_process import ROOT, WorkerFailed, WorkerGone, WorkerProcess, address_of
from tests.conftest import MakeRoom
from tests.machine import budget

COUNTER = "tests.parts.hands:counter"
Made = Callable[..., Awaitable[WorkerProcess]]


@pytest.fixture
async def room(make_room: MakeRoom) -> Room:
    return await make_room("worker-test")


@pytest.fixture
async def made(room: Room) -> AsyncIterator[Made]:
    """Starts counters, and ends them."""
    workers: list[WorkerProcess] = []

    async def make(**hears: Any) -> WorkerProcess:
        worker = WorkerProcess(f"counter {len(workers)}", COUNTER, hears=hears)
        workers.append(worker)
        await worker.start(redis=address_of(room.redis), key=room.key("count"))
        return worker

    yield make
    for worker in workers:
        await worker.close()
        assert worker.state == "gone"
        assert not psutil.pid_exists(worker.pid)


async def test_a_worker_has_a_process_and_a_memory_of_its_own(made: Made, room: Room) -> None:
    one, two = await made(), await made()
    assert await one.ask("count", by=2) == {"own": 2, "all": 2, "pid": one.pid}
    assert await two.ask("count") == {"own": 1, "all": 3, "pid": two.pid}
    assert one.pid != two.pid
    assert one.state == two.state == "running"
    assert psutil.Process(one.pid).name() == "counter 0"


async def test_what_it_asks_is_answered_by_who_started_it(made: Made) -> None:
    async def said(what: str) -> str:
        return f"I heard {what}"

    worker = await made(said=said)
    assert await worker.ask("relay", what="a song") == "I heard a song"


async def test_a_failure_is_told_and_work_goes_on(made: Made) -> None:
    worker = await made()
    with pytest.raises(WorkerFailed, match="wrong: KeyError: 'nothing'"):
        await worker.ask("wrong")
    with pytest.raises(WorkerFailed, match="KeyError"):
        await worker.ask("what it never learned")
    assert (await worker.ask("count"))["own"] == 1


async def test_who_is_killed_forgets_and_may_be_started_again(made: Made, room: Room) -> None:
    worker = await made()
    await worker.ask("count")
    worker.kill()
    await asyncio.wait_for(worker.ended.wait(), budget(5))
    assert worker.state == "gone"
    with pytest.raises(WorkerGone):
        await worker.ask("count")
    await worker.start(redis=address_of(room.redis), key=room.key("count"))
    assert await worker.ask("count") == {"own": 1, "all": 2, "pid": worker.pid}


async def test_who_waits_for_one_that_is_killed_is_told(made: Made) -> None:
    held = asyncio.Event()

    async def said(what: str) -> None:
        held.set()
        await asyncio.Event().wait()

    worker = await made(said=said)
    asked = asyncio.create_task(worker.ask("relay", what="wait"))
    await held.wait()
    worker.kill()
    with pytest.raises(WorkerGone):
        await asyncio.wait_for(asked, budget(5))


async def test_who_is_stopped_does_nothing_until_it_goes_on(made: Made, room: Room) -> None:
    worker = await made()
    worker.pause()
    async with asyncio.timeout(budget(5)):
        while worker.state != "paused":  # noqa: ASYNC110 - a stop arrives when the process would run next
            await asyncio.sleep(0)
    asked = asyncio.create_task(worker.ask("count"))
    other = await made()
    await other.ask("count")
    assert not asked.done()
    worker.resume()
    assert (await asyncio.wait_for(asked, budget(5)))["all"] == 2
    assert worker.state == "running"


async def test_who_is_stopped_can_be_killed(made: Made) -> None:
    worker = await made()
    worker.pause()
    await asyncio.wait_for(worker.close(), budget(5))


async def test_who_gives_up_while_one_starts_takes_nobody_along(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a room that closes meanwhile nothing is left, and the workers of the others go on."""
    other = await made()
    may, ended, forked = threading.Event(), threading.Event(), list[int]()
    fork = worker_process._nursery.fork

    def later(*asked: Any) -> int:
        may.wait(5)
        try:
            forked.append(fork(*asked))
        finally:
            ended.set()
        return forked[0]

    monkeypatch.setattr(worker_process._nursery, "fork", later)
    starting = asyncio.create_task(WorkerProcess("given up", COUNTER).start())
    await asyncio.sleep(0.05)
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting
    may.set()
    await asyncio.to_thread(ended.wait, 5)
    assert not await asyncio.to_thread(_there_after, forked[0], 5)
    assert other.state == "running"


async def test_one_that_cannot_begin_is_gone(room: Room) -> None:
    worker = WorkerProcess("fails", COUNTER)
    with pytest.raises(WorkerFailed, match="as it was told"):
        await worker.start(redis=address_of(room.redis), key=room.key("count"), fails=True)
    assert worker.state == "gone"
    missing = WorkerProcess("missing", "tests.parts.nowhere:counter")
    with pytest.raises(WorkerFailed, match="cannot load"):
        await missing.start()
    assert missing.state == "gone"


@pytest.mark.virtual_time
async def test_time_stands_still_while_it_works_and_passes_while_it_is_stopped(made: Made) -> None:
    loop = asyncio.get_running_loop()
    worker = await made()
    before = loop.time()
    for _ in range(20):
        await worker.ask("count")
    assert loop.time() - before < 0.01
    worker.pause()
    asked = asyncio.create_task(worker.ask("count"))
    await asyncio.sleep(3600)
    assert not asked.done()
    worker.resume()
    assert (await asked)["own"] == 21
    worker.kill()
    await worker.ended.wait()
    assert loop.time() - before < 3601


ORPHANS = """
import asyncio, os, sys
from sdlab.parts.worker_process import WorkerProcess
async def main():
    workers = [WorkerProcess(f"w{n}", "tests.parts.hands:counter") for n in range(2)]
    for worker in workers:
        await worker.start(redis="unix:///nowhere", key="k")
    workers[0].pause()
    print(*(worker.pid for worker in workers), flush=True)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a stopped orphan is ended by Linux alone")
def test_workers_end_with_a_server_that_is_killed_also_those_that_are_stopped() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ORPHANS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2, done.stderr
    deadline = time.monotonic() + budget(10)
    while any(_there(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker outlives its server"
        time.sleep(0.02)


def _there(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _there_after(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while _there(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return _there(pid)


@pytest.mark.virtual_time
async def test_time_passes_while_it_waits_for_an_answer_of_ours(made: Made) -> None:
    async def said(what: str) -> str:
        await asyncio.sleep(60)
        return what

    loop = asyncio.get_running_loop()
    worker = await made(said=said)
    before, real = loop.time(), time.monotonic()
    assert await worker.ask("relay", what="later") == "later"
    assert loop.time() - before >= 60
    assert time.monotonic() - real < budget(3)


def test_a_question_that_waits_for_us_in_another_way_keeps_nobody_busy() -> None:
    worker = WorkerProcess("one", "nobody:make")
    worker._peer = SimpleNamespace(waiting=2, answering=0)  # type: ignore[assignment]
    assert worker.busy
    with worker.served():
        assert worker.busy
        with worker.served():
            assert not worker.busy
    assert worker.busy
