"""The program of an extractor: reads stored answers, and stores what they say. A process of its own."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from designs.web_crawler.engine.extract import Extracted, extract
from designs.web_crawler.engine.frontier import Entry, Frontier
from designs.web_crawler.engine.page_rows import MOVED, PAGE_IN, RAW_OF, moved, page
from sdlab.parts.sql_line import SqlLine
from sdlab.parts.worker_process import connected
from sdlab.parts.workers.peer import Handler, Peer


@dataclass(slots=True)
class InHand:
    """A stored answer with what was read out of it; None where the raw store has nothing of that number."""

    entry: Entry
    read: Extracted | None = None


class Extractor:
    """Texts never leave this process but for the store."""

    def __init__(self, parent: Peer, *, name: str, url: str, redis: str, room: str, base: str) -> None:
        self._me, self._room = name, room
        self._sql = SqlLine(url)
        self._frontier = Frontier(connected(redis), base)
        self._hand: list[InHand] = []

    async def take(self, *, now: int, until: int, most: int) -> dict[str, Any]:
        """Take what waits to be read."""
        took = await self._frontier.take_raw(self._me, now_ms=now, until_ms=until, most=most)
        self._hand = [InHand(entry) for entry, _ in took.entries]
        return {"entries": [asdict(one.entry) for one in self._hand], "next": took.next_ms}

    async def read(self, *, buggy: bool) -> list[dict[str, Any] | None]:
        """What each says, without its text."""
        self._sql.transaction(lambda c: [self._read(c, one, buggy) for one in self._hand])
        return [None if one.read is None else {**asdict(one.read), "text": ""} for one in self._hand]

    def _read(self, c: sa.Connection, one: InHand, buggy: bool) -> None:
        row = c.execute(RAW_OF, {"room": self._room, "number": one.entry.number}).one_or_none()
        if row is not None and row.same_as:
            row = c.execute(RAW_OF, {"room": self._room, "number": row.same_as}).one_or_none()
        if row is not None:
            one.read = extract(zlib.decompress(row.body), row.content_type, one.entry.url, buggy=buggy)

    async def store(self, *, now: int, copies: list[int], buggy: bool) -> int:
        """Write pages down, then let the queue forget them. `copies`: of which page each is a copy; 0 for none."""
        pages, rows = [], []
        for one, copy_of in zip(self._hand, copies, strict=True):
            entry = asdict(one.entry)
            if one.read is not None:
                pages.append(page(self._room, entry, asdict(one.read), copy_of=copy_of, buggy=buggy, now=now))
            state = "other" if one.read is None else "duplicate" if copy_of else "stored"
            rows.append(moved(self._room, one.entry.number, state, "", tries=one.entry.tries, now=now))

        def write(c: sa.Connection) -> None:
            if pages:
                c.execute(PAGE_IN, pages)
            c.execute(MOVED, rows)

        self._sql.transaction(write)
        await self._frontier.finish_raw([one.entry for one in self._hand])
        done, self._hand = len(self._hand), []
        return done


async def make(parent: Peer, **setup: Any) -> dict[str, Handler]:
    """What an extractor can be asked."""
    one = Extractor(parent, **setup)
    return {"take": one.take, "read": one.read, "store": one.store}
