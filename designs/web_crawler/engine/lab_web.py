"""The lab's web as the engine has it: its process, how long its hosts think, and what they have in their logs."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import ClassVar

from designs.web_crawler.config import Config
from designs.web_crawler.engine.nodes import WEB
from designs.web_crawler.engine.small_web import SmallWeb, small_web
from sdlab.lab import EngineContext, SystemClock
from sdlab.parts.worker_process import WorkerGone, WorkerProcess
from sdlab.parts.workers.peer import Handler

REMEMBERED = 20_000
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Visit:
    """A line of a host's log; times in ms."""

    number: int
    at_ms: int
    host: str
    path: str
    status: int
    took_ms: int
    by: str


class LabWeb:
    """Started when somebody first needs it; `visits` are the newest lines of all hosts' logs, read by `read_log`."""

    program: ClassVar[str] = "designs.web_crawler.engine.web_program:make"

    def __init__(self, context: EngineContext[Config], scale: int = 1) -> None:
        self._context, self._scale = context, scale
        self.web: SmallWeb = small_web(context.room.seed, scale)
        self.process: WorkerProcess | None = None
        self.ports: dict[str, int] = {}
        self.fetchers: dict[str, WorkerProcess] = {}
        self.visits: deque[Visit] = deque(maxlen=REMEMBERED)
        self.read = self.lookups = 0
        self.asked: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.pages_asked: Counter[str] = Counter()
        self._starting = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._closing = False

    async def open(self) -> dict[str, int]:
        """The ports of its servers, which are there when this returns."""
        async with self._starting:
            if self._closing:
                raise WorkerGone("the web is closed")
            if self.process is None or self.process.ended.is_set():
                process = WorkerProcess("web", self.program, hears=self._hears())
                self.process = process
                own = isinstance(self._context.clock, SystemClock)
                await process.start(seed=self._context.room.seed, scale=self._scale, own_clock=own)
                self.ports = await process.ask("ports")
                self.read = 0
                await self.sync()
            return self.ports

    def _hears(self) -> Mapping[str, Handler]:
        return {"now": self._now, "hold": self._hold}

    async def _now(self) -> int:
        return int(self._context.clock.time() * 1000)

    async def _hold(self, by: str, ms: float) -> bool:
        """A host thinks for so long; false where whoever asked has lost patience before."""
        patience = self._context.config.patience_s
        process = self.fetchers.get(by)
        with nullcontext() if process is None else process.served():
            await self._context.clock.sleep(min(ms / 1000, patience))
        return ms / 1000 <= patience

    async def sync(self) -> None:
        """Faults of the web are told to its servers."""
        node, process = self._context.nodes.get(WEB), self.process
        if node is None or process is None or process.ended.is_set():
            return
        values = {one.kind: one.value for one in node.faults()}
        await process.ask("set", slow_ms=values.get("slow", 0.0), busy=values.get("busy", 0.0))

    async def read_log(self) -> list[Visit]:
        """What came into the logs since the last time."""
        process = self.process
        if process is None or process.ended.is_set():
            return []
        async with self._reading:
            found = await process.ask("log", after=self.read, most=AT_ONCE)
            fresh = [Visit(*one) for one in found["entries"]]
            if fresh:
                self.read = fresh[-1].number
            self.lookups = found["lookups"]
        for one in fresh:
            self.visits.append(one)
            self.asked[one.host] += 1
            if one.status in (429, 503):
                self.refused[one.host] += 1
            elif one.status == 200 and one.path != "/robots.txt":
                self.pages_asked[f"{one.host}{one.path}"] += 1
        return fresh

    def end(self) -> None:
        """Its process ends now, and no other is started."""
        self._closing = True
        if self.process is not None:
            self.process.kill()

    async def close(self) -> None:
        """Return when its process is gone."""
        self.end()
        if self.process is not None:
            await self.process.close()
            self.process = None
