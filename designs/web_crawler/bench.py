"""What the web crawler measures: pages per second against Scrapy on the same web with the same pauses, and memory."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from designs.web_crawler.config import Config
from designs.web_crawler.engine.engine import START, WebCrawler
from designs.web_crawler.engine.lab_web import LabWeb
from designs.web_crawler.engine.small_web import small_web
from sdlab.launcher.bench.harness import BenchStores, bench_room, bench_stores
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.parts.worker_process import WorkerProcess
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.sql import Sql

SCALE, SEED = 20, 1
PAUSE_MS = 200
SECONDS, WARM_S = 20.0, 5.0
LANES, FETCHERS, EXTRACTORS = 16, 3, 2
FEW, MANY = 10_000, 50_000
PATIENCE_S = 240.0
MOST_GROWN = 1.25  # times the memory
SLOW = ("slow", "moved", "calendar", "strict", "shared")

SPIDER = """
import json, sys, time
import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor

seeds, port, pause, seconds = json.loads(sys.argv[1])

class Spider(scrapy.Spider):
    name = "bench"
    start_urls = seeds
    links = LinkExtractor()
    times = []

    def parse(self, response):
        if response.status == 200 and b"html" in response.headers.get("Content-Type", b""):
            self.times.append(time.time())
            text = " ".join(response.xpath("//body//text()[not(ancestor::script)]").getall())
            for link in self.links.extract_links(response):
                yield response.follow(link.url, self.parse, meta={"proxy": f"http://127.0.0.1:{port}"})

    async def start(self):
        for url in seeds:
            yield scrapy.Request(url, self.parse, meta={"proxy": f"http://127.0.0.1:{port}"})

process = CrawlerProcess({
    "ROBOTSTXT_OBEY": False, "CONCURRENT_REQUESTS": 48, "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": pause,
    "RANDOMIZE_DOWNLOAD_DELAY": False, "DEPTH_LIMIT": 20, "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False,
    "CLOSESPIDER_TIMEOUT": seconds, "RETRY_ENABLED": False, "COOKIES_ENABLED": False, "REDIRECT_ENABLED": True,
    "DOWNLOAD_MAXSIZE": 1048576, "HTTPERROR_ALLOW_ALL": True,
})
process.crawl(Spider)
process.start()
print(json.dumps(Spider.times))
"""


@asynccontextmanager
async def _engine(stores: BenchStores, url: str, config: Config, *, name: str) -> AsyncIterator[WebCrawler]:
    """An engine at work over Valkey and PostgreSQL, with processes of its own and a larger web."""
    sql = Sql(url)
    await sql.create()
    try:
        async with bench_room(stores, "web-crawler", name=name, seed=SEED) as room:
            engine = WebCrawler(replace(room, sql=sql), config, scale=SCALE)
            await engine.start()
            try:
                yield engine
            finally:
                await engine.close()
    finally:
        await sql.close()


def _seeds() -> list[str]:
    return [f"http://{site.host}/" for site in small_web(SEED, SCALE).sites if site.kind not in SLOW]


def _rate(times: list[float]) -> float:
    """Per second, from a moment after the first to the end of the time."""
    begin = min(times) + WARM_S
    return sum(begin <= one < begin + SECONDS for one in times) / SECONDS


async def _ours(stores: BenchStores, url: str) -> float:
    """Pages per second, read out of answers and stored."""
    config = Config(delay_ms=PAUSE_MS, lanes=LANES, fetchers=FETCHERS, extractors=EXTRACTORS)
    async with _engine(stores, url, config, name="speed") as engine:
        await engine.start_crawl(_seeds(), max_pages=5_000)
        for crawl in engine.crawls.open_ones.values():
            crawl.max_pages = MANY
        began = time.time()
        while not engine.counters.read and time.time() - began < PATIENCE_S:  # noqa: ASYNC110 - counts, no event
            await asyncio.sleep(0.01)
        await asyncio.sleep(WARM_S)
        before = engine.counters.read
        await asyncio.sleep(SECONDS)
        return (engine.counters.read - before) / SECONDS


async def _theirs(folder: Path) -> float:
    """Scrapy over the same web, served by another process of the same program."""

    async def hold(by: str, ms: float) -> bool:
        await asyncio.sleep(ms / 1000)
        return True

    web = WorkerProcess("bench web", LabWeb.program, hears={"hold": hold})
    await web.start(seed=SEED, scale=SCALE, own_clock=True)
    try:
        ports = await web.ask("ports")
        spider = folder / "spider.py"
        spider.write_text(SPIDER)
        given = json.dumps([_seeds(), ports["web"], PAUSE_MS / 1000, SECONDS + WARM_S + 2])
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, str(spider), given], capture_output=True, check=True
        )
        return _rate(json.loads(done.stdout.splitlines()[-1]))
    finally:
        await web.close()


def speed(subject: Subject) -> Iterator[Result]:
    """Pages per second with a pause of 200 ms for each host, beside Scrapy."""
    server = EmbeddedPostgres.start(subject.folder / "pages")
    try:
        with bench_stores() as stores:
            ours = asyncio.run(_ours(stores, server.url))
            theirs = asyncio.run(_theirs(stores.folder))
            said = (
                f"{ours:,.0f}/s against {theirs:,.0f}/s: same web, {PAUSE_MS} ms for each host, one request at a time; "
                "ours waits so long after an answer, Scrapy after a request; ours resolves names, obeys robots.txt and "
                "stores in PostgreSQL, Scrapy keeps nothing"
            )
            yield Result("pages / Scrapy 2.19.0", ours / theirs, "x", bar=1.0, at_least=True, detail=said)
    finally:
        server.stop()


async def _memory(stores: BenchStores, url: str) -> Result:
    config = Config(delay_ms=PAUSE_MS, lanes=LANES, fetchers=FETCHERS, extractors=EXTRACTORS)
    async with _engine(stores, url, config, name="memory") as engine:
        await engine.start_crawl([*_seeds(), START], max_pages=5_000)
        for crawl in engine.crawls.open_ones.values():
            crawl.max_pages = 2 * MANY
        sizes: list[tuple[int, int]] = []
        began = time.time()
        for wanted in (FEW, MANY):
            while engine.counters.accepted < wanted and time.time() - began < PATIENCE_S:  # noqa: ASYNC110 - counts, no event
                await asyncio.sleep(0.1)
            sizes.append((engine.counters.accepted, _bytes(engine)))
        return grown(*sizes)


def grown(few: tuple[int, int], many: tuple[int, int]) -> Result:
    """Addresses that were known with bytes of all processes, twice. The bar is for `MANY`: short of them none is met."""
    (less, small), (more, large) = few, many
    detail = f"{small / 1e6:,.0f} MB at {less:,} addresses, {large / 1e6:,.0f} MB at {more:,}, all processes"
    reached = less >= FEW and more >= MANY
    if not reached:
        detail += f"; {MANY:,} were not reached in {PATIENCE_S:,.0f} s, so nothing is said of the bar, < {MOST_GROWN:g} x"
    return Result(
        f"memory of the processes, {more:,} / {less:,} addresses",
        large / small,
        "x",
        bar=MOST_GROWN if reached else None,
        detail=detail,
    )


def _bytes(engine: WebCrawler) -> int:
    pids = [one.process.pid for one in (*engine.fetchers, *engine.extractors) if one.process is not None]
    return sum(psutil.Process(pid).memory_full_info().uss for pid in pids)


def memory(subject: Subject) -> Iterator[Result]:
    """What fetchers and extractors take when 10,000 and when 50,000 addresses are known."""
    server = EmbeddedPostgres.start(subject.folder / "memory")
    try:
        with bench_stores() as stores:
            yield asyncio.run(_memory(stores, server.url))
    finally:
        server.stop()


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "web-crawler-speed": speed,
    "web-crawler-memory": memory,
}
