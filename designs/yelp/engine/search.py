"""A search from the query to the page: cells, candidates, exact distances, scores; through a cache."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from designs.yelp.config import Config
from designs.yelp.engine.catalogue import Catalogue
from designs.yelp.engine.nodes import CACHE, INDEX, SERVICE
from designs.yelp.engine.place import Place, SearchQuery, Sums
from designs.yelp.engine.ratings import Ratings
from designs.yelp.engine.sphere import Array, Reach, distances_m
from designs.yelp.engine.strategies import CACHES, CANDIDATES, SEARCHES, SORTS
from designs.yelp.engine.strategies.ranking import Parts, rated
from designs.yelp.engine.structures import PlaceStructure, Retrieved
from sdlab.lab import EngineContext, Signal, Unavailable
from sdlab.parts.result_cache import ResultCache

MOST_ANSWERS = 1_000
SAME_SPOT = 4  # decimals of a degree within which two people stand at the same spot
DIGITS = 9  # of a score
CITY = "city"


class Scored(NamedTuple):
    """A place that was found. Parts are from 0 to 1, before their weights."""

    place: Place
    sums: Sums
    metres: float
    text: float
    near: float
    rated: float
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search gave. `found` are all ids within the radius, `hits` the page of them, best first.

    `source` is index, database or cache; `fallback` when the database stood in for the index. `ms` is the
    time to work it out, `version` the state of index and ratings that it was worked out from.
    """

    query: SearchQuery
    hits: tuple[Scored, ...]
    found: tuple[int, ...]
    reach: Reach
    retrieved: Retrieved
    weights: tuple[float, float, float]
    source: str
    fallback: bool = False
    ms: float = 0.0
    version: int = 0
    at: float = 0.0

    @property
    def candidates(self) -> int:
        """Places whose distance was measured."""
        return len(self.retrieved.ids)


@dataclass(slots=True)
class Counters:
    """Searches since opened, and what they looked at; those from the cache looked at nothing."""

    searches: int = 0
    worked: int = 0
    fallback: int = 0
    hits: int = 0
    misses: int = 0
    stale: int = 0
    cleared: int = 0
    touched: int = 0
    candidates: int = 0
    found: int = 0
    cells: int = 0
    ms: float = 0.0

    def each(self, total: float) -> float:
        """Per search that was worked out."""
        return total / self.worked if self.worked else 0.0


Key = tuple[SearchQuery, str, tuple[float, float, float], int, tuple[float, int] | None]


class PlaceSearch:
    """Index and cache of one room, both in memory and made anew from the places. `answered` tells of new answers."""

    def __init__(self, context: EngineContext[Config], catalogue: Catalogue, ratings: Ratings) -> None:
        self._context, self._catalogue, self._ratings = context, catalogue, ratings
        self.structure: PlaceStructure | None = None
        self.counters = Counters()
        self.version = 0
        self.answered = Signal()
        self.newest: Answer | None = None
        self.reset_cache()
        ratings.renewed.connect(self.changed)

    async def rebuild(self) -> None:
        """Make the structure of the approach in force from the places as they are."""
        kind = SEARCHES[self._context.config.search].structure
        fresh = kind() if kind is not None else None
        if fresh is not None:
            await asyncio.to_thread(fresh.put, list(self._catalogue.places.values()))
            fresh.put(list(self._catalogue.places.values()))  # what was edited meanwhile
        self.structure = fresh
        self.changed()

    def reset_cache(self) -> None:
        """Begin with an empty cache of the kind in force."""
        lifetime = CACHES[self._context.config.cache].lifetime(self._context.config)
        self._cache: ResultCache[str, Key, Answer] = ResultCache(MOST_ANSWERS, lifetime=lifetime)

    def changed(self) -> None:
        """Answers may be others from now on."""
        self.version += 1
        if CACHES[self._context.config.cache].hears and self._cache.forget(CITY):
            self.counters.cleared += 1

    @property
    def cached(self) -> int:
        """How many answers are kept."""
        return len(self._cache)

    # Searching

    async def search(
        self, query: SearchQuery, *, sort: str = "", limit: int = 20, after: tuple[float, int] | None = None
    ) -> Answer:
        """Places within the radius that have every word, best first, behind a score and an id."""
        config, now = self._context.config, self._context.clock.time()
        self.counters.searches += 1
        self._context.node(SERVICE).touch("search", "ok", source="visitor")
        chosen = sort or config.sort
        weights = SORTS[chosen].weights(config)
        keeping, key = CACHES[config.cache], self._key(query, chosen, weights, limit, after)
        if keeping.keeps and (kept := self._cache.get(CITY, key, now=now)) is not None:
            return await self._kept(kept, limit, after)
        if keeping.keeps:
            self.counters.misses += 1
            self._context.node(CACHE).touch("get", "miss", source=SERVICE)
        keeping.missed(self._context)
        generation = self._cache.generation(CITY)
        answer = await self.work_out(query, weights, limit=limit, after=after)
        SORTS[chosen].explain(self._context)
        self._count(answer)
        if keeping.keeps and not answer.fallback:
            self._cache.put(CITY, key, answer, now=now, generation=generation)
        return answer

    def _key(
        self,
        query: SearchQuery,
        sort: str,
        weights: tuple[float, float, float],
        limit: int,
        after: tuple[float, int] | None,
    ) -> Key:
        """Whoever asks the same at the same spot, to some ten metres, asks the same."""
        spot = replace(
            query,
            term=" ".join(query.words),
            lat=round(query.lat, SAME_SPOT),
            lng=round(query.lng, SAME_SPOT),
        )
        return spot, sort, weights, limit, after

    async def _kept(self, kept: Answer, limit: int, after: tuple[float, int] | None) -> Answer:
        self._context.node(CACHE).touch("get", "ok", source=SERVICE)
        self.counters.hits += 1
        if kept.version != self.version:
            fresh = await self.work_out(kept.query, kept.weights, limit=limit, after=after, quiet=True)
            if _shown(fresh) != _shown(kept):
                self.counters.stale += 1
                self._context.decide("the kept answer is not what the search would say now")
                return replace(kept, source="cache")
        self._context.decide("somebody asked the same: the kept answer is given")
        return replace(kept, source="cache")

    async def work_out(
        self,
        query: SearchQuery,
        weights: tuple[float, float, float],
        *,
        limit: int,
        after: tuple[float, int] | None = None,
        quiet: bool = False,
    ) -> Answer:
        """The answer of now; a `quiet` one is nobody's request."""
        context, began, version = self._context, self._context.clock.monotonic(), self.version
        at = context.clock.time()
        searching, looking = SEARCHES[context.config.search], CANDIDATES[context.config.candidates]
        reach, fallback = looking.reach(query, context.config.level), False
        try:
            found = await searching.find(context, self.structure, query, reach)
        except Unavailable:
            if not (INDEX in context.nodes and context.nodes[INDEX].down):
                raise
            fallback = True
            context.decide("the index does not answer: the database compares its rows instead")
            found = await SEARCHES["like"].find(context, None, query, reach)
        looking.explain(context, reach, len(found.ids))
        if looking.cuts:
            found = _cut(found, context.config.cut)
        ids, parts = self._within(query, found)
        hits, all_ids = self._rank(ids, parts, weights, limit, after)
        source = "index" if searching.structure is not None and not fallback else "database"
        answer = Answer(
            query, hits, all_ids, reach, found, weights, source, fallback,
            (context.clock.monotonic() - began) * 1000, version, at,
        )  # fmt: skip
        if not quiet:
            self.newest = answer
            self.answered()
        return answer

    def _within(self, query: SearchQuery, found: Retrieved) -> tuple[np.ndarray, Parts]:
        """The candidates that really are within the radius, with the parts of their scores."""
        ids = np.array(found.ids, dtype=int)
        metres = distances_m(query.lat, query.lng, found.lats, found.lngs)
        inside = metres <= query.radius_m
        ids, metres, text = ids[inside], metres[inside], found.text[inside]
        best = text.max(initial=0.0)
        stars = rated(*self._ratings.column.many(ids))
        return ids, Parts(text / best if best else text, 1 - metres / query.radius_m, stars, metres)

    def _rank(
        self,
        ids: np.ndarray,
        parts: Parts,
        weights: tuple[float, float, float],
        limit: int,
        after: tuple[float, int] | None,
    ) -> tuple[tuple[Scored, ...], tuple[int, ...]]:
        scores: Array = np.round(
            weights[0] * parts.text + weights[1] * parts.near + weights[2] * parts.rated, DIGITS
        )
        order = np.lexsort((ids, -scores))
        if after is not None:
            score, last = after
            order = order[(scores[order] < score) | ((scores[order] == score) & (ids[order] > last))]
        hits = (self._scored(int(ids[n]), parts, int(n), float(scores[n])) for n in order[:limit])
        return tuple(one for one in hits if one is not None), tuple(ids.tolist())

    def _scored(self, place_id: int, parts: Parts, row: int, score: float) -> Scored | None:
        place = self._catalogue.places.get(place_id)
        if place is None:
            return None
        return Scored(
            place,
            self._ratings.column.of(place_id),
            float(parts.metres[row]),
            float(parts.text[row]),
            float(parts.near[row]),
            float(parts.rated[row]),
            score,
        )

    def _count(self, answer: Answer) -> None:
        counters = self.counters
        counters.worked += 1
        counters.fallback += answer.fallback
        counters.touched += answer.retrieved.touched
        counters.candidates += answer.candidates
        counters.found += len(answer.found)
        counters.cells += len(answer.reach.cells)
        counters.ms += answer.ms


def _shown(answer: Answer) -> list[tuple[int, str, Sums]]:
    """What somebody sees of an answer."""
    return [(one.place.id, one.place.name, one.sums) for one in answer.hits]


def _cut(found: Retrieved, most: int) -> Retrieved:
    """Only the best by text; of equals the smaller id."""
    ids = np.array(found.ids, dtype=int)
    kept = np.lexsort((ids, -found.text))[:most]
    chosen: Sequence[int] = ids[kept].tolist()
    return replace(
        found, ids=tuple(chosen), lats=found.lats[kept], lngs=found.lngs[kept], text=found.text[kept]
    )
