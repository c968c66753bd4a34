"""Measures inside the process: a room over real stores, filled by a workload."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sdlab.lab import Design, LabError, Operation, Quota, Room, SystemClock
from sdlab.registry import design
from sdlab.rooms.lab import RunningLab
from sdlab.stores.blobs import Blobs
from sdlab.stores.names import RedisNames
from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.sql import Sql

FILLING = "new_links_storm"
AT_ONCE = 200
SIZES = (10_000, 200_000)
SAMPLES = 200
OF_EACH = 400


def snapshot_times(folder: Path, slug: str) -> Iterator[tuple[int, list[float]]]:
    """For each size, how long each of `SAMPLES` snapshots took, ms."""
    folder.mkdir()
    valkey = EmbeddedRedis.start(folder / "valkey")
    try:
        yield from asyncio.run(_times(folder, slug, valkey.url))
    finally:
        valkey.stop()


async def _times(folder: Path, slug: str, redis_url: str) -> list[tuple[int, list[float]]]:
    found = []
    async with _lab(folder, slug, redis_url) as lab:
        operations = design(slug).workload(FILLING).sequence(1, SIZES[-1])
        filled = 0
        for size in SIZES:
            await _fill(lab, operations[filled:size])
            filled = size
            found.append((size, [_timed(lab) for _ in range(SAMPLES)]))
    return found


def picture_times(folder: Path, labs: Sequence[Design]) -> Iterator[tuple[str, list[float]]]:
    """For each of those labs, how long each of `SAMPLES` snapshots took after some of all its traffic, ms."""
    folder.mkdir()
    valkey = EmbeddedRedis.start(folder / "valkey")
    try:
        for one in labs:
            yield one.slug, asyncio.run(_after_traffic(folder, one.slug, valkey.url))
    finally:
        valkey.stop()


async def _after_traffic(folder: Path, slug: str, redis_url: str) -> list[float]:
    async with _lab(folder, slug, redis_url) as lab:
        for workload in design(slug).workloads:
            operations = workload.sequence(1, OF_EACH)
            for start in range(0, OF_EACH, AT_ONCE):
                some = operations[start : start + AT_ONCE]
                await asyncio.gather(*(_tried(lab, one) for one in some))
        return [_timed(lab) for _ in range(SAMPLES)]


async def _tried(lab: RunningLab, operation: Operation) -> None:
    try:
        await lab.traffic.perform(operation)
    except LabError:
        return  # a refusal is an answer


def _timed(lab: RunningLab) -> float:
    began = time.perf_counter()
    lab.snapshot()
    return (time.perf_counter() - began) * 1000


async def _fill(lab: RunningLab, operations: list[Operation]) -> None:
    for start in range(0, len(operations), AT_ONCE):
        await asyncio.gather(*(_perform(lab, one) for one in operations[start : start + AT_ONCE]))


async def _perform(lab: RunningLab, operation: Operation) -> None:
    try:
        await lab.traffic.perform(operation)
    except LabError as refusal:
        raise RuntimeError(f"the room could not be filled: {refusal.detail}") from None


@asynccontextmanager
async def _lab(folder: Path, slug: str, redis_url: str) -> AsyncIterator[RunningLab]:
    chosen, redis, sql = design(slug), connect(redis_url), Sql(f"sqlite:///{folder / 'bench.db'}")
    await sql.create()
    room = Room(
        id="bench",
        slug=slug,
        redis=redis,
        sql=sql,
        blobs=Blobs(str(folder / "blobs")),
        names=RedisNames(redis),
        clock=SystemClock(),
        seed=1,
        quota=Quota(rows=10 * SIZES[-1], bytes=1 << 40),
    )
    lab = RunningLab(chosen, room, chosen.config(), redis=redis, viewers=1)
    await lab.open()
    try:
        yield lab
    finally:
        await lab.close()
        await sql.close()
        await redis.aclose()
