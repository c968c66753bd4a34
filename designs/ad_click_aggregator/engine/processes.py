"""The processes of a room: the owner of the OLAP store and the aggregators, begun when they are first needed."""

from __future__ import annotations

import asyncio
from typing import Any

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.click_log import ClickLog
from designs.ad_click_aggregator.engine.nodes import AGGREGATORS
from designs.ad_click_aggregator.engine.strategies import PARTITIONS
from sdlab.lab import DUCKDB, EngineContext, Unavailable
from sdlab.parts.optional_packages import optional_packages
from sdlab.parts.worker_process import WorkerFailed, WorkerGone, WorkerProcess, address_of

ENGINE = "designs.ad_click_aggregator.engine"
FILE = "clicks.duckdb"
PROCESS_ERRORS = (WorkerGone, WorkerFailed)


def partitions_of(number: int) -> list[int]:
    """The partitions of an aggregator: every second one."""
    return [one for one in range(PARTITIONS) if one % len(AGGREGATORS) == number]


class Processes:
    """Nothing runs in a room where nobody has clicked; everything of a room that closes is gone at once."""

    def __init__(self, context: EngineContext[Config], log: ClickLog) -> None:
        self._context, self._log = context, log
        self.store = WorkerProcess("olap", f"{ENGINE}.olap_process:make")
        self.aggregators = [WorkerProcess(one, f"{ENGINE}.aggregator_process:make") for one in AGGREGATORS]
        self._beginning = asyncio.Lock()
        self._closed = False
        self.planned: set[int] = set()  # aggregators that begin from a checkpoint that was written for them

    async def olap(self) -> WorkerProcess:
        """The owner of the store, at work. `Unavailable` in a room that closes, and until DuckDB is fetched."""
        async with self._beginning:
            self._refuse_closed()
            if self.store.ended.is_set():
                optional_packages().demand(DUCKDB)
                room = self._context.room
                folder = room.blobs.folder(f"{room.id}/{room.slug}/olap")
                await self.store.start(
                    redis=address_of(room.redis),
                    file=str(folder / FILE),
                    streams=self._log.streams,
                    read=self._log.read_key,
                )
        return self.store

    async def ask(self, what: str, /, **fields: Any) -> Any:
        """What the store answers. `Unavailable` when its process ends meanwhile."""
        store = await self.olap()
        try:
            return await store.ask(what, **fields)
        except WorkerGone:
            raise Unavailable("the OLAP store has ended", retry_after=1) from None

    async def aggregator(self, number: int) -> WorkerProcess:
        """An aggregator, at work on its partitions."""
        one = self.aggregators[number]
        if one.ended.is_set():
            sink = await self.ask("positions")
            async with self._beginning:
                self._refuse_closed()
                await one.start(
                    redis=address_of(self._context.room.redis),
                    streams={str(part): self._log.log.key_of(part) for part in partitions_of(number)},
                    checkpoint=self._log.checkpoint_key,
                    sink=sink,
                    recovery="checkpoint" if number in self.planned else self._context.config.recovery,
                    lateness=float(self._context.config.lateness_s),
                )
                self.planned.discard(number)
        return one

    def _refuse_closed(self) -> None:
        if self._closed:
            raise Unavailable("this room is closing")

    def shut(self) -> None:
        """All of them end now, and none begins any more."""
        self._closed = True
        for one in (*self.aggregators, self.store):
            one.kill()

    async def close(self) -> None:
        """They are gone when this returns, also those that were just beginning."""
        self.shut()
        async with self._beginning:
            await asyncio.gather(*(one.close() for one in (*self.aggregators, self.store)))
