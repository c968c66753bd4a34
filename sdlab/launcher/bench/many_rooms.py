"""What many rooms cost that nobody uses: at rest, and once they have been left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import psutil

from sdlab.api.server import open_rooms
from sdlab.registry import designs
from sdlab.rooms.housekeeping import REST_EVERY
from sdlab.rooms.lab import RESTS_AFTER
from sdlab.rooms.manager import RoomManager
from sdlab.settings import Settings

ADDRESS = "10.0.0.1"
AT_REST, LOOKED_FOR = 50, 15.0
LEFT, WARM, AT_ONCE = 2000, 100, 20
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Left:
    """Before any room, with all of them, and after they were removed: keys, and resident MB of the process."""

    keys: tuple[int, int, int]
    memory: tuple[float, float, float]
    seconds: float


def at_rest(folder: Path) -> tuple[float, float]:
    """Share of a core, in %, of so many open labs: just opened, and when they have been alone for a while."""
    return asyncio.run(_at_rest(folder))


async def _at_rest(folder: Path) -> tuple[float, float]:
    async with _rooms(folder) as manager:
        await _visit(manager, AT_REST)
        awake = await _share(LOOKED_FOR)
        await asyncio.sleep(max(0.0, RESTS_AFTER + REST_EVERY + 1 - LOOKED_FOR))
        return awake, await _share(LOOKED_FOR)


async def _share(seconds: float) -> float:
    began, busy = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    return 100 * (time.process_time() - busy) / (time.perf_counter() - began)


def left(folder: Path) -> Left:
    """So many rooms, each with one lab, opened one after the other, left, and removed when their time is over."""
    return asyncio.run(_left(folder))


async def _left(folder: Path) -> Left:
    async with _rooms(folder) as manager:
        await _visit(manager, WARM)  # what is loaded once is no growth
        await _remove(manager)
        before = await _now(manager)
        await _visit(manager, LEFT)
        full = await _now(manager)
        began = time.perf_counter()
        await _remove(manager)
        seconds = time.perf_counter() - began
        after = await _now(manager)
    return Left(keys=(before[0], full[0], after[0]), memory=(before[1], full[1], after[1]), seconds=seconds)


@asynccontextmanager
async def _rooms(folder: Path) -> AsyncIterator[RoomManager]:
    chosen = Settings(SDLAB_DATA=folder, SDLAB_ROOMS_PER_ADDRESS=10 * LEFT, SDLAB_KEEP_HOURS=1e6)  # type: ignore[call-arg]
    async with open_rooms(chosen) as manager:
        yield manager


async def _visit(manager: RoomManager, count: int) -> None:
    slugs = cycle(one.slug for one in designs() if one.database == "sqlite")
    for start in range(0, count, AT_ONCE):
        some = [next(slugs) for _ in range(min(AT_ONCE, count - start))]
        await asyncio.gather(*(_open(manager, slug) for slug in some))


async def _open(manager: RoomManager, slug: str) -> None:
    await (await manager.lab(await manager.rooms.new_room(ADDRESS), slug)).look()


async def _remove(manager: RoomManager) -> None:
    """As the sweep does when the time of all rooms is over."""
    manager.settings.keep_hours, kept = -1.0, manager.settings.keep_hours
    await manager.housekeeping.sweep()
    manager.settings.keep_hours = kept


async def _now(manager: RoomManager) -> tuple[int, float]:
    return await manager.stores.redis.dbsize(), psutil.Process().memory_info().rss / MEGABYTE
