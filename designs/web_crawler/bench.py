"""Adds per second of the engine against the bare command on the same store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.redis import EmbeddedRedis, connect

ADDS = 2_000
AT_ONCE = 64


def against_read_then_write(subject: Subject) -> Iterator[Result]:
    """INCRBY over GET and SET, 64 callers at once on one store."""
    folder = subject.folder / "web-crawler"
    folder.mkdir()
    valkey = EmbeddedRedis.start(folder)
    try:
        one, two = asyncio.run(_both(valkey.url))
    finally:
        valkey.stop()
    yield Result("adds in one command, over two", one / two, "x", detail=f"{one:,.0f}/s against {two:,.0f}/s")


async def _both(url: str) -> tuple[float, float]:
    redis = connect(url)

    async def read_then_write() -> None:
        await redis.set("two", int(await redis.get("two") or 0) + 1)

    try:
        return await _rate(lambda: redis.incrby("one", 1)), await _rate(read_then_write)
    finally:
        await redis.aclose()


async def _rate(add: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    for _ in range(ADDS // AT_ONCE):
        await asyncio.gather(*(add() for _ in range(AT_ONCE)))
    return (ADDS // AT_ONCE) * AT_ONCE / (time.perf_counter() - began)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {"web-crawler-adds": against_read_then_write}
