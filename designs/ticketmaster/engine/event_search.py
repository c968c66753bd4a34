"""Searching the programme: through a cache, in the index, or in the database when the index does not answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.models import EVENT
from designs.ticketmaster.engine.nodes import BOOKING, DATABASE, EDGE, INDEX
from designs.ticketmaster.engine.search_cache import CachedAnswer, SearchCache
from designs.ticketmaster.engine.search_index import (
    FIELDS,
    Event,
    EventIndex,
    SearchQuery,
    like,
    matches,
    sort_key,
)
from sdlab.lab import EngineContext, Unavailable


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Events found, soonest first, and who answered: edge, cache, index or database."""

    events: tuple[Event, ...]
    source: str
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class IndexLook:
    """How many events the database has, and how many of them the index has otherwise."""

    events: int = 0
    wrong: int = 0


class EventSearch:
    """Index and cache of one room; both are in memory and made anew from the catalogue."""

    def __init__(self, context: EngineContext[Config], catalogue: Catalogue) -> None:
        self._context, self._catalogue = context, catalogue
        self.index = EventIndex()
        self.cache = SearchCache(context.config.cache, edge_s=context.config.edge_s)
        self.searches = self.degraded = self._indexed = 0
        self.look = context.look(self._compare, IndexLook())

    def reindex(self) -> None:
        """Index the events as they are."""
        self.index.put(self._catalogue.events.values())

    def reset_cache(self) -> None:
        """Begin with an empty cache of the kind in force."""
        self.cache = SearchCache(self._context.config.cache, edge_s=self._context.config.edge_s)

    def put(self, events: Iterable[Event]) -> None:
        """The index hears of changed events."""
        self.index.put(events)
        self._indexed += 1
        self.cache.index_changed()

    async def search(self, query: SearchQuery) -> SearchResult:
        """Ask the edge, the query cache, then the index; the database when the index does not answer."""
        self.searches += 1
        now, shared = self._context.clock.time(), self.cache.policy.shared
        kept = self.cache.get(query, now=now)
        if shared:
            self._context.node(EDGE).touch("search", "ok" if kept else "miss", source="visitor")
        if not (shared and kept):
            self._context.node(BOOKING).touch("search", "ok", source=EDGE if shared else "visitor")
        if kept is not None:
            return self._from_cache(query, kept, now)
        if shared:
            self._context.decide("the edge has no answer of its time: the application is asked")
        elif self.cache.policy.keeps:
            self._context.decide("the query cache has no answer: it is worked out, and kept")
        else:
            self._context.decide("nothing is kept: every question is worked out anew")
        cache, generation, version = self.cache, self.cache.generation, self._version
        ids, source = await self._ask(query)
        known = self.index.known if source == "index" else self._catalogue.events
        found = tuple(known[one] for one in ids if one in self._catalogue.events)
        usual = "database" if self._context.config.search == "like" else "index"
        if shared or source == usual:
            cache.put(query, CachedAnswer(found, version, now), now=now, generation=generation)
        return SearchResult(found, source)

    @property
    def _version(self) -> int:
        return self._catalogue.changes + self._indexed

    def _from_cache(self, query: SearchQuery, kept: CachedAnswer, now: float) -> SearchResult:
        shared = self.cache.policy.shared
        if self.cache.is_wrong(kept, self._version, lambda: self._uncached(query)):
            self._context.decide("the kept answer is not what the search would say now")
        elif shared:
            self._context.decide("answered from the edge, before the application was asked")
        else:
            self._context.decide("answered from the query cache")
        return SearchResult(kept.events, "edge" if shared else "cache", round(now - kept.at, 3))

    async def _ask(self, query: SearchQuery) -> tuple[list[str], str]:
        if self._context.config.search != "like":
            try:
                self._context.node(INDEX).touch("search", "ok", source=BOOKING)
                self._context.decide("the index has every word of every event")
                return self.index.find(query), "index"
            except Unavailable:
                self.degraded += 1
                self._context.decide("the index does not answer: the database scans instead")
        room = self._context.room
        found = await self._context.node(DATABASE).call(
            "scan", lambda: room.sql.read(lambda c: like(c, room.id, query)), source=BOOKING
        )
        self._context.decide("the database compared every row")
        return found, "database"

    def _uncached(self, query: SearchQuery) -> tuple[Event, ...]:
        if self._context.config.search != "like":
            return tuple(self.index.known[one] for one in self.index.find(query))
        found = [one for one in self._catalogue.events.values() if matches(one, query, anywhere=True)]
        return tuple(sorted(found, key=sort_key)[: query.limit])

    async def _compare(self) -> IndexLook:
        """Read the rows, then the index: what is changed in between is late, and not wrong for long."""
        room = self._context.room
        columns = [EVENT.c.id, *(EVENT.c[name] for name in FIELDS)]
        query = sa.select(*columns).where(EVENT.c.room == room.id)
        rows = await room.sql.read(lambda c: [tuple(row) for row in c.execute(query)])
        if self._context.config.search == "like":
            return IndexLook(len(rows), 0)
        known = self.index.stored()
        return IndexLook(len(rows), sum(known.get(row[0]) != row[1:] for row in rows))
