"""An event loop whose time passes only while nobody has anything to do: three seconds of a lab cost its work.

As in trio's MockClock with `autojump_threshold`: when every task waits, the time becomes the
next one that somebody waits for. While a store works for somebody the time stands still, so that
neither a busy machine nor a slow disk looks like a slow system. So it does while a worker's process is at something.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import weakref
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest
from psycopg import AsyncConnection
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline, PubSub

from sdlab.parts.worker_process import WorkerProcess
from sdlab.stores.blobs import Blobs
from sdlab.stores.sql import Sql
from tests.machine import budget

START = 1_800_000_000.0
TURN = 1e-6  # seconds that a turn of the loop takes, for whoever waits by turning
LOCKED = 0.05  # real seconds that PostgreSQL may be silent at its work; longer, it waits for a lock of somebody who sleeps
ANSWERED_AFTER = 0.004  # seconds that an answer of a store is on its way: others act, or crash, meanwhile
SILENT = 5.0  # real seconds without a sign of life, after which the silence itself is what is waited for
# These wait inside the store, for somebody else's work or for nobody's: time passes meanwhile.
WAITING = frozenset(
    {"XREAD", "XREADGROUP", "BLPOP", "BRPOP", "BLMOVE", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "WAIT"}
)

STORES: dict[type, tuple[str, ...]] = {
    Redis: ("execute_command",),
    Pipeline: ("execute", "immediate_execute_command"),
    Sql: ("_ask",),
    Blobs: ("put", "get", "delete", "names"),
}


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs tasks as any loop does; `time()` goes on by itself to the next deadline."""

    def __init__(self) -> None:
        self.now = 0.0
        self.busy = 0
        self.in_postgres = 0
        self.barrier: Callable[[], None] | None = None
        self.told = False  # whether a store was told anything since the barrier
        self.waits_for_news = 0
        self.listeners: weakref.WeakSet[PubSub] = weakref.WeakSet()
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.now

    @property
    def news_may_come(self) -> bool:
        """Whether somebody listens to Redis, and somebody may have told it what there is to be heard."""
        if not (self.told or WorkerProcess.at_work):
            return False
        return bool(self.waits_for_news or any(one.connection is not None for one in self.listeners))

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        future = super().run_in_executor(executor, func, *args)
        self.busy += 1
        future.add_done_callback(self._done)
        return future

    async def shutdown_default_executor(self, *arguments: Any) -> None:
        self.busy += 1
        try:
            await super().shutdown_default_executor(*arguments)
        finally:
            self.busy -= 1

    def _done(self, _: object) -> None:
        self.busy -= 1


class _Selector(selectors.DefaultSelector):  # type: ignore[valid-type,misc]
    """Waits for the world only while the world has something to do for the loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        loop = self._loop
        loop.now += TURN
        if timeout is not None and timeout <= 0:
            return super().select(0)
        workers = WorkerProcess.at_work
        working = loop.busy or (workers and any(worker.busy for worker in workers))
        if timeout is not None and not working and (ready := super().select(0)):
            return ready
        if working or timeout is None:
            ready = super().select(budget(SILENT))
        else:
            if loop.in_postgres:
                ready = super().select(budget(LOCKED))
            if not ready and loop.barrier is not None and loop.news_may_come:
                loop.told = False
                loop.barrier()
                ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everybody waits, and nobody will ever wake them")
            loop.now += timeout
        return ready


class VirtualClock:
    """The time of a `VirtualLoop`, as engines and what they have threads do ask for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def time(self) -> float:
        return START + self.monotonic()

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@contextmanager
def listened_to(redis: Redis) -> Iterator[None]:
    """With virtual time, wait for what that Redis tells those who listen to it before time goes on.

    Such news comes without having been asked for, to whoever waits in the store or has subscribed. The
    store does one thing after the other, so that its answer to a ping comes after all news of what was done
    before.
    """
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        yield
        return
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(redis.connection_pool.connection_kwargs["path"])

        def ping() -> None:
            line.sendall(b"PING\r\n")
            while not line.recv(64).endswith(b"\n"):
                pass

        loop.barrier = ping
        try:
            yield
        finally:
            loop.barrier = None


def count_store_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on time stands still while Redis or SQL works for somebody."""
    for owner, names in STORES.items():
        for name in names:
            monkeypatch.setattr(owner, name, _counted(getattr(owner, name)))
    monkeypatch.setattr(PubSub, "execute_command", _subscribing(PubSub.execute_command))
    monkeypatch.setattr(AsyncConnection, "wait", _in_postgres(AsyncConnection.wait))
    called = AsyncConnection.connect.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(AsyncConnection, "connect", classmethod(_counted(called)))


def _in_postgres(wait: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Everything that a connection does goes through its `wait`."""

    @wraps(wait)
    async def counted(self: Any, *arguments: Any, **options: Any) -> Any:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualLoop):
            return await wait(self, *arguments, **options)
        loop.in_postgres += 1
        try:
            return await wait(self, *arguments, **options)
        finally:
            loop.in_postgres -= 1

    return counted


def _counted(call: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    @wraps(call)
    def counted(self: Any, *arguments: Any, **options: Any) -> Any:
        if arguments and arguments[0] in WAITING:
            return _while_waiting(call(self, *arguments, **options))
        return _while_busy(call(self, *arguments, **options))

    return counted


def _subscribing(call: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Every channel that somebody listens to, or does not any more, is named by such a call."""

    @wraps(call)
    async def noted(self: PubSub, *arguments: Any, **options: Any) -> Any:
        loop = asyncio.get_running_loop()
        if isinstance(loop, VirtualLoop):
            loop.listeners.add(self)
            loop.told = True
        return await call(self, *arguments, **options)

    return noted


async def _while_waiting(work: Coroutine[Any, Any, Any]) -> Any:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.waits_for_news += 1
    loop.told = True  # what it asks may be there already
    try:
        return await work
    finally:
        loop.waits_for_news -= 1


async def _while_busy(work: Coroutine[Any, Any, Any]) -> Any:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.busy += 1
    loop.told = True
    try:
        answer = await work
    finally:
        loop.busy -= 1
    await asyncio.sleep(ANSWERED_AFTER)
    return answer
