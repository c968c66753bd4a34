"""Searching the programme: through a cache, in the index, or in the database when the index does not answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.nodes import BOOKING, DATABASE, EDGE, INDEX
from designs.ticketmaster.engine.search_cache import CachedAnswer, SearchCache
from designs.ticketmaster.engine.search_index import Event, EventIndex, SearchQuery, like, matches, sort_key
from sdlab.lab import EngineContext, Unavailable


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Events found, soonest first, and who answered: edge, cache, index or database."""

    events: tuple[Event, ...]
    source: str
    age_s: float = 0.0


class EventSearch:
    """Index and cache of one room; both are in memory and made anew from the catalogue."""

    def __init__(self, context: EngineContext[Config], catalogue: Catalogue) -> None:
        self._context, self._catalogue = context, catalogue
        self.index = EventIndex()
        self.cache = SearchCache(context.config.cache, edge_s=context.config.edge_s)
        self.searches = self.degraded = self._indexed = 0

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

    def wrong(self) -> int:
        """Events that the index knows otherwise than the database has them."""
        if self._context.config.search == "like":
            return 0
        return sum(self.index.known.get(one.id) != one for one in self._catalogue.events.values())
