"""Answers to searches that are kept, and the count of those that were wrong when they were given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from designs.ticketmaster.engine.search_index import Event, SearchQuery
from designs.ticketmaster.engine.strategies import CACHES
from sdlab.parts.result_cache import ResultCache

MOST_ANSWERS = 2_000
PROGRAMME = "programme"


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """An answer as it was given. `version` is that of the search then, `at` when (Unix seconds)."""

    events: tuple[Event, ...]
    version: int
    at: float


class SearchCache:
    """The search cache in force. `cleared` counts how often a changed index emptied it."""

    def __init__(self, kind: str, *, edge_s: float) -> None:
        self.policy = CACHES[kind]
        self._results: ResultCache[str, SearchQuery, CachedAnswer] = ResultCache(
            MOST_ANSWERS, lifetime=edge_s if self.policy.shared else float("inf")
        )
        self.hits = self.misses = self.stale = self.cleared = 0

    def get(self, query: SearchQuery, *, now: float) -> CachedAnswer | None:
        """A kept answer, if it may be given."""
        if not self.policy.keeps:
            return None
        found = self._results.get(PROGRAMME, query, now=now)
        self.hits += found is not None
        self.misses += found is None
        return found

    @property
    def generation(self) -> int:
        """How often all answers were forgotten; taken before the search whose answer is to be kept."""
        return self._results.generation(PROGRAMME)

    def put(self, query: SearchQuery, answer: CachedAnswer, *, now: float, generation: int) -> None:
        """Keep an answer, unless what it was read from has changed meanwhile."""
        if self.policy.keeps:
            self._results.put(PROGRAMME, query, answer, now=now, generation=generation)

    def index_changed(self) -> None:
        """What is cached beside the index goes with its old state; an edge never hears of it."""
        if self.policy.keeps and not self.policy.shared and self._results.forget(PROGRAMME):
            self.cleared += 1

    def purge(self) -> int:
        """Forget every answer; how many there were."""
        return self._results.forget(PROGRAMME)

    def is_wrong(self, kept: CachedAnswer, version: int, fresh: Callable[[], tuple[Event, ...]]) -> bool:
        """Whether a kept answer is wrong now; counted. `fresh` is asked only when something has changed."""
        wrong = kept.version != version and kept.events != fresh()
        self.stale += wrong
        return wrong

    def newest(self, count: int) -> list[tuple[SearchQuery, int]]:
        """The most recently used queries, and how often each was answered from here."""
        return [(query, slot.hits) for query, slot in self._results.newest(count)]

    def __len__(self) -> int:
        return len(self._results)
