"""A process as an engine has it: begun when there is work, mourned and begun anew, gone with its node or its room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

import psutil
import pytest

from sdlab.lab import DOWN, PAUSED, EngineContext, FaultSpec, NodeSpec
from sdlab.parts.bell import Bell
from sdlab.parts.driven_process import RETRY_S, DrivenProcess, stores_of
from sdlab.parts.worker_process import WorkerProcess
from tests.conftest import MakeRoom
from tests.machine import budget

NODE = NodeSpec(
    "hand",
    "A hand",
    "worker",
    1,
    faults=(DOWN, PAUSED, FaultSpec("stopped", "stopped", "sleeps at its work")),
)


class Counting(DrivenProcess[None]):
    """Counts once for each ring; `fails` makes the next turn fail in its process."""

    program = "tests.parts.hands:counter"

    def __init__(self, context: EngineContext[None]) -> None:
        super().__init__(context, NODE.id)
        self.work, self.done = Bell(), Bell()
        self.owns: list[int] = []
        self.deaths = 0
        self.fails, self.failed = False, asyncio.Event()
        self._heard = 0

    async def wanted(self) -> None:
        self._heard = await self.work.beyond(self._heard)

    def setup(self) -> Mapping[str, Any]:
        return {"redis": stores_of(self.context.room)["redis"], "key": self.context.room.key("count")}

    async def turn(self, process: WorkerProcess) -> None:
        if self.fails:
            self.fails = False
            self.failed.set()
            await process.ask("wrong")
        self.owns.append((await process.ask("count"))["own"])
        self.done.ring()

    def died(self) -> None:
        self.deaths += 1
        self.work.ring()  # what it had in its hand is to be done again

    async def counts(self) -> int:
        """What its process has counted in its memory after one more turn."""
        heard = self.done.rings
        self.work.ring()
        async with asyncio.timeout(budget(10)):
            await self.done.beyond(heard)
        return self.owns[-1]


@pytest.fixture
async def hand(make_room: MakeRoom) -> AsyncIterator[Counting]:
    context = EngineContext(await make_room("driven-test"), None)
    context.lay_out([NODE])
    one = Counting(context)
    running = asyncio.create_task(one.run())
    yield one
    pid = one.process.pid if one.process else 0
    await one.close()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert one.process is None
    assert not pid or not psutil.pid_exists(pid)


async def test_it_is_begun_when_there_is_work_and_keeps_its_process(hand: Counting) -> None:
    hand.sync()
    assert hand.up
    assert hand.process is None
    assert not hand.alive
    assert [await hand.counts() for _ in range(3)] == [1, 2, 3]
    assert hand.alive


async def test_whoever_is_killed_at_work_is_mourned_and_another_begins(hand: Counting) -> None:
    hand.sync()
    await hand.counts()
    assert hand.process is not None
    hand.process.kill()
    assert await hand.counts() == 1
    assert hand.deaths == 1
    assert len(hand.deaths_at) == 1


async def test_nothing_works_while_its_node_is_down(hand: Counting) -> None:
    hand.sync()
    await hand.counts()
    process, node = hand.process, hand.context.node(NODE.id)
    assert process is not None
    node.set_fault("down")
    hand.sync()
    await asyncio.wait_for(process.ended.wait(), budget(5))
    assert not hand.up
    node.clear_fault("down")
    hand.sync()
    assert await hand.counts() == 1


async def test_it_is_stopped_while_its_node_is_paused_or_as_its_fault_says(hand: Counting) -> None:
    hand.sync()
    await hand.counts()
    process, node = hand.process, hand.context.node(NODE.id)
    assert process is not None
    node.set_fault("paused")
    hand.sync()
    assert hand.stopped
    assert process.paused
    node.clear_fault()
    hand.sync()
    assert not process.paused
    node.set_fault("stopped")
    hand.sync()
    assert hand.stopped
    assert not process.paused  # it is stopped at its work, by itself
    process.pause()
    hand.sync()
    assert process.paused
    node.clear_fault()
    hand.sync()
    assert await hand.counts() == 2


async def test_a_failure_ends_a_turn_and_not_the_process(hand: Counting) -> None:
    hand.sync()
    await hand.counts()
    hand.fails = True
    began = hand.context.clock.monotonic()
    hand.work.ring()
    await asyncio.wait_for(hand.failed.wait(), budget(5))
    assert await hand.counts() == 2
    assert hand.context.clock.monotonic() - began >= RETRY_S
    assert hand.deaths == 0


async def test_it_retires_when_the_plan_has_it_no_more(hand: Counting) -> None:
    hand.sync()
    await hand.counts()
    process = hand.process
    assert process is not None
    await hand.retire()
    assert not process.ended.is_set()
    hand.context.lay_out([])
    hand.sync()
    await hand.retire()
    assert process.ended.is_set()
    assert not hand.up


async def test_after_its_end_nothing_is_begun(hand: Counting) -> None:
    hand.sync()
    await hand.counts()
    hand.end()
    hand.sync()
    assert not hand.up
