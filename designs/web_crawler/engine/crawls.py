"""Crawls and the pages in them, as the engine writes and reads them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designs.web_crawler.config import Config
from designs.web_crawler.engine.content import ContentIndex
from designs.web_crawler.engine.frontier import Entry
from designs.web_crawler.engine.models import (
    CRAWL,
    DONE,
    FETCHED,
    PAGE,
    QUEUED,
    RAW,
    RUNNING,
    URL,
)
from designs.web_crawler.engine.strategies import shape_of
from sdlab.lab import Conflict, EngineContext, Forbidden, NotFound, TooMany

MOST_DEPTH = 20
MOST_PAGES = 5_000
MOST_SEEDS = 100
MOST_OPEN = 12  # crawls that are not done, in a room
MOST_KEPT = 40
DEFAULT_DEPTH, DEFAULT_PAGES = 20, 2_000


@dataclass(slots=True)
class Crawl:
    """A crawl that is not done: what it was asked for, and what it has accepted."""

    number: int
    id: str
    owner: str
    seeds: tuple[str, ...]
    max_depth: int
    max_pages: int
    state: str
    created_ms: int
    ended_ms: int = 0
    accepted: int = 0
    shapes: Counter[tuple[str, str]] = field(default_factory=Counter)
    content: ContentIndex = field(default_factory=lambda: ContentIndex(6))
    mapped: set[str] = field(default_factory=set)  # hosts whose sitemaps were offered


@dataclass(frozen=True, slots=True)
class Progress:
    """A crawl with how many of its addresses are in which state."""

    crawl: Crawl
    states: Counter[str]

    def to_json(self) -> dict[str, Any]:
        """As it is kept for whoever repeats the call that made it."""
        one = self.crawl
        return {
            "number": one.number,
            "id": one.id,
            "owner": one.owner,
            "seeds": list(one.seeds),
            "max_depth": one.max_depth,
            "max_pages": one.max_pages,
            "state": one.state,
            "created_ms": one.created_ms,
            "states": dict(self.states),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Progress:
        """What was kept."""
        fields = {name: value for name, value in kept.items() if name not in ("states", "seeds")}
        return cls(Crawl(seeds=tuple(kept["seeds"]), **fields), Counter(kept["states"]))


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page with what was read out of it."""

    number: int
    crawl: str
    owner: str
    url: str
    title: str
    language: str
    charset: str
    text: str
    duplicate_of: int
    stored_ms: int


class Crawls:
    """All crawls of the room; those that are not done are in memory too, as their rows say."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._room, self._sql, self._clock = context.room.id, context.room.sql, context.clock
        self.open_ones: dict[int, Crawl] = {}
        self.crawl_number = self.url_number = 0
        self.screen = 0
        self._filled: Counter[int] = Counter()
        self._turning = asyncio.Lock()

    @property
    def now(self) -> int:
        """Ms since 1970."""
        return int(self._clock.time() * 1000)

    async def open(self) -> list[Entry]:
        """Know the newest numbers and the crawls that are not done; their addresses that wait."""

        def work(c: sa.Connection) -> tuple[Any, ...]:
            crawls = c.execute(
                sa.select(CRAWL).where(CRAWL.c.room == self._room).order_by(CRAWL.c.number)
            ).all()
            number = c.execute(sa.select(sa.func.max(URL.c.number)).where(URL.c.room == self._room)).scalar()
            return crawls, number

        crawls, number = await self._sql.read(work)
        self.url_number = int(number or 0)
        waiting: list[Entry] = []
        for row in crawls:
            self.crawl_number = self.screen = row.number
            if row.state != DONE:
                crawl = self.open_ones[row.number] = crawl_of(row)
                waiting += await self._remembered(crawl)
        return waiting

    async def _remembered(self, crawl: Crawl) -> list[Entry]:
        """Fill a crawl's memory from its rows."""

        def work(c: sa.Connection) -> tuple[Any, Any]:
            urls = c.execute(
                sa.select(URL).where(URL.c.room == self._room, URL.c.crawl == crawl.number)
            ).all()
            pages = c.execute(
                sa.select(PAGE.c.hash, PAGE.c.simhash, PAGE.c.number)
                .where(PAGE.c.room == self._room, PAGE.c.crawl == crawl.number, PAGE.c.duplicate_of == 0)
                .order_by(PAGE.c.stored_ms)
            ).all()
            return urls, pages

        urls, pages = await self._sql.read(work)
        crawl.accepted = len(urls)
        for row in urls:
            shape = shape_of(row.url)
            crawl.shapes[shape.host, shape.path] += 1
        crawl.content = ContentIndex(self._context.config.near_bits)
        for row in pages:
            crawl.content.add(row.hash, row.simhash & (2**64 - 1), row.number)
        return [
            Entry(row.number, crawl.number, row.url, row.host, row.depth, 2, row.tries)
            for row in urls
            if row.state in (QUEUED, FETCHED)
        ]

    def limits(self) -> None:
        """`TooMany` where the room has as many crawls that are not done as it may, or as many addresses."""
        if len(self.open_ones) >= MOST_OPEN:
            raise TooMany(
                f"{MOST_OPEN} crawls are not done; pause helps nobody, wait for one", retry_after=10
            )

    async def insert(
        self, owner: str, seeds: Sequence[str], max_depth: int, max_pages: int, id: str
    ) -> Crawl:
        """A new crawl, which is on the screen from now on; of old ones that are done, the oldest goes."""
        self.crawl_number += 1
        crawl = Crawl(
            self.crawl_number, id, owner, tuple(seeds), max_depth, max_pages, RUNNING, self.now,
            content=ContentIndex(self._context.config.near_bits),
        )  # fmt: skip
        row = {
            "room": self._room,
            "number": crawl.number,
            "id": id,
            "owner": owner,
            "seeds": "\n".join(seeds),
            "max_depth": max_depth,
            "max_pages": max_pages,
            "state": RUNNING,
            "created_ms": crawl.created_ms,
            "ended_ms": 0,
        }

        def work(c: sa.Connection) -> None:
            c.execute(CRAWL.insert(), row)
            old = c.execute(
                sa.select(CRAWL.c.number)
                .where(CRAWL.c.room == self._room, CRAWL.c.state == DONE, CRAWL.c.number <= crawl.number - MOST_KEPT)
            ).scalars().all()  # fmt: skip
            for table in (URL, RAW, PAGE):
                if old:
                    c.execute(table.delete().where(table.c.room == self._room, table.c.crawl.in_(old)))
            if old:
                c.execute(CRAWL.delete().where(CRAWL.c.room == self._room, CRAWL.c.number.in_(old)))

        await self._sql.write(work)
        self.open_ones[crawl.number] = crawl
        self.screen = crawl.number
        return crawl

    async def insert_urls(self, crawl: Crawl, rows: Sequence[dict[str, Any]]) -> None:
        """Addresses that the crawl accepted."""
        await self._sql.write(lambda c: c.execute(URL.insert(), list(rows)) and None)
        crawl.accepted += len(rows)

    @contextmanager
    def filling(self, crawl: Crawl) -> Iterator[None]:
        """Within the block somebody puts addresses into it: it does not end, though nothing of it may wait yet."""
        self._filled[crawl.number] += 1
        try:
            yield
        finally:
            self._filled[crawl.number] -= 1

    async def end(self, crawl: Crawl, *, accepted: int) -> bool:
        """It is done, unless somebody puts addresses into it, or it has others than the `accepted` of before."""
        async with self._turning:
            if self._filled[crawl.number] or crawl.accepted != accepted:
                return False
            self._filled.pop(crawl.number, None)
            self.open_ones.pop(crawl.number, None)
            await self.set_state(crawl, DONE)
        return True

    async def set_state(self, crawl: Crawl, state: str) -> None:
        """Running or paused; `end` says that it is done."""
        crawl.state = state
        crawl.ended_ms = self.now if state == DONE else 0
        change = (
            CRAWL.update()
            .where(CRAWL.c.room == self._room, CRAWL.c.number == crawl.number)
            .values(state=state, ended_ms=crawl.ended_ms)
        )
        await self._sql.write(lambda c: c.execute(change) and None)

    async def reopened(self, number: int) -> Crawl | None:
        """A crawl, at work again when it was done."""
        async with self._turning:
            if crawl := self.open_ones.get(number):
                return crawl
            query = sa.select(CRAWL).where(CRAWL.c.room == self._room, CRAWL.c.number == number)
            row = await self._sql.read(lambda c: c.execute(query).one_or_none())
            if row is None:
                return None
            crawl = crawl_of(row)
            await self._remembered(crawl)
            await self.set_state(crawl, RUNNING)
            self.open_ones[number] = crawl
            return crawl

    async def progress(self, owner: str, id: str) -> Progress:
        """Somebody's crawl, with the states of its addresses. `NotFound` for another's as for none."""
        query = sa.select(CRAWL).where(CRAWL.c.room == self._room, CRAWL.c.id == id)

        def work(c: sa.Connection) -> tuple[Any, Counter[str]]:
            row = c.execute(query).one_or_none()
            states: Counter[str] = Counter()
            if row is not None:
                counts = (
                    sa.select(URL.c.state, sa.func.count())
                    .where(URL.c.room == self._room, URL.c.crawl == row.number)
                    .group_by(URL.c.state)
                )
                states.update({row[0]: row[1] for row in c.execute(counts)})
            return row, states

        row, states = await self._sql.read(work)
        if row is None or row.owner != owner:
            raise NotFound("there is no crawl of yours with that id")
        return Progress(self.open_ones.get(row.number) or crawl_of(row), states)

    async def own(self, owner: str, id: str) -> Crawl:
        """Somebody's crawl, to act on. `NotFound`, `Forbidden`, `Conflict` when it is done."""
        query = sa.select(CRAWL).where(CRAWL.c.room == self._room, CRAWL.c.id == id)
        row = await self._sql.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            raise NotFound("there is no such crawl")
        if row.owner != owner:
            raise Forbidden("that is somebody else's crawl")
        if row.state == DONE:
            raise Conflict("that crawl is done")
        return self.open_ones.get(row.number) or crawl_of(row)

    async def pages(self, crawl: int, *, after: int, limit: int) -> list[StoredPage]:
        """Pages of a crawl by number, without their texts, behind a number."""
        query = (
            sa.select(PAGE, CRAWL.c.id.label("crawl_id"), CRAWL.c.owner)
            .join(CRAWL, sa.and_(CRAWL.c.room == PAGE.c.room, CRAWL.c.number == PAGE.c.crawl))
            .where(PAGE.c.room == self._room, PAGE.c.crawl == crawl, PAGE.c.number > after)
            .order_by(PAGE.c.number)
            .limit(limit)
        )
        return [page_of(row) for row in await self._sql.read(lambda c: c.execute(query).all())]

    async def page(self, number: int) -> StoredPage:
        """One page, with its text; of a duplicate, that of the page that it repeats. `NotFound`."""
        query = (
            sa.select(PAGE, CRAWL.c.id.label("crawl_id"), CRAWL.c.owner)
            .join(CRAWL, sa.and_(CRAWL.c.room == PAGE.c.room, CRAWL.c.number == PAGE.c.crawl))
            .where(PAGE.c.room == self._room, PAGE.c.number == number)
        )
        row = await self._sql.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            raise NotFound("there is no page of that number")
        return page_of(row)

    async def buggy(self) -> list[Entry]:
        """Pages that a bad version has read, as entries to be read again."""
        query = (
            sa.select(PAGE.c.number, PAGE.c.crawl, PAGE.c.url, URL.c.host, URL.c.depth)
            .join(URL, sa.and_(URL.c.room == PAGE.c.room, URL.c.number == PAGE.c.number))
            .where(PAGE.c.room == self._room, PAGE.c.buggy == 1)
        )
        rows = await self._sql.read(lambda c: c.execute(query).all())
        return [Entry(row.number, row.crawl, row.url, row.host, row.depth, 2, again=True) for row in rows]

    async def queued(self, *, most: int, before_ms: int) -> list[tuple[int, int, str]]:
        """Number, crawl and address of what waits by its row, and has not changed since."""
        query = (
            sa.select(URL.c.number, URL.c.crawl, URL.c.url)
            .where(URL.c.room == self._room, URL.c.state == QUEUED, URL.c.changed_ms < before_ms)
            .limit(most)
        )
        return [
            (row.number, row.crawl, row.url) for row in await self._sql.read(lambda c: c.execute(query).all())
        ]

    async def states(self, numbers: Sequence[int]) -> dict[int, str]:
        """The states of these addresses."""
        query = sa.select(URL.c.number, URL.c.state).where(
            URL.c.room == self._room, URL.c.number.in_(list(numbers))
        )
        return {row.number: row.state for row in await self._sql.read(lambda c: c.execute(query).all())}

    async def has(self, id: str) -> bool:
        """Whether there is a crawl of that id."""
        query = sa.select(CRAWL.c.number).where(CRAWL.c.room == self._room, CRAWL.c.id == id)
        return await self._sql.read(lambda c: c.execute(query).one_or_none()) is not None


def crawl_of(row: Any) -> Crawl:
    """A row as a crawl."""
    return Crawl(
        row.number, row.id, row.owner, tuple(row.seeds.split("\n")), row.max_depth, row.max_pages, row.state,
        row.created_ms, row.ended_ms,
    )  # fmt: skip


def page_of(row: Any) -> StoredPage:
    """A row as a page."""
    return StoredPage(
        row.number, row.crawl_id, row.owner, row.url, row.title, row.language, row.charset, row.text, row.duplicate_of,
        row.stored_ms,
    )  # fmt: skip
