"""What is searched all the time: candidates of such a query are kept until the next commit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from designs.tweet_search.config import Config
from designs.tweet_search.engine.found import Matches, Wanted
from designs.tweet_search.engine.strategies import HOT_RULES
from sdlab.lab import EngineContext
from sdlab.parts.result_cache import ResultCache

MOST_TERMS = 512
HALF_LIFE_S = 10.0
HOT_FROM = 3.0  # searches, each counting half after `HALF_LIFE_S`
MOST_KEPT = 200
COMMIT = "commit"


@dataclass(slots=True)
class Heat:
    """How often a term was searched lately: searches that count half after each half-life, as of `at`."""

    value: float
    at: float

    def now(self, now: float) -> float:
        """What is left of it."""
        return float(self.value * 0.5 ** ((now - self.at) / HALF_LIFE_S))


class HotQueries:
    """A query is hot when all terms of its first reading are.

    `hits` were answered from here, `forgotten` counts commits that emptied it.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._terms: OrderedDict[str, Heat] = OrderedDict()
        self._kept: ResultCache[str, Wanted, Matches] = ResultCache(MOST_KEPT)
        self.hits = self.misses = self.forgotten = 0

    def seen(self, terms: Sequence[str]) -> None:
        """These were searched for."""
        now = self._context.clock.monotonic()
        for term in terms:
            heat = self._terms.pop(term, Heat(0.0, now))
            self._terms[term] = Heat(heat.now(now) + 1, now)
        while len(self._terms) > MOST_TERMS:
            self._terms.popitem(last=False)

    def is_hot(self, terms: Sequence[str]) -> bool:
        """Whether all of these are searched all the time."""
        now = self._context.clock.monotonic()
        return all(term in self._terms and self._terms[term].now(now) >= HOT_FROM for term in terms)

    def kept(self, wanted: Wanted) -> Matches | None:
        """What the index answered since the last commit."""
        if not HOT_RULES[self._context.config.hot].keeps:
            return None
        found = self._kept.get(COMMIT, wanted, now=0.0)
        self.hits += found is not None
        return found

    @property
    def generation(self) -> int:
        """How often all was forgotten; taken before the index is asked."""
        return self._kept.generation(COMMIT)

    def keep(self, wanted: Wanted, found: Matches, generation: int) -> bool:
        """Keep an answer of a hot query, if it is whole; whether it is kept."""
        if not HOT_RULES[self._context.config.hot].keeps or found.missing:
            return False
        if not self.is_hot(wanted.query.readings[0].terms):
            return False
        return self._kept.put(COMMIT, wanted, found, now=0.0, generation=generation)

    def forget(self) -> None:
        """The index has changed."""
        if self._kept.forget(COMMIT):
            self.forgotten += 1

    def hottest(self, count: int) -> list[tuple[str, float]]:
        """The terms that are searched most, hottest first."""
        now = self._context.clock.monotonic()
        heats = [(term, heat.now(now)) for term, heat in self._terms.items()]
        return sorted(heats, key=lambda one: (-one[1], one[0]))[:count]

    def __len__(self) -> int:
        return len(self._kept)
