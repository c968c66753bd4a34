"""The events of a room: their rows, and the news of their changes, written in one transaction."""

from __future__ import annotations

from dataclasses import asdict, replace

import orjson
import sqlalchemy as sa

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.models import EVENT, NEWS
from designs.ticketmaster.engine.nodes import BOOKING, DATABASE
from designs.ticketmaster.engine.programme import programme
from designs.ticketmaster.engine.search_index import Event, sort_key
from sdlab.lab import EngineContext, NotFound
from sdlab.lab.text import TextRule
from sdlab.parts.outbox import Outbox

TITLE = TextRule("title", 80)


class Catalogue:
    """Events by id, as the database has them. `changes` counts those that this process made."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context, self._room = context, context.room
        self.events: dict[str, Event] = {}
        self.changes = 0
        self.outbox = Outbox(context.room, NEWS, reader="captured")

    async def open(self) -> None:
        """Read the programme, or make one."""
        query = sa.select(EVENT).where(EVENT.c.room == self._room.id).order_by(EVENT.c.place)
        rows = await self._room.sql.read(lambda c: [dict(row._mapping) for row in c.execute(query)])
        if not rows:
            found = sorted(programme(self._room.rng("programme"), self._room.clock.time()), key=sort_key)
            rows = [{"room": self._room.id, "place": sort_key(one), **asdict(one)} for one in found]
            await self._room.sql.write(lambda c: c.execute(EVENT.insert(), rows) and None)
        inner = ("room", "place")
        self.events = {row["id"]: Event(**{k: v for k, v in row.items() if k not in inner}) for row in rows}
        await self.outbox.open()

    def event(self, event_id: str) -> Event:
        """The event of that id; `NotFound` when there is none."""
        try:
            return self.events[event_id]
        except KeyError:
            raise NotFound(f"no event {event_id!r}") from None

    async def rename(self, event_id: str, title: str) -> Event:
        """Give an event another title, and write the news of it; `Invalid` for what is no title."""
        changed = replace(self.event(event_id), title=TITLE.check(title))
        mine = sa.and_(EVENT.c.room == self._room.id, EVENT.c.id == event_id)
        now = self._room.clock.time()

        def write(connection: sa.Connection) -> None:
            connection.execute(EVENT.update().where(mine).values(title=changed.title))
            self.outbox.put(connection, [("event", asdict(changed))], now=now)

        database = self._context.node(DATABASE)
        await database.call("update", lambda: self._room.sql.write(write), source=BOOKING)
        self.events[event_id] = changed
        self.changes += 1
        return changed

    async def had_title(self, event_id: str, title: str) -> bool:
        """Whether an event has, or once had, that title; the outbox keeps the newest changes."""
        now = sa.select(EVENT.c.title).where(EVENT.c.room == self._room.id, EVENT.c.id == event_id)
        before = sa.select(NEWS.c.body).where(NEWS.c.room == self._room.id)

        def look(connection: sa.Connection) -> bool:
            if connection.execute(now).scalar_one_or_none() == title:
                return True
            bodies = (orjson.loads(body) for body in connection.execute(before).scalars())
            return any((one["id"], one["title"]) == (event_id, title) for one in bodies)

        return await self._room.sql.read(look)
