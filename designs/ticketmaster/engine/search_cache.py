"""Answers to searches that are kept, and the count of those that were wrong when they were given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from designs.ticketmaster.search import Event, Question
from designs.ticketmaster.strategies import CACHES
from sdlab.blocks.lru import LruCache

MOST_ANSWERS = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given. `version` is that of the programme then, `at` when (Unix seconds)."""

    events: tuple[Event, ...]
    version: int
    at: float


class Answers:
    """The search cache in force. `cleared` counts how often a changed index emptied it."""

    def __init__(self, kind: str, *, edge_s: float) -> None:
        self.kind = CACHES[kind]
        self._kept: LruCache[Question, Kept] = LruCache(
            MOST_ANSWERS, lifetime=edge_s if self.kind.shared else float("inf")
        )
        self.hits = self.misses = self.stale = self.cleared = 0

    def get(self, asked: Question, *, now: float) -> Kept | None:
        """A kept answer, if it may be given."""
        if not self.kind.keeps:
            return None
        found = self._kept.get(asked, now=now)
        self.hits += found is not None
        self.misses += found is None
        return found

    def put(self, asked: Question, answer: Kept, *, now: float) -> None:
        """Keep an answer."""
        if self.kind.keeps:
            self._kept.put(asked, answer, now=now)

    def index_changed(self) -> None:
        """What is cached beside the index goes with its old state; an edge never hears of it."""
        if self.kind.keeps and not self.kind.shared and self._kept.clear():
            self.cleared += 1

    def purge(self) -> int:
        """Forget every answer; how many there were."""
        return self._kept.clear()

    def audit(self, kept: Kept, version: int, fresh: Callable[[], tuple[Event, ...]]) -> bool:
        """Whether a kept answer is wrong now; counted. `fresh` is asked only when something has changed."""
        wrong = kept.version != version and kept.events != fresh()
        self.stale += wrong
        return wrong

    def newest(self, count: int) -> list[tuple[Question, int]]:
        """The most recently used questions, and how often each was answered from here."""
        return [(asked, slot.hits) for asked, slot in self._kept.newest(count)]

    def __len__(self) -> int:
        return len(self._kept)
