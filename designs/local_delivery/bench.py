"""Availability among 200 centres with 5,000 things each, and shoppers who order over HTTP, against a quantity that is locked.

As a program (`python -m designs.local_delivery.bench URL ROOM SHOPPERS TIMES`) it is the shoppers: each has a
connection of its own and orders TIMES times. What came back is printed as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from redis.asyncio import Redis

from designs.local_delivery.api.schemas import HERE
from designs.local_delivery.engine.models import UNIT
from designs.local_delivery.engine.world import basket, somewhere
from sdlab.blocks.city import to_degrees
from sdlab.launcher.bench.harness import in_process, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.sql import Sql

SLUG, BASE, ROOM = "local-delivery", "/api/local-delivery", "bench"
CENTRES, ITEMS, ASKED, NEAR, LOOKS = 200, 5_000, 20, 4, 400
AT_ONCE, AT_A_TIME = 32, 10
SHOPPERS, TIMES = 64, 6
FLASH_SHOPPERS = 60  # an address may have 64 calls without an answer
FLASH_TIMES = 4
SALES, SALE_SHELVES = 640, 72


def looking(subject: Subject) -> Iterator[Result]:
    """The same looks at replicas and at the rows, 32 at a time: 4 centres, 20 things."""
    replicas, rows = asyncio.run(_look_both(subject))
    yield Result(
        "availability, 200 centres with 5,000 things, p99",
        quantile(replicas, 0.99),
        "ms",
        bar=100,
        detail=f"p50 {quantile(replicas, 0.5):.1f} ms, {AT_ONCE} at once, {NEAR} centres and {ASKED} things each",
    )
    yield Result(
        "counting rows / replicas, at p50",
        quantile(rows, 0.5) / quantile(replicas, 0.5),
        "x",
        detail=f"PostgreSQL p50 {quantile(rows, 0.5):.1f} ms, p99 {quantile(rows, 0.99):.1f} ms, over a million rows",
    )


async def _look_both(subject: Subject) -> tuple[list[float], list[float]]:
    server = EmbeddedPostgres.start(subject.folder / "postgres")
    valkey = EmbeddedRedis.start(subject.folder / "valkey")
    sql, redis = Sql(server.url), connect(valkey.url)
    try:
        await sql.create()
        for first in range(0, CENTRES, AT_A_TIME):
            await sql.write(partial(_fill, first=first))
        await sql.write(lambda c: c.execute(sa.text("ANALYZE local_delivery_unit")) and None)
        for centre in range(CENTRES):
            await redis.hset(f"bench:{centre}", mapping={str(item): 1 for item in range(ITEMS)})
        return await _timed(lambda rng: _hmget(redis, rng)), await _timed(lambda rng: _count(sql, rng))
    finally:
        await redis.aclose()
        await sql.close()
        valkey.stop()
        server.stop()


def _fill(connection: sa.Connection, *, first: int) -> None:
    """A unit for every thing of so many centres."""
    low, high = first * ITEMS, (first + AT_A_TIME) * ITEMS - 1
    numbers = f"SELECT g, g / {ITEMS}, mod(g, {ITEMS}) FROM generate_series({low}, {high}) g"
    names = "room, id, centre_id, item_id, state, cart_id, order_id, until"
    connection.execute(
        sa.text(
            f"INSERT INTO local_delivery_unit ({names}) SELECT '{ROOM}', a, b, c, 'free', '', '', 0 "
            f"FROM ({numbers}) AS made(a, b, c)"
        )
    )


async def _timed(look: Callable[[Random], Awaitable[int]]) -> list[float]:
    """Milliseconds of each look, so many at once."""
    took: list[float] = []
    rng = Random(3)

    async def one() -> None:
        for _ in range(LOOKS // AT_ONCE):
            began = time.perf_counter()
            found = await look(rng)
            took.append((time.perf_counter() - began) * 1000)
            if found != NEAR * ASKED:
                raise RuntimeError(f"{found} of {NEAR * ASKED} counts")

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return took


async def _hmget(redis: Redis, rng: Random) -> int:
    pipe = redis.pipeline(transaction=False)
    items = rng.sample(range(ITEMS), ASKED)
    for centre in rng.sample(range(CENTRES), NEAR):
        pipe.hmget(f"bench:{centre}", [str(item) for item in items])
    return sum(int(count) for counts in await pipe.execute() for count in counts)


async def _count(sql: Sql, rng: Random) -> int:
    centres, items = rng.sample(range(CENTRES), NEAR), rng.sample(range(ITEMS), ASKED)
    query = (
        sa.select(UNIT.c.centre_id, UNIT.c.item_id, sa.func.count())
        .where(UNIT.c.room == ROOM, UNIT.c.centre_id.in_(centres), UNIT.c.item_id.in_(items))
        .where(UNIT.c.state == "free")
        .group_by(UNIT.c.centre_id, UNIT.c.item_id)
    )
    return sum(int(row[2]) for row in await sql.read(lambda c: c.execute(query).all()))


def ordering(subject: Subject) -> Iterator[Result]:
    """Orders from all over the city over HTTP, and a flash sale; a locked quantity, as shops keep it, beside them."""
    evening = _order(subject, "evening")
    quantity = asyncio.run(_locked_quantity(subject))
    yield Result(
        "orders taken, SERIALIZABLE",
        evening["taken"] / evening["seconds"],
        "/s",
        bar=50,
        at_least=True,
        detail=f"{evening['retried']:.1f} % of tries again, p99 {evening['p99']:.0f} ms; answers {evening['statuses']}",
    )
    yield Result(
        "locked quantity / SERIALIZABLE units",
        quantity / (evening["taken"] / evening["seconds"]),
        "x",
        detail=f"{quantity:,.0f} sales/s of a stock row FOR UPDATE with a reservation, as Saleor keeps it, without HTTP, "
        "without reach and without lines of an order",
    )
    for name in ("serializable", "conditional", "coordinated"):
        sale = _order(subject, "flash", ordering=name)
        yield Result(
            f"flash sale, units sold twice, {name}",
            sale["oversold"],
            "units",
            bar=1,
            detail=f"{sale['taken']} of 20 sold to {FLASH_SHOPPERS} shoppers; answers {sale['statuses']}",
        )
    bare = _order(subject, "flash", ordering="none", picking="first")
    yield Result(
        "flash sale, units sold twice, no transaction",
        bare["oversold"],
        "units",
        bar=1,
        at_least=True,
        detail=f"{bare['taken']} orders of 20 units",
    )


def _order(subject: Subject, kind: str, **toggles: str) -> dict[str, Any]:
    room = subject.new_room()
    body = {"toggles": toggles, "knobs": {"pick_min": 0.1}}
    subject.call("PATCH", f"/api/labs/{SLUG}/config", room=room, body=body)
    shoppers, times = (FLASH_SHOPPERS, FLASH_TIMES) if kind == "flash" else (SHOPPERS, TIMES)
    found: dict[str, Any] = in_process(__name__, subject.url, room, shoppers, times, kind == "flash")
    time.sleep(1)  # the claims are checked twice a second
    shown = subject.call("GET", f"/api/labs/{SLUG}/snapshot", room=room)["snapshot"]["conflicts"]
    taken = found["statuses"].get("201", 0)
    return {**found, "taken": taken, "oversold": shown["oversold"], "retried": shown["retried_pct"]}


async def _locked_quantity(subject: Subject) -> float:
    """Sales a second of the peer: one row per shelf with a quantity, locked; each sale reads, checks, writes a line."""
    server = EmbeddedPostgres.start(subject.folder / "peer")
    sql = Sql(server.url)
    try:
        await sql.create()
        for text in (
            "CREATE TABLE peer_stock (shelf int PRIMARY KEY, quantity int)",
            "CREATE TABLE peer_reservation (id bigint PRIMARY KEY, shelf int, quantity int)",
            f"INSERT INTO peer_stock SELECT g, 100000 FROM generate_series(0, {SALE_SHELVES - 1}) g",
        ):
            await sql.write(lambda c, text=text: c.execute(sa.text(text)) and None)  # type: ignore[misc]
        numbers, rng = iter(range(SALES)), Random(5)

        async def seller() -> None:
            for number in numbers:
                async with sql.session() as session:
                    shelf = {"shelf": rng.randrange(SALE_SHELVES)}
                    asked = sa.text("SELECT quantity FROM peer_stock WHERE shelf = :shelf FOR UPDATE")
                    if (await session.scalar(asked, shelf)) < 1:
                        raise RuntimeError("sold out")
                    await session.execute(
                        sa.text("INSERT INTO peer_reservation VALUES (:id, :shelf, 1)"),
                        {**shelf, "id": number},
                    )
                    await session.execute(
                        sa.text("UPDATE peer_stock SET quantity = quantity - 1 WHERE shelf = :shelf"), shelf
                    )

        began = time.perf_counter()
        await asyncio.gather(*(seller() for _ in range(24)))
        return SALES / (time.perf_counter() - began)
    finally:
        await sql.close()
        server.stop()


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "local-delivery-looking": looking,
    "local-delivery-orders": ordering,
}


async def order(url: str, room: str, shoppers: int, times: int, *, flash: bool) -> dict[str, object]:
    """All connect, then all order at once, each `times` times."""
    address = urlsplit(url)
    statuses: Counter[int] = Counter()
    took: list[float] = []

    async def shopper(number: int) -> None:
        rng = Random(number)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for _ in range(times):
            data = json.dumps(_body(rng, flash=flash)).encode()
            head = (
                f"POST {BASE}/order HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
                f"X-SDLab-Room: {room}\r\nX-SDLab-User: shopper{number}\r\nContent-Length: {len(data)}\r\n\r\n"
            )
            began = time.perf_counter()
            writer.write(head.encode() + data)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(answer.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))
            took.append(time.perf_counter() - began)
            statuses[int(answer[9:12])] += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(shopper(number) for number in range(shoppers)))
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "p99": quantile(took, 0.99) * 1000, "statuses": dict(statuses)}


def _body(rng: Random, *, flash: bool) -> dict[str, Any]:
    if flash:
        return {**HERE, "items": [{"item": "console", "quantity": 1}]}
    lat, long = to_degrees(*somewhere(rng))
    items = [{"item": item, "quantity": count} for item, count in basket(rng).items()]
    return {"lat": lat, "long": long, "items": items}


if __name__ == "__main__":
    _, where, which, count, turns, hot = sys.argv
    print(json.dumps(asyncio.run(order(where, which, int(count), int(turns), flash=hot == "True"))))
