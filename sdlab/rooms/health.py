"""Whether this process could do its work now: each store is asked to keep something.

Reading proves little: a store on a full disk still reads, and a replica may have lost its primary.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa

from sdlab.rooms.manager import RoomManager, Stores
from sdlab.stores.sql import Sql

ANSWER_WITHIN = 2.0
FRESH_FOR = 1.0
KEY = "sdlab:health"


class Health:
    """Asks all stores at once, at most once a second, however often it is asked itself."""

    def __init__(self, manager: RoomManager) -> None:
        self.manager = manager
        self._asking: asyncio.Task[dict[str, Any]] | None = None
        self._asked = float("-inf")

    async def report(self) -> dict[str, Any]:
        """`ok`, and for each of `store`, `database` (and `postgres`), `blobs` its `ms`, or its `problem`."""
        now = time.monotonic()
        if self._asking is None or (self._asking.done() and now - self._asked > FRESH_FOR):
            self._asking = asyncio.create_task(self._ask(), name="health")
            self._asked = now
        return await asyncio.shield(self._asking)

    async def _ask(self) -> dict[str, Any]:
        probes = _probes(self.manager.stores)
        answers = await asyncio.gather(*[_timed(probe) for probe in probes.values()])
        parts = dict(zip(probes, answers, strict=True))
        return {
            "status": "failing" if any("problem" in one for one in answers) else "ok",
            "open_labs": self.manager.open_labs,
            **parts,
        }


def _probes(stores: Stores) -> dict[str, Callable[[], Awaitable[object]]]:
    found: dict[str, Callable[[], Awaitable[object]]] = {
        "store": lambda: stores.redis.set(KEY, os.getpid(), ex=60)
    }
    for name, sql in zip(("database", "postgres"), stores.databases.open, strict=False):
        found[name] = lambda sql=sql: _writes(sql)  # type: ignore[misc]
    return {**found, "blobs": lambda: _keeps(stores)}


async def _writes(sql: Sql) -> None:
    def work(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS sdlab_health (at DOUBLE PRECISION)")
        connection.exec_driver_sql("DELETE FROM sdlab_health")
        connection.exec_driver_sql(f"INSERT INTO sdlab_health VALUES ({time.time():.3f})")

    await sql.write(work)


async def _keeps(stores: Stores) -> None:
    name = f"health/{os.getpid()}"
    await stores.blobs.put(name, b"kept")
    await stores.blobs.delete(name)


async def _timed(probe: Callable[[], Awaitable[object]]) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await probe()
    except Exception as error:
        return {"problem": _said(error)}
    return {"ms": round((time.perf_counter() - began) * 1000, 2)}


def _said(error: Exception) -> str:
    """One line that tells an operator what is wrong, and no visitor anything."""
    if isinstance(error, TimeoutError) and not str(error):
        return f"no answer within {ANSWER_WITHIN:g} s"
    origin = getattr(error, "orig", None) or error
    return (str(origin).strip().splitlines() or [type(error).__name__])[0][:200]


_of_manager: Health | None = None


def health_of(manager: RoomManager) -> Health:
    """The health of this process."""
    global _of_manager  # noqa: PLW0603 - one process, one manager
    if _of_manager is None or _of_manager.manager is not manager:
        _of_manager = Health(manager)
    return _of_manager
