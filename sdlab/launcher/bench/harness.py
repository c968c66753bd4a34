"""What the benches of the labs measure with: engines over real stores, callers at once, fair ratios."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sdlab.lab import Engine, Quota, Room, SystemClock
from sdlab.launcher.paths import ROOT
from sdlab.stores.blobs import Blobs
from sdlab.stores.names import RedisNames
from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.sql import Sql

ROUNDS = 5
UNBOUNDED = Quota(rows=10**8, bytes=1 << 40, workload_rate=1e9)

T = TypeVar("T")
E = TypeVar("E", bound=Engine[Any])


@dataclass(frozen=True, slots=True)
class BenchStores:
    """A folder of its own and the Valkey in it."""

    folder: Path
    valkey: EmbeddedRedis

    @property
    def url(self) -> str:
        """The Valkey's address."""
        return self.valkey.url


@contextmanager
def bench_stores() -> Iterator[BenchStores]:
    """Stores that are gone after the block. Enter it on the main thread, outside of a running loop."""
    with tempfile.TemporaryDirectory(prefix="sdlab-bench-") as name:
        folder = Path(name)
        valkey = EmbeddedRedis.start(folder / "valkey")
        try:
            yield BenchStores(folder, valkey)
        finally:
            valkey.stop()


@asynccontextmanager
async def bench_room(
    stores: BenchStores, slug: str, *, name: str = "bench", seed: int = 1, quota: Quota = UNBOUNDED
) -> AsyncIterator[Room]:
    """A room with a database of its own. A name may be used again: the room is then as it was left."""
    folder = stores.folder / name
    folder.mkdir(exist_ok=True)
    redis, sql = connect(stores.url), Sql(f"sqlite:///{folder / 'bench.db'}")
    await sql.create()
    try:
        yield Room(
            id=name,
            slug=slug,
            redis=redis,
            sql=sql,
            blobs=Blobs(str(folder / "blobs")),
            names=RedisNames(redis),
            clock=SystemClock(),
            seed=seed,
            quota=quota,
        )
    finally:
        await sql.close()
        await redis.aclose()


@asynccontextmanager
async def bench_engine(
    stores: BenchStores, slug: str, kind: type[E], config: Any, *, name: str = "bench"
) -> AsyncIterator[E]:
    """An engine that has started; closed after the block."""
    async with bench_room(stores, slug, name=name) as room:
        engine = kind(room, config)
        await engine.start()
        try:
            yield engine
        finally:
            await engine.close()


def milliseconds(work: Callable[[], object]) -> float:
    """How long it took."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


async def each(todo: Iterable[T], work: Callable[[T], Awaitable[object]], *, callers: int = 1) -> list[float]:
    """Do the work for each, `callers` at a time, in order; milliseconds of each call, as they ended."""
    waiting, took = iter(todo), []

    async def call() -> None:
        for one in waiting:
            began = time.perf_counter()
            await work(one)
            took.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(call() for _ in range(callers)))
    return took


async def rate_of(todo: Sequence[T], work: Callable[[T], Awaitable[object]], *, callers: int = 1) -> float:
    """How many of them are done per second, `callers` at a time."""
    began = time.perf_counter()
    await each(todo, work, callers=callers)
    return len(todo) / (time.perf_counter() - began)


def quantile(values: Iterable[float], share: float) -> float:
    """The least of the values that `share` of them do not exceed; `share` is 0 to 1.

    >>> quantile([4, 1, 3, 2], 0.5), quantile([4, 1, 3, 2], 0.99)
    (2, 4)
    """
    ranked = sorted(values)
    # Round before rounding up: 0.07 * 100 is a little more than 7.
    return ranked[max(0, -int(-round(share * len(ranked), 9) // 1) - 1)]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Rates of ours and of a peer: the medians, and the median of the ratios of the rounds."""

    ours: float
    theirs: float
    times: float


def ratio_of(pairs: Sequence[tuple[float, float]]) -> Ratio:
    """Of pairs of rates that were measured one right after the other.

    >>> ratio_of([(4.0, 2.0), (9.0, 3.0), (8.0, 2.0)])
    Ratio(ours=8.0, theirs=2.0, times=3.0)
    """
    ours, theirs = zip(*pairs, strict=True)
    times = statistics.median(one / other for one, other in pairs)
    return Ratio(statistics.median(ours), statistics.median(theirs), times)


async def compare(
    ours: Callable[[], Awaitable[float]], theirs: Callable[[], Awaitable[float]], *, rounds: int = ROUNDS
) -> Ratio:
    """Measure in turn, after a round of each that does not count: what disturbs one disturbs both."""
    await ours()
    await theirs()
    return ratio_of([(await ours(), await theirs()) for _ in range(rounds)])


def in_process(module: str, *arguments: object) -> Any:
    """What `python -m module arguments` prints, read as JSON: clients that do not share our interpreter.

    `subprocess.CalledProcessError` when it fails.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)
