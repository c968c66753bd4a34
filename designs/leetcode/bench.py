"""What the judge measures: a trivial submission in each tier while nobody else comes, and a leaderboard over 100,000 rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

from designs.leetcode.config import Config
from designs.leetcode.engine.engine import LeetCode
from designs.leetcode.engine.models import JUDGED
from designs.leetcode.engine.solutions import preset
from designs.leetcode.engine.strategies import ISOLATIONS
from sdlab.lab import acting_as
from sdlab.launcher.bench.harness import BenchStores, bench_room, bench_stores, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.parts.confined.probe import probe
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.sql import Sql

SUBMISSIONS = 60
PAUSE_S = 0.12  # between two of them: nobody else comes
ROWS, LOOKS = 100_000, 60
PATIENCE_S = 10.0


@asynccontextmanager
async def _engine(stores: BenchStores, url: str, config: Config, *, name: str) -> AsyncIterator[LeetCode]:
    """An engine at work over Valkey and PostgreSQL, with runners and sandboxes of its own."""
    sql = Sql(url)
    await sql.create()
    try:
        async with bench_room(stores, "leetcode", name=name) as room:
            engine = LeetCode(replace(room, sql=sql), config)
            await engine.start()
            try:
                yield engine
            finally:
                await engine.close()
    finally:
        await sql.close()


async def _judged(engine: LeetCode, number: int) -> float:
    """Ms from sending a right solution, as somebody else each time, to its verdict."""
    began = time.perf_counter()
    with acting_as(f"bench-{number}", by_hand=False):
        one = await engine.submit("two-sum", "python", f"# {number}\n" + preset("two-sum", "python", "right"))
        async with asyncio.timeout(PATIENCE_S):
            while (await engine.store.one(f"bench-{number}", one.id)).state != JUDGED:  # noqa: ASYNC110 - a row, no event
                await asyncio.sleep(0.002)
    return (time.perf_counter() - began) * 1000


async def _in_tier(stores: BenchStores, url: str, isolation: str, start: str) -> list[float]:
    config = Config(isolation=isolation, start=start)
    async with _engine(stores, url, config, name=f"{isolation}-{start}") as engine:
        for number in range(4):
            await _judged(engine, number)
        found = []
        for number in range(4, SUBMISSIONS + 4):
            await asyncio.sleep(PAUSE_S)
            found.append(await _judged(engine, number))
        return found


def judging(subject: Subject) -> Iterator[Result]:
    """A right solution of Two Sum against its sixteen hidden tests, one at a time, in each strong tier of this host."""
    server = EmbeddedPostgres.start(subject.folder / "judged")
    try:
        with bench_stores() as stores:
            for id, one in ISOLATIONS.items():
                if id == "process" or not probe(one.tier).usable:
                    continue
                for start in ("warm", "cold") if id != "embedded" else ("warm",):
                    took = asyncio.run(_in_tier(stores, server.url, id, start))
                    yield Result(
                        f"trivial submission, {one.label}, {start}, p95",
                        quantile(took, 0.95),
                        "ms",
                        bar=300,
                        detail=f"p50 {quantile(took, 0.5):.1f} ms, {SUBMISSIONS} one after the other",
                    )
    finally:
        server.stop()


async def _looks(stores: BenchStores, url: str) -> tuple[list[float], list[float]]:
    """Ms of a look at the first hundred: in the sorted set, and by SQL."""
    async with _engine(stores, url, Config(history=ROWS), name="board") as engine:
        kept = [await _look(engine) for _ in range(LOOKS)]
        await engine.configure(replace(engine.config, board="sql"))
        return kept, [await _look(engine) for _ in range(LOOKS)]


async def _look(engine: LeetCode) -> float:
    began = time.perf_counter()
    found = await engine.leaderboard("weekly")
    took = (time.perf_counter() - began) * 1000
    assert len(found) == 100
    return took


def leaderboard(subject: Subject) -> Iterator[Result]:
    """The same first hundred of the same 100,000 submissions, with all that a request does around it."""
    server = EmbeddedPostgres.start(subject.folder / "board")
    try:
        with bench_stores() as stores:
            kept, asked = asyncio.run(_looks(stores, server.url))
            yield Result(
                "first 100 of 100,000 rows: SQL / sorted set, at p50",
                quantile(asked, 0.5) / quantile(kept, 0.5),
                "x",
                bar=10,
                at_least=True,
                detail=f"SQL p50 {quantile(asked, 0.5):.1f} ms, sorted set p50 {quantile(kept, 0.5):.2f} ms",
            )
    finally:
        server.stop()


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "leetcode-judging": judging,
    "leetcode-leaderboard": leaderboard,
}
