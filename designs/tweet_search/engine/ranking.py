"""The order of an answer: the index's candidates, and for an order by likes, the best of them by exact likes."""

from __future__ import annotations

from dataclasses import dataclass

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import Query
from designs.tweet_search.engine.counters import Counters
from designs.tweet_search.engine.found import Matches, Sort, Wanted
from designs.tweet_search.engine.hot_queries import HotQueries
from designs.tweet_search.engine.index import Index
from designs.tweet_search.engine.likes import Likes
from designs.tweet_search.engine.strategies import (
    APPROACHES,
    HOT_RULES,
    LIKE_RULES,
    MISSING_RULES,
    PHRASE_RULES,
)
from sdlab.lab import EngineContext, Unavailable


@dataclass(frozen=True, slots=True)
class Ranked:
    """Ids in order, with the likes that put them there (none, by time), and what did not answer; `total` None is unknown."""

    ids: tuple[int, ...]
    likes: tuple[int, ...]
    total: int | None
    missing: tuple[int, ...]

    def part(self, start: int, count: int) -> Ranked:
        """Some of them."""
        end = start + count
        return Ranked(self.ids[start:end], self.likes[start:end], self.total, self.missing)


class Ranking:
    """Asks whoever finds, or takes what a hot query was answered since the last commit."""

    def __init__(
        self,
        context: EngineContext[Config],
        index: Index,
        likes: Likes,
        hot: HotQueries,
        counters: Counters,
    ) -> None:
        self._context, self._index, self._likes = context, index, likes
        self._hot, self._counters = hot, counters

    async def ranked(self, query: Query, sort: Sort, limit: int, *, above: int = 0, below: int = 0) -> Ranked:
        """The first `limit`. `Unavailable` when nobody answers, or a shard does not and partial answers are refused."""
        if sort == "Time":
            return _as_found(await self._find(Wanted(query, "id", limit, above, below)))
        config = self._context.config
        rule = LIKE_RULES[config.likes]
        again = rule.exact and APPROACHES[config.approach].indexed
        most = max(limit, int(config.rerank)) if again else limit
        found = await self._find(Wanted(query, rule.field, most, above, below))
        if not again:
            self._say_order(rule.every)
            return _as_found(found).part(0, limit)
        exact = await self._likes.exact_or_none(found.ids)
        if exact is None:
            self._context.decide("the counters do not answer: the order of the index stands")
            return _as_found(found).part(0, limit)
        self._context.decide(f"the best {len(found.ids)} of the index are ranked again by their exact likes")
        ids = sorted(found.ids, key=lambda id: (exact[id], id), reverse=True)[:limit]
        return Ranked(tuple(ids), tuple(exact[id] for id in ids), found.total, found.missing)

    def _say_order(self, every: bool) -> None:
        if self._context.config.approach == "scan":
            self._context.decide("whoever scans reads exact likes: there is nothing to rank again")
        elif every:
            self._context.decide("the index has every like: its order is taken")
        else:
            self._context.decide("the index's powers of two are taken for the likes")

    async def _find(self, wanted: Wanted) -> Matches:
        self._say_how(wanted)
        if kept := self._hot.kept(wanted):
            self._context.decide("a hot query, answered since the last commit: the index is not asked")
            return kept
        if not HOT_RULES[self._context.config.hot].keeps:
            self._context.decide("nothing is kept of hot queries: the index is asked each time")
        generation = self._hot.generation
        found = await self._index.finder.find(wanted)
        self._counters.asked += 1
        self._counters.looked += found.looked
        self._judge(found)
        if self._hot.keep(wanted, found, generation):
            self._context.decide("this query is hot: what the index said is kept until the next commit")
        return found

    def _say_how(self, wanted: Wanted) -> None:
        config, readings = self._context.config, wanted.query.readings
        if config.words == "telling":
            self._context.decide(f"stems without stop words: {len(readings)} readings of the query")
        elif config.words == "stems":
            self._context.decide(f"stems of all words: {len(readings)} readings of the query")
        else:
            self._context.decide("words as they are written")
        if self._index.building:
            self._context.decide("the index is being built: the rows are scanned meanwhile")
        elif config.approach == "scan":
            self._context.decide("every word of every tweet is compared")
        elif config.approach == "own":
            self._context.decide("the lists of the words are intersected, the shortest first")
        else:
            self._context.decide(f"{config.shards} shards are asked at once, and their best are merged")
        if any(one.phrases for one in readings):
            if PHRASE_RULES[config.phrases].bigrams:
                self._context.decide("a phrase of two words is the list of that pair")
            else:
                self._context.decide("a phrase is found by the positions of its words")

    def _judge(self, found: Matches) -> None:
        if not found.missing:
            return
        config = self._context.config
        rule = MISSING_RULES[config.missing]
        if len(found.missing) == config.shards:
            raise Unavailable("no shard answers", retry_after=1)
        names = ", ".join(str(one + 1) for one in found.missing)
        if rule.refuses:
            self._context.decide(f"shard {names} does not answer: no answer is better than a part")
            raise Unavailable(f"shard {names} does not answer", retry_after=1)
        self._counters.partial += 1
        if rule.says:
            self._context.decide(f"shard {names} does not answer: the rest is given, and it is said")
        else:
            self._context.decide(f"shard {names} does not answer: the rest is given as if it were all")


def _as_found(found: Matches) -> Ranked:
    return Ranked(found.ids, found.likes, found.total, found.missing)
