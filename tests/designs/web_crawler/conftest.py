"""Web crawlers at work over real stores and with real processes, on virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from designs.web_crawler.config import Config
from designs.web_crawler.engine.engine import WebCrawler
from sdlab.lab import WorkloadRunner
from sdlab.registry import design as design_of
from tests.conftest import MakeRoom

Make = Callable[..., Awaitable[WebCrawler]]
SETTLED = 2.0


@pytest.fixture
async def crawler(make_room: MakeRoom) -> AsyncIterator[Make]:
    """`await crawler(lease="forget", ...)`: an engine at work over PostgreSQL, closed after the test."""
    opened: list[WebCrawler] = []

    async def make(*, room: str = "", **config: object) -> WebCrawler:
        place = await make_room("web-crawler", room=room, database="postgres")
        engine = WebCrawler(place, replace(Config(), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()


async def done(engine: WebCrawler, *, within: float = 300) -> None:
    """Until no crawl is open."""
    waited = 0.0
    while engine.crawls.open_ones and waited < within:
        await engine.clock.sleep(1)
        waited += 1
    assert not engine.crawls.open_ones
    await engine.clock.sleep(SETTLED)


async def play(engine: WebCrawler, workload: str, *, rate: float, seconds: float, seed: int = 3) -> None:
    """That traffic, and a moment afterwards."""
    chosen = design_of("web-crawler")
    runner = WorkloadRunner(
        clock=engine.clock, perform=chosen.traffic(engine).perform, crashed=engine.crashed
    )
    runner.start(chosen.workload(workload), rate=rate, seed=seed, seconds=seconds)
    await runner.wait()
    await engine.clock.sleep(SETTLED)


def broken(engine: WebCrawler) -> dict[str, int]:
    """Claims that were broken, and how often."""
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}
