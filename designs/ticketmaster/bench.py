"""Five hundred buyers on two hundred seats over HTTP, and searches among 100,000 events against SQL LIKE.

As a program (`python -m designs.ticketmaster.bench URL ROOM COUNT ATTEMPTS SEATS`) it is the buyers:
COUNT connections try ATTEMPTS times each to hold up to four of SEATS seats of the popular event, and
pay for what they get. What came back is printed as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from designs.ticketmaster.engine.models import EVENT
from designs.ticketmaster.engine.programme import SEATS as HALL
from designs.ticketmaster.engine.search_index import Event, EventIndex, SearchQuery, like, sort_key
from sdlab.launcher.bench.harness import in_process, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.sql import Sql

SLUG = "ticketmaster"
BASE = f"/api/{SLUG}"
BUYERS, ATTEMPTS, SEATS, CONNECTING = 500, 20, 200, 100
EVENTS, QUERIES = 100_000, 300
WORDS, CITIES = 2_000, 200
PAGE = 5_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def onsale(subject: Subject) -> Iterator[Result]:
    """Everybody at once, without a waiting room: by lock, by row lock, and without protection."""
    locked, rows, bare = (_sell(subject, holding) for holding in ("redis", "row", "none"))
    yield Result(
        "hold attempts, 500 buyers on 200 seats",
        locked["rate"],
        "/s",
        bar=300,
        at_least=True,
        detail=f"p50 {locked['p50']:.0f} ms, p99 {locked['p99']:.0f} ms; answers {locked['statuses']}; "
        f"sold in {locked['database']}",
    )
    yield Result(
        "seats sold twice, Redis lock",
        locked["twice"] + locked["doubles"],
        "seats",
        bar=1,
        detail=f"{locked['bought']} seats bought, {locked['sold']} rows of sales",
    )
    yield Result(
        "Redis lock / row lock in the database",
        locked["rate"] / rows["rate"],
        "x",
        detail=f"{rows['rate']:,.0f}/s by SELECT FOR UPDATE in {rows['database']}, as pretix does it; "
        f"{rows['doubles']} sold twice",
    )
    yield Result(
        "seats sold twice, no protection",
        bare["doubles"],
        "seats",
        bar=1,
        at_least=True,
        detail=f"{bare['bought']} seats bought of {SEATS}",
    )


def _sell(subject: Subject, holding: str) -> dict[str, Any]:
    room = subject.new_room()
    toggles = {"holding": holding, "admission": "free"}
    subject.call("PATCH", f"/api/labs/{SLUG}/config", room=room, body={"toggles": toggles})
    found: dict[str, Any] = in_process(__name__, subject.url, room, BUYERS, ATTEMPTS, SEATS)
    time.sleep(1)  # the claims are checked twice a second
    shown = subject.call("GET", f"/api/labs/{SLUG}/snapshot", room=room)["snapshot"]
    sold = {name: shown["office"][name] for name in ("doubles", "sold")}
    return {**found, **sold, "database": shown["transactions"]["database"]}


def searching(subject: Subject) -> Iterator[Result]:
    """The same queries to the index and to the database, one by one."""
    folder = subject.folder / "search"
    folder.mkdir()
    ours, theirs, equal, built = asyncio.run(_search_both(folder))
    yield Result(
        "search of 100,000 events, p99",
        quantile(ours, 0.99),
        "ms",
        bar=50,
        detail=f"p50 {quantile(ours, 0.5):.2f} ms; {equal} of {QUERIES} answers as LIKE gives them; "
        f"indexed in {built:.1f} s",
    )
    yield Result(
        "SQL LIKE / index, at p99",
        quantile(theirs, 0.99) / quantile(ours, 0.99),
        "x",
        bar=1,
        at_least=True,
        detail=f"LIKE p50 {quantile(theirs, 0.5):.1f} ms, p99 {quantile(theirs, 0.99):.1f} ms, in SQLite",
    )


async def _search_both(folder: Path) -> tuple[list[float], list[float], int, float]:
    rng = Random(1)
    words = ["".join(rng.choices(LETTERS, k=rng.randint(5, 9))) for _ in range(WORDS)]
    events = [_event(rng, words, number) for number in range(1, EVENTS + 1)]
    sql = Sql(f"sqlite:///{folder / 'bench.db'}")
    await sql.create()
    for start in range(0, EVENTS, PAGE):
        some = events[start : start + PAGE]
        rows = [{"room": "bench", "place": sort_key(one), **asdict(one)} for one in some]
        await sql.write(lambda c, rows=rows: c.execute(EVENT.insert(), rows) and None)  # type: ignore[misc]
    index = EventIndex()
    began = time.perf_counter()
    index.put(events)
    built = time.perf_counter() - began
    ours, theirs, equal = [], [], 0
    for _ in range(QUERIES):
        query = _query(rng, words)
        began = time.perf_counter()
        found = index.find(query)
        between = time.perf_counter()
        scanned = await sql.read(lambda c, query=query: like(c, "bench", query))  # type: ignore[misc]
        ours.append((between - began) * 1000)
        theirs.append((time.perf_counter() - between) * 1000)
        equal += found == scanned
    await sql.close()
    return ours, theirs, equal, built


def _event(rng: Random, words: list[str], number: int) -> Event:
    title, performer = " ".join(rng.choices(words, k=4)), " ".join(rng.choices(words, k=2))
    starts = 1_800_000_000 + rng.randrange(365 * 86_400)
    return Event(f"e{number}", title, performer, rng.choice(words), f"city{rng.randrange(CITIES)}", starts)


def _query(rng: Random, words: list[str]) -> SearchQuery:
    """One word or two, one of four with a city."""
    city = f"city{rng.randrange(CITIES)}" if rng.random() < 0.25 else ""
    return SearchQuery(term=" ".join(rng.sample(words, rng.choice((1, 1, 2)))), city=city)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "ticketmaster-onsale": onsale,
    "ticketmaster-search": searching,
}


@dataclass(slots=True)
class Sale:
    """What all buyers got. Latencies are those of attempts to hold, in seconds."""

    host: str
    port: int
    room: str
    seats: tuple[str, ...]
    statuses: Counter[int] = field(default_factory=Counter)
    bought: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)


class Buyer:
    """One connection that is kept, with at most one request under way."""

    def __init__(self, sale: Sale, number: int) -> None:
        self._sale, self._chance, self._name = sale, Random(number), f"b{number}"

    async def connect(self) -> None:
        """Open the connection."""
        self._reader, self._writer = await asyncio.open_connection(self._sale.host, self._sale.port)

    async def shop(self, attempts: int) -> None:
        """Try to hold again and again; pay for each hold."""
        for _ in range(attempts):
            seats = self._chance.sample(self._sale.seats, self._chance.randint(1, 4))
            began = time.perf_counter()
            status, held = await self._post("/holds", {"event_id": "e1", "seats": seats})
            self._sale.latencies.append(time.perf_counter() - began)
            self._sale.statuses[status] += 1
            if status == 201:
                paid, ticket = await self._post("/bookings", {"hold_id": held["hold_id"]})
                if paid == 201:
                    self._sale.bought += ticket["seats"]
        self._writer.close()

    async def _post(self, path: str, body: dict[str, object]) -> tuple[int, dict[str, Any]]:
        data, sale = json.dumps(body).encode(), self._sale
        head = (
            f"POST {BASE}{path} HTTP/1.1\r\nHost: {sale.host}\r\nContent-Type: application/json\r\n"
            f"X-SDLab-Room: {sale.room}\r\nX-SDLab-User: {self._name}\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        self._writer.write(head.encode() + data)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(answer[9:12]), json.loads(await self._reader.readexactly(length))


async def buy(url: str, room: str, count: int, attempts: int, seats: int) -> dict[str, object]:
    """Connect all, then let all go at once."""
    address = urlsplit(url)
    sale = Sale(address.hostname or "", address.port or 80, room, HALL[:seats])
    buyers = [Buyer(sale, number) for number in range(count)]
    for start in range(0, count, CONNECTING):
        await asyncio.gather(*(one.connect() for one in buyers[start : start + CONNECTING]))
    began = time.perf_counter()
    await asyncio.gather(*(one.shop(attempts) for one in buyers))
    seconds = time.perf_counter() - began
    return {
        "attempts": len(sale.latencies),
        "rate": len(sale.latencies) / seconds,
        "p50": quantile(sale.latencies, 0.5) * 1000,
        "p99": quantile(sale.latencies, 0.99) * 1000,
        "bought": len(sale.bought),
        "twice": len(sale.bought) - len(set(sale.bought)),
        "statuses": dict(sale.statuses),
    }


if __name__ == "__main__":
    _, where, which, *numbers = sys.argv
    print(json.dumps(asyncio.run(buy(where, which, *map(int, numbers)))))
