"""What stock alerts measure: ticks matched with a million alerts, against SQL and a percolator; tick to notification."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import tantivy

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.engine import StockAlerts
from designs.stock_alerts.engine.stocks import STOCKS, moved
from sdlab.blocks.thresholds import Threshold, Thresholds
from sdlab.launcher.bench.harness import BenchStores, bench_engine, bench_stores
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.postgres import EmbeddedPostgres

ALERTS = 1_000_000
TICKS = 20_000
PEER_TICKS = 2_000
BASE = 10_000  # cents
SPREAD = 0.25
WILD = 0.001
RATE, SECONDS = 700, 8
WRITER_BYTES = 200_000_000

Move = tuple[int, int, int]  # stock, from, to


def _alerts() -> list[tuple[int, bool, int, int]]:
    chance = random.Random(1)
    made = []
    for number in range(ALERTS):
        above = chance.random() < 0.5
        share = SPREAD * chance.random()
        made.append((chance.randrange(len(STOCKS)), above, moved(BASE, share if above else -share), number))
    return made


def _moves(count: int) -> list[Move]:
    """A random walk of all stocks. The same alerts stay in force, so that each approach finds the same."""
    chance, prices = random.Random(2), [BASE] * len(STOCKS)
    found = []
    for _ in range(count):
        stock = chance.randrange(len(STOCKS))
        new = moved(prices[stock], chance.gauss(0, WILD))
        found.append((stock, prices[stock], new))
        prices[stock] = new
    return found


class _Sorted:
    def __init__(self, alerts: Sequence[tuple[int, bool, int, int]]) -> None:
        by_stock: list[list[Threshold]] = [[] for _ in STOCKS]
        for stock, above, price, number in alerts:
            by_stock[stock].append(Threshold(above, price, number))
        self._stocks = [Thresholds(some) for some in by_stock]

    def find(self, move: Move) -> int:
        return len(self._stocks[move[0]].crossed(move[1], move[2]).ids)


class _Sqlite:
    """One prepared range query per tick on a covering index, in the process itself: no server, no round trip."""

    def __init__(self, alerts: Sequence[tuple[int, bool, int, int]], folder: Path) -> None:
        self._base = sqlite3.connect(folder / "alerts.db")
        self._base.execute("CREATE TABLE alert (id INTEGER PRIMARY KEY, stock INT, above INT, price INT)")
        self._base.executemany(
            "INSERT INTO alert VALUES (?, ?, ?, ?)",
            [(n, stock, int(a), price) for stock, a, price, n in alerts],
        )
        self._base.execute("CREATE INDEX by_price ON alert (stock, above, price)")
        self._base.commit()

    def find(self, move: Move) -> int:
        stock, old, new = move
        low, high = (old + 1, new) if new > old else (new, old - 1)
        rows = self._base.execute(
            "SELECT id FROM alert WHERE stock = ? AND above = ? AND price BETWEEN ? AND ?",
            (stock, int(new > old), low, high),
        ).fetchall()
        return len(rows)


class _Postgres:
    """The SQL approach as several consumers have it: the same query, prepared, of a server on this machine."""

    def __init__(self, alerts: Sequence[tuple[int, bool, int, int]], url: str) -> None:
        self._base = psycopg.connect(url, autocommit=True)
        self._base.execute("CREATE TABLE alert (id int PRIMARY KEY, stock int, above bool, price int)")
        with self._base.cursor() as cursor, cursor.copy("COPY alert FROM STDIN") as rows:
            for stock, above, price, n in alerts:
                rows.write_row((n, stock, above, price))
        self._base.execute("CREATE INDEX by_price ON alert (stock, above, price) INCLUDE (id)")
        self._base.execute("VACUUM ANALYZE alert")

    def find(self, move: Move) -> int:
        stock, old, new = move
        low, high = (old + 1, new) if new > old else (new, old - 1)
        rows = self._base.execute(
            "SELECT id FROM alert WHERE stock = %s AND above = %s AND price BETWEEN %s AND %s",
            (stock, new > old, low, high),
            prepare=True,
        ).fetchall()
        return len(rows)


class _Tantivy:
    """Alerts as documents with a numeric range; each tick is a query of a term and a range."""

    def __init__(self, alerts: Sequence[tuple[int, bool, int, int]]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("id", fast=True)
        builder.add_text_field("side", tokenizer_name="raw")
        builder.add_integer_field("price", indexed=True, fast=True)
        self._schema = builder.build()
        index = tantivy.Index(self._schema)
        writer = index.writer(WRITER_BYTES, 1)
        for stock, above, price, number in alerts:
            writer.add_document(tantivy.Document(id=number, price=price, side=f"{stock}:{int(above)}"))
        writer.commit()
        index.reload()
        self._searcher = index.searcher()

    def find(self, move: Move) -> int:
        stock, old, new = move
        low, high = (old + 1, new) if new > old else (new, old - 1)
        if low > high:
            return 0
        side = tantivy.Query.term_query(self._schema, "side", f"{stock}:{int(new > old)}")
        price = tantivy.Query.range_query(self._schema, "price", tantivy.FieldType.Integer, low, high)
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, side), (tantivy.Occur.Must, price)])
        hits = self._searcher.search(query, ALERTS, count=False).hits
        return len(self._searcher.fast_field_values("id", [at for _, at in hits]))


def _timed(find: Callable[[Move], int], moves: Sequence[Move]) -> tuple[float, int]:
    """Ticks per second, and how many alerts were found."""
    began, found = time.perf_counter(), 0
    for one in moves:
        found += find(one)
    return len(moves) / (time.perf_counter() - began), found


def matching(subject: Subject) -> Iterator[Result]:
    """A million alerts: sorted thresholds, then both peers on the first of the same ticks; all find the same."""
    folder = subject.folder / "stock-alerts"
    folder.mkdir()
    alerts, moves = _alerts(), _moves(TICKS)
    ours = _Sorted(alerts)
    rate, _ = _timed(ours.find, moves)
    same, found = _timed(ours.find, moves[:PEER_TICKS])
    yield Result(
        "ticks matched, 1M alerts", rate, "/s", bar=5_000, at_least=True, detail=f"{1e6 / rate:.1f} µs a tick"
    )
    server = EmbeddedPostgres.start(folder / "postgres")
    try:
        for name, peer, bar in (
            ("PostgreSQL range", _Postgres(alerts, server.url), 20.0),
            ("SQLite range in this process", _Sqlite(alerts, folder), None),
            ("tantivy numeric range", _Tantivy(alerts), None),
        ):
            theirs, as_many = _timed(peer.find, moves[:PEER_TICKS])
            if as_many != found:
                raise AssertionError(f"{name} found {as_many}, not {found}")
            detail = f"{same:,.0f}/s against {theirs:,.0f}/s, {found:,} found by both"
            yield Result(f"ticks matched / {name}", same / theirs, "x", bar=bar, at_least=True, detail=detail)
    finally:
        server.stop()


def delays(_: Subject) -> Iterator[Result]:
    """The whole way at 700 ticks a second, with 100,000 alerts in a room: from the tick to the inbox."""
    with bench_stores() as stores:
        yield asyncio.run(_delays(stores))


async def _delays(stores: BenchStores) -> Result:
    config = Config(alerts=100_000)
    async with bench_engine(stores, "stock-alerts", StockAlerts, config) as engine:
        await engine.crowd.ensure()
        chance, began, sent = random.Random(3), time.perf_counter(), 0
        while (elapsed := time.perf_counter() - began) < SECONDS:
            while sent < elapsed * RATE:
                stock = STOCKS[chance.randrange(len(STOCKS))]
                price = engine.market.quotes[stock.number].price
                await engine.ticks([(stock.symbol, moved(price, chance.gauss(0, stock.wild)), None)])
                sent += 1
            await asyncio.sleep(0.001)
        took = time.perf_counter() - began
        await asyncio.sleep(1)
        seen = engine.counters.delays
        detail = f"{seen.total:,} notifications, {sent / took:,.0f} ticks/s, p50 {seen.quantile(0.5):.1f} ms"
        return Result("tick to notification, p99 at 700/s", seen.quantile(0.99), "ms", bar=200, detail=detail)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "stock-alerts-matching": matching,
    "stock-alerts-delay": delays,
}
