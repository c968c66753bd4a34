"""What the messenger measures: messages delivered per second over several servers, their delay at half of that, none lost."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from random import Random
from typing import NamedTuple

from designs.whatsapp.config import Config
from designs.whatsapp.engine.engine import Whatsapp
from sdlab.lab import LabError, as_user
from sdlab.launcher.bench.harness import BenchStores, bench_engine, bench_stores
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

USERS, SERVERS = 2_000, 4
AT_ONCE = 256
CACHED = 2_000  # chats: all of them
SECONDS = 8.0
HALF = 0.5
LOST_OF, KILL_EACH = 100_000, 5_000
SETTLES, SEEN = 20, 4  # seconds until everything is on its devices, and until the claims have looked


def delivered(_: Subject) -> Iterator[Result]:
    """2,000 users and more connections on four processes: as fast as it goes, then at half of the bar's rate."""
    with bench_stores() as stores:
        yield from asyncio.run(_delivered(stores, SECONDS))


async def _delivered(stores: BenchStores, seconds: float) -> list[Result]:
    async with bench_engine(
        stores, "whatsapp", Whatsapp, Config(users=USERS, servers=SERVERS, cache_chats=CACHED)
    ) as engine:
        await _write(engine, 1)
        await asyncio.sleep(3)
        connections = sum(len(one.devices) for one in engine.pool.all.values())
        before, began = engine.counters.delivered.total, time.perf_counter()
        await _for(seconds, AT_ONCE, lambda number: _write(engine, number))
        rate = (engine.counters.delivered.total - before) / (time.perf_counter() - began)
        await asyncio.sleep(2)
        engine.counters.delays = type(engine.counters.delays)()
        await _paced(seconds, rate * HALF / 3, lambda number: _write(engine, number))
        await asyncio.sleep(2)
        seen = engine.counters.delays
        detail = f"{connections:,} connections on {SERVERS} processes"
        return [
            Result("messages on devices", rate, "/s", bar=5_000, at_least=True, detail=detail),
            Result(
                "send to device, p99 at half of it",
                seen.quantile(0.99),
                "ms",
                bar=200,
                detail=f"{seen.total:,} seen",
            ),
        ]


def lost(_: Subject) -> Iterator[Result]:
    """100,000 messages while servers are killed: none is missing on any device, none twice, none out of order."""
    with bench_stores() as stores:
        yield asyncio.run(_lost(stores, LOST_OF))


async def _lost(stores: BenchStores, messages: int) -> Result:
    """Counted twice: by the claims, and by how many messages each device has against how many were taken in for it."""
    async with bench_engine(stores, "whatsapp", Whatsapp, Config(users=400, servers=SERVERS)) as engine:
        waiting, due = asyncio.Semaphore(AT_ONCE), Counter[str]()

        async def one(number: int) -> None:
            async with waiting:
                if number % KILL_EACH == KILL_EACH - 1:
                    engine.kill(number // KILL_EACH)
                if sent := await _write(engine, number):
                    due.update(_devices_of(engine, sent))

        await asyncio.gather(*(one(number) for number in range(messages)))
        for _ in range(SETTLES):
            await asyncio.sleep(1)
            if not (missing := sum(max(0, n - engine.devices.all[id].got) for id, n in due.items())):
                break
        await asyncio.sleep(SEEN)
        checker = engine.checker
        lost = max(missing, checker.lost)
        wrong = lost + checker.twice + checker.disordered
        detail = (
            f"{messages:,} messages, {engine.counters.deaths} servers killed: {lost} lost, "
            f"{checker.twice} twice, {checker.disordered} out of order; {engine.counters.refused} refused"
        )
        return Result("lost, twice or out of order", wrong, "", bar=0, detail=detail)


class Written(NamedTuple):
    """A message that was taken in."""

    chat: str
    device: str


async def _write(engine: Whatsapp, number: int) -> Written | None:
    chance = Random(number)
    chat = engine.busy_chat(chance.randrange(1 << 20))
    who = engine.member(chat, chance.randrange(1 << 10))
    try:
        await as_user(who, engine.send(chat, "On my way", device=f"{who}/phone"), by_hand=False)
    except LabError:
        return None
    return Written(chat, f"{who}/phone")


def _devices_of(engine: Whatsapp, sent: Written) -> list[str]:
    """The devices on which it must arrive."""
    devices = engine.directory.devices
    found = [f"{user}/{name}" for user in engine.directory.of(sent.chat) for name in devices[user]]
    return [one for one in found if one != sent.device]


async def _for(seconds: float, at_once: int, work: Callable[[int], Awaitable[object]]) -> None:
    ends, numbers = time.perf_counter() + seconds, iter(range(1 << 30))

    async def again() -> None:
        while time.perf_counter() < ends:
            await work(next(numbers))

    await asyncio.gather(*(again() for _ in range(at_once)))


async def _paced(seconds: float, rate: float, work: Callable[[int], Awaitable[object]]) -> None:
    began, sent, tasks = time.perf_counter(), 0, set()
    while (elapsed := time.perf_counter() - began) < seconds:
        while sent < elapsed * rate:
            sent += 1
            task = asyncio.ensure_future(work(sent))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(0.002)
    await asyncio.gather(*tasks)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "whatsapp-delivered": delivered,
    "whatsapp-lost": lost,
}
