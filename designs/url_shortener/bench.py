"""Redirects and creates of the engine against the store alone: what all that stands around it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from designs.url_shortener.config import Config
from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.shards.rows import LINKS
from sdlab.lab import acting_as
from sdlab.launcher.bench.harness import BenchStores, Ratio, bench_engine, bench_stores, compare, rate_of
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

SLUG = "url-shortener"
LINKS_MADE = 200
REDIRECTS = 2_000
CREATES = 200
CALLERS = (1, 8, 64)


def redirects(subject: Subject) -> Iterator[Result]:
    """A click that is answered and counted: by the engine from its cache, and by a Redis hash per click."""
    with bench_stores() as stores:
        for callers in CALLERS:
            yield _result("redirects, engine / Redis", asyncio.run(_redirects(stores, callers)), callers)


async def _redirects(stores: BenchStores, callers: int) -> Ratio:
    async with bench_engine(stores, SLUG, UrlShortener, Config(), name=f"redirects-{callers}") as engine:
        with acting_as("load", by_hand=False):
            made = [await engine.generate(f"https://bench.example/{number}") for number in range(LINKS_MADE)]
            redis, links, clicks = engine.room.redis, engine.room.key("peer"), engine.room.key("peer-clicks")
            await redis.hset(links, mapping={link.code: link.url for link in made})
            codes = [made[number % LINKS_MADE].code for number in range(REDIRECTS)]

            async def peer(code: str) -> None:
                async with redis.pipeline(transaction=False) as pipe:
                    pipe.hget(links, code)
                    pipe.hincrby(clicks, code, 1)
                    await pipe.execute()

            return await compare(
                partial(rate_of, codes, engine.resolve, callers=callers),
                partial(rate_of, codes, peer, callers=callers),
            )


def creates(subject: Subject) -> Iterator[Result]:
    """A new link by token range and Bloom filter, against a bare INSERT of the same row."""
    with bench_stores() as stores:
        for callers in CALLERS:
            yield _result("creates, engine / INSERT", asyncio.run(_creates(stores, callers)), callers)


async def _creates(stores: BenchStores, callers: int) -> Ratio:
    async with bench_engine(stores, SLUG, UrlShortener, Config(), name=f"creates-{callers}") as engine:
        numbers, sql = count(), engine.room.sql

        async def ours() -> float:
            urls = [f"https://bench.example/{next(numbers)}" for _ in range(CREATES)]
            return await rate_of(urls, engine.generate, callers=callers)

        async def insert(code: str) -> None:
            row = {
                "room": "peer", "shard": 0, "copy": 0, "code": code, "url": f"https://bench.example/{code}",
                "url_digest": code, "owner": "load", "alias": False, "by_hand": False, "created_at": 1.0,
                "expires_at": None, "deleted_at": None,
            }  # fmt: skip
            await sql.write(lambda connection: connection.execute(LINKS.insert(), row).rowcount)

        async def theirs() -> float:
            codes = [f"peer-{next(numbers)}" for _ in range(CREATES)]
            return await rate_of(codes, insert, callers=callers)

        with acting_as("load", by_hand=False):
            return await compare(ours, theirs)


def _result(name: str, ratio: Ratio, callers: int) -> Result:
    detail = f"{ratio.ours:,.0f}/s against {ratio.theirs:,.0f}/s"
    return Result(f"{name}, callers at once: {callers}", ratio.times, "x", detail=detail)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "shortener-redirects": redirects,
    "shortener-creates": creates,
}
