"""The programme: searching it through caches and an index, changing it, and what the index has heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import orjson
import sqlalchemy as sa

from designs.ticketmaster.caching import Answers, Kept
from designs.ticketmaster.config import BOOKING, CAPTURE, DATABASE, EDGE, INDEX
from designs.ticketmaster.events import programme
from designs.ticketmaster.models import NewsRow
from designs.ticketmaster.search import EVENT, Event, Index, Question, like, matches, place_of
from designs.ticketmaster.strategies import CACHES
from sdlab.lab import Invalid, NotFound, Unavailable
from sdlab.parts.outbox import Change, Outbox

if TYPE_CHECKING:
    from designs.ticketmaster.engine import Ticketmaster

MAX_TITLE = 80
BATCH_OF_NEWS = 200
KEPT_NEWS = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Events found, soonest first, and who answered: edge, cache, index or database."""

    events: tuple[Event, ...]
    source: str
    age_s: float = 0.0


class Catalogue:
    """The events of a room. Rows and outbox last; index and caches are rebuilt from them."""

    def __init__(self, engine: Ticketmaster) -> None:
        self._engine, self._room, self._clock = engine, engine.room, engine.clock
        self.events: dict[str, Event] = {}
        self.index = Index()
        self.answers = self._fresh_cache()
        self.version = 0
        self.missed = self.degraded = 0
        self.lag: tuple[int, float] = (0, 0.0)
        self.outbox = Outbox(
            self._room,
            NewsRow.__table__,  # type: ignore[attr-defined]
            reader="captured",
        )

    async def open(self) -> None:
        """Read the programme, or make one; index it as it is."""
        query = sa.select(EVENT).where(EVENT.c.room == self._room.id).order_by(EVENT.c.place)
        rows = await self._room.sql.read(lambda c: [dict(row._mapping) for row in c.execute(query)])
        if not rows:
            found = sorted(programme(self._room.rng("programme"), self._clock.time()), key=place_of)
            rows = [{"room": self._room.id, "place": place_of(one), **asdict(one)} for one in found]
            await self._room.sql.write(lambda c: c.execute(EVENT.insert(), rows) and None)
        inner = ("room", "place")
        self.events = {row["id"]: Event(**{k: v for k, v in row.items() if k not in inner}) for row in rows}
        await self.outbox.open()
        self.index.put(self.events.values())

    async def reconfigure(self, *, before: str) -> None:
        """Begin with an empty cache; an index that nobody told meanwhile is made anew."""
        config = self._engine.config
        self.answers = self._fresh_cache()
        if config.search == "cdc" and before != "cdc":
            self.index.put(self.events.values())

    def recache(self) -> None:
        """Another kind of cache, or another time to keep: begin with an empty one."""
        self.answers = self._fresh_cache()

    def _fresh_cache(self) -> Answers:
        return Answers(self._engine.config.cache, edge_s=self._engine.config.edge_s)

    def event(self, event_id: str) -> Event:
        """The event of that id; `NotFound` when there is none."""
        try:
            return self.events[event_id]
        except KeyError:
            raise NotFound(f"no event {event_id!r}") from None

    # Searching

    async def search(self, asked: Question) -> Answer:
        """Ask the edge, the query cache, then the index; the database when the index does not answer."""
        now = self._clock.time()
        kept = self.answers.get(asked, now=now)
        shared = CACHES[self._engine.config.cache].shared
        if shared:
            self._engine.nodes[EDGE].touch("search", "ok" if kept else "miss", source="visitor")
        if not (shared and kept):
            self._engine.nodes[BOOKING].touch("search", "ok", source=EDGE if shared else "visitor")
        if kept is not None:
            return self._from_cache(asked, kept, now)
        ids, source = await self._ask(asked)
        found = tuple(self._seen_by(source, one) for one in ids if one in self.events)
        usual = "database" if self._engine.config.search == "like" else "index"
        if self.answers.kind.shared or source == usual:
            self.answers.put(asked, Kept(found, self.version, now), now=now)
        return Answer(found, source)

    def _from_cache(self, asked: Question, kept: Kept, now: float) -> Answer:
        shared = CACHES[self._engine.config.cache].shared
        if self.answers.audit(kept, self.version, lambda: self._origin(asked)):
            self._engine.decide("the kept answer is not what the search would say now")
        else:
            self._engine.decide("answered from the edge" if shared else "answered from the query cache")
        return Answer(kept.events, "edge" if shared else "cache", round(now - kept.at, 3))

    async def _ask(self, asked: Question) -> tuple[list[str], str]:
        if self._engine.config.search != "like":
            try:
                self._engine.nodes[INDEX].touch("search", "ok", source=BOOKING)
                return self.index.find(asked), "index"
            except Unavailable:
                self.degraded += 1
                self._engine.decide("the index does not answer: the database scans instead")
        found = await self._engine.nodes[DATABASE].call(
            "scan",
            lambda: self._room.sql.read(lambda c: like(c, self._room.id, asked)),
            source=BOOKING,
        )
        return found, "database"

    def _seen_by(self, source: str, event_id: str) -> Event:
        return self.index.known[event_id] if source == "index" else self.events[event_id]

    def _origin(self, asked: Question) -> tuple[Event, ...]:
        """What a search that is not cached would answer now."""
        if self._engine.config.search == "like":
            return self.truth(asked)
        return tuple(self.index.known[one] for one in self.index.find(asked))

    def truth(self, asked: Question) -> tuple[Event, ...]:
        """What a search that reads every event finds now."""
        anywhere = self._engine.config.search == "like"
        found = [one for one in self.events.values() if matches(one, asked, anywhere=anywhere)]
        return tuple(sorted(found, key=place_of)[: asked.limit])

    def wrong(self) -> int:
        """Events that the index knows otherwise than the database has them."""
        if self._engine.config.search == "like":
            return 0
        return sum(self.index.known.get(one.id) != one for one in self.events.values())

    # Changing

    async def edit(self, event_id: str, title: str) -> Event:
        """Rename an event; how the index hears of it is the configuration's choice."""
        if not 0 < len(title.strip()) <= MAX_TITLE or not title.isprintable():
            raise Invalid(f"a title has 1 to {MAX_TITLE} printable characters", field="title")
        changed = replace(self.event(event_id), title=title.strip())
        statement = (
            EVENT.update()
            .where(EVENT.c.room == self._room.id, EVENT.c.id == event_id)
            .values(title=changed.title)
        )

        def write(connection: sa.Connection) -> None:
            connection.execute(statement)
            self.outbox.put(connection, [("event", asdict(changed))], now=self._clock.time())

        await self._engine.nodes[DATABASE].call("update", lambda: self._room.sql.write(write), source=BOOKING)
        self.events[event_id] = changed
        self.version += 1
        if any(one.kind == "torn" for one in self._engine.nodes[BOOKING].faults()):
            self.missed += self._engine.config.search == "dual"
            raise Unavailable("the process died: the database has the change, the index was not told")
        if self._engine.config.search == "dual":
            self._tell_index(changed)
        if self._engine.config.search == "like":
            self.answers.index_changed()
        return changed

    def _tell_index(self, changed: Event) -> None:
        try:
            self._engine.nodes[INDEX].touch("write", "ok", source=BOOKING)
        except Unavailable:
            self.missed += 1
            self._engine.decide("the database has it, the index has not: nobody will tell it again")
            return
        self._index([changed])

    def _index(self, events: Sequence[Event]) -> None:
        self.index.put(events)
        self.version += 1
        self.answers.index_changed()

    async def remembers(self, event_id: str, title: str) -> bool:
        """Whether an event has, or once had, that title; the outbox keeps the newest changes."""
        news = NewsRow.__table__  # type: ignore[attr-defined]
        now = sa.select(EVENT.c.title).where(EVENT.c.room == self._room.id, EVENT.c.id == event_id)
        before = sa.select(news.c.body).where(news.c.room == self._room.id)

        def look(connection: sa.Connection) -> bool:
            if connection.execute(now).scalar_one_or_none() == title:
                return True
            bodies = (orjson.loads(body) for body in connection.execute(before).scalars())
            return any((one["id"], one["title"]) == (event_id, title) for one in bodies)

        return await self._room.sql.read(look)

    async def capture(self) -> None:
        """One round of change capture: what is in the outbox goes to the index, in order."""
        nodes = self._engine.nodes
        capture, index = nodes.get(CAPTURE), nodes.get(INDEX)
        if capture is not None and index is not None and capture.state == "up" and not index.down:
            await self.outbox.drain(self._apply, BATCH_OF_NEWS)
            await self.outbox.trim(KEPT_NEWS)
        self.lag = (
            await self.outbox.lag(self._clock.time()) if self._engine.config.search == "cdc" else (0, 0.0)
        )

    async def _apply(self, changes: Sequence[Change]) -> None:
        nodes = self._engine.nodes
        nodes[CAPTURE].touch("read", "ok", source=DATABASE)
        nodes[INDEX].touch("write", "ok", source=CAPTURE)
        self._index([Event(**one.body) for one in changes])
