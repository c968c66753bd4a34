"""Searches among 200,000 places by words and radius against SQL, and 64 raters of one place over HTTP.

As a program (`python -m designs.yelp.bench URL ROOM RATERS TIMES`) it is the raters: each has a connection
of its own and rates place 1 TIMES times. What came back is printed as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import sqlalchemy as sa

from designs.yelp.engine.city_places import CENTRE, city_places
from designs.yelp.engine.models import PLACE
from designs.yelp.engine.place import Place, SearchQuery
from designs.yelp.engine.sphere import cell_number, distances_m
from designs.yelp.engine.strategies.searching import LikeAndBox, PrefixAndFilter, around
from designs.yelp.engine.structures import GridPlaces, PlaceStructure, TantivyPlaces
from sdlab.blocks.inverted_index import tokens
from sdlab.launcher.bench.harness import in_process, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.sql import Sql

SLUG, BASE, ROOM = "yelp", "/api/yelp", "bench"
PLACES, QUERIES, PAGE, LEVEL = 200_000, 120, 5_000, 6
WIDER = 14  # the bench's city is so many times as wide and as high as the room's, with as many places per km²
TERMS = ("coffee", "ramen", "books", "sushi terrace", "coffee wifi", "vegan", "craft beer", "climbing")
RADII = (300.0, 1_000.0, 3_000.0)
RATERS, TIMES = 64, 10


def searching(subject: Subject) -> Iterator[Result]:
    """The same queries to the engine, to the grid, and to PostgreSQL in two ways; all answers must be equal."""
    took, sizes, built, equal = asyncio.run(_search_all(subject))
    engine, grid, like, prefix = (took[name] for name in ("engine", "grid", "like", "prefix"))
    yield Result(
        "search among 200,000 places, p99",
        quantile(engine, 0.99),
        "ms",
        bar=30,
        detail=f"p50 {quantile(engine, 0.5):.2f} ms; {sizes:.0f} places found a search; indexed in {built:.1f} s; "
        f"{equal} of {QUERIES} answers are those of all four",
    )
    yield Result(
        "SQL LIKE and box / engine, at p50",
        quantile(like, 0.5) / quantile(engine, 0.5),
        "x",
        bar=10,
        at_least=True,
        detail=f"PostgreSQL p50 {quantile(like, 0.5):.1f} ms, p99 {quantile(like, 0.99):.1f} ms",
    )
    yield Result(
        "geohash prefix and filter / engine, at p50",
        quantile(prefix, 0.5) / quantile(engine, 0.5),
        "x",
        detail=f"PostgreSQL p50 {quantile(prefix, 0.5):.1f} ms; grid and lists p50 {quantile(grid, 0.5):.1f} ms",
    )


async def _search_all(subject: Subject) -> tuple[dict[str, list[float]], float, float, int]:
    places = _spread(Random(1))
    server = EmbeddedPostgres.start(subject.folder / "postgres")
    sql = Sql(server.url)
    try:
        await sql.create()
        await _insert(sql, places)
        began = time.perf_counter()
        engine: PlaceStructure = TantivyPlaces()
        engine.put(places)
        built = time.perf_counter() - began
        grid = GridPlaces()
        grid.put(places)
        took, found, equal = await _ask(sql, engine, grid)
        return took, found, built, equal
    finally:
        await sql.close()
        server.stop()


def _spread(rng: Random) -> list[Place]:
    """The places of a larger city: the room's, moved apart block by block."""
    step_lat, step_lng = 0.054, 0.108  # a city is as high and as wide
    side = WIDER
    return [
        replace(one, lat=round(one.lat + step_lat * (n % side - side // 2), 7),
                lng=round(one.lng + step_lng * (n // side % side - side // 2), 7))
        for n, one in enumerate(city_places(rng, PLACES))
    ]  # fmt: skip


async def _insert(sql: Sql, places: Sequence[Place]) -> None:
    names = ("id", "name", "kind", "tags", "street", "by", "lat", "lng", "old_count", "old_sum")
    for start in range(0, len(places), PAGE):
        rows = [
            {
                **{name: getattr(one, name) for name in names},
                "room": ROOM, "text": one.text, "cell": cell_number(one.lat, one.lng),
                "count": one.old_count, "total": one.old_sum, "version": 0, "averaged": 0.0, "revision": 0,
            }
            for one in places[start : start + PAGE]
        ]  # fmt: skip
        await sql.write(lambda c, rows=rows: c.execute(PLACE.insert(), rows) and None)  # type: ignore[misc]
    await sql.write(lambda c: c.execute(sa.text("ANALYZE yelp_place")) and None)


def _queries(rng: Random) -> Iterator[SearchQuery]:
    for _ in range(QUERIES):
        lat, lng = CENTRE[0] + rng.uniform(-0.2, 0.2), CENTRE[1] + rng.uniform(-0.4, 0.4)
        yield SearchQuery(rng.choice(TERMS), lat, lng, rng.choice(RADII))


async def _ask(
    sql: Sql, engine: PlaceStructure, grid: PlaceStructure
) -> tuple[dict[str, list[float]], float, int]:
    """Milliseconds by way, how many are found on average, and how many answers are the same in all ways."""
    took: dict[str, list[float]] = {name: [] for name in ("engine", "grid", "like", "prefix")}
    found = equal = 0
    for query in _queries(Random(2)):
        answers = []
        for name, structure in (("engine", engine), ("grid", grid)):
            began = time.perf_counter()
            got = structure.find(query.words, around(query, LEVEL).cells)
            near = distances_m(query.lat, query.lng, got.lats, got.lngs) <= query.radius_m
            answers.append({id for id, inside in zip(got.ids, near, strict=True) if inside})
            took[name].append((time.perf_counter() - began) * 1000)
        for name, way in (("like", LikeAndBox), ("prefix", PrefixAndFilter)):
            began = time.perf_counter()
            answers.append(await _by_sql(sql, way.statement(ROOM, query, around(query, LEVEL)), query))
            took[name].append((time.perf_counter() - began) * 1000)
        found += len(answers[0])
        equal += all(one == answers[0] for one in answers)
    return took, found / QUERIES, equal


async def _by_sql(sql: Sql, statement: sa.Select[Any], query: SearchQuery) -> set[int]:
    rows = await sql.read(lambda c: c.execute(statement).all())
    wanted = set(query.words)
    kept = [row for row in rows if wanted <= set(tokens(row.text))]
    lats, lngs = (np.array([getattr(row, name) for row in kept]) for name in ("lat", "lng"))
    near = distances_m(query.lat, query.lng, lats, lngs) <= query.radius_m
    return {row.id for row, inside in zip(kept, near, strict=True) if inside}


def rating(subject: Subject) -> Iterator[Result]:
    """64 people rate one place at once: what is stored, by the approaches that promise it, and by the one that does not."""
    found = {name: _storm(subject, name) for name in ("optimistic", "strict", "read", "naive")}
    for name, label in (("optimistic", "with a version"), ("strict", "SERIALIZABLE"), ("read", "on read")):
        one = found[name]
        yield Result(
            f"ratings missing in the average, {label}",
            one["missing"],
            "ratings",
            bar=1,
            detail=f"{one['rate']:,.0f} ratings/s, p99 {one['p99']:.0f} ms; answers {one['statuses']}; "
            f"{one['people']} people, {one['doubles']} of them twice",
        )
    yield Result(
        "ratings missing in the average, read and write back",
        found["naive"]["missing"],
        "ratings",
        bar=1,
        at_least=True,
        detail=f"{found['naive']['rate']:,.0f} ratings/s by {RATERS} people, {TIMES} each",
    )


def _storm(subject: Subject, average: str) -> dict[str, Any]:
    room = subject.new_room()
    subject.call("PATCH", f"/api/labs/{SLUG}/config", room=room, body={"toggles": {"average": average}})
    before = subject.call("GET", f"{BASE}/place/1", room=room)["ratings"]
    found: dict[str, Any] = in_process(__name__, subject.url, room, RATERS, TIMES)
    after = subject.call("GET", f"{BASE}/place/1", room=room)["ratings"]
    names: list[str] = []
    cursor = ""
    while cursor is not None:
        page = subject.call("GET", f"{BASE}/place/1/reviews?pageSize=100{cursor}", room=room)
        names += [one["by"] for one in page["items"] if one["by"].startswith("rater")]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    people = len(set(names))
    return {**found, "missing": before + people - after, "people": people, "doubles": len(names) - people}


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "yelp-search": searching,
    "yelp-ratings": rating,
}


async def rate(url: str, room: str, raters: int, times: int) -> dict[str, object]:
    """All connect, then all rate at once, each `times` times."""
    address = urlsplit(url)
    statuses: Counter[int] = Counter()
    took: list[float] = []

    async def rater(number: int) -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for turn in range(times):
            data = json.dumps({"place_id": "1", "stars": 1 + (number + turn) % 5}).encode()
            head = (
                f"POST {BASE}/place/ratings HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
                f"X-SDLab-Room: {room}\r\nX-SDLab-User: rater{number}\r\nContent-Length: {len(data)}\r\n\r\n"
            )
            began = time.perf_counter()
            writer.write(head.encode() + data)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(answer.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            took.append(time.perf_counter() - began)
            statuses[int(answer[9:12])] += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(rater(number) for number in range(raters)))
    seconds = time.perf_counter() - began
    return {
        "rate": len(took) / seconds,
        "p99": quantile(took, 0.99) * 1000,
        "statuses": dict(statuses),
    }


if __name__ == "__main__":
    _, where, which, *numbers = sys.argv
    print(json.dumps(asyncio.run(rate(where, which, *map(int, numbers)))))
