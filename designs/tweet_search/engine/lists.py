"""The posting lists of the search on the page, a walk over them step by step, and why its first result scores as it does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import Query, pairs_of
from designs.tweet_search.engine.index import Index
from designs.tweet_search.engine.postings import postings_of
from designs.tweet_search.engine.screen import Screen
from designs.tweet_search.engine.searching import Searching
from designs.tweet_search.engine.strategies import PHRASE_RULES
from designs.tweet_search.engine.tweets import TweetStore
from sdlab.blocks.inverted_index import TermScore
from sdlab.blocks.posting_list import PostingList, Step, follow, intersection
from sdlab.lab import EngineContext

FIRST_IDS = 120
MOST_LISTS = 4
MOST_STEPS = 160


@dataclass(frozen=True, slots=True)
class TermList:
    """The list of a term: its first ids, and how long all of it is."""

    term: str
    ids: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of a query, and a walk over their first entries."""

    query: str = ""
    readings: int = 0
    terms: tuple[TermList, ...] = ()
    steps: tuple[Step, ...] = ()
    more: int = 0
    matches: tuple[int, ...] = ()
    visited: int = 0
    skipped: int = 0
    all: AllLists | None = None


@dataclass(frozen=True, slots=True)
class AllLists:
    """All lists of the archive under the rule of words of now: how many, their entries, and the longest."""

    terms: int
    entries: int
    longest: str
    longest_entries: int


@dataclass(frozen=True, slots=True)
class Score:
    """BM25 of a tweet, by its parts."""

    id: int
    text: str
    parts: tuple[TermScore, ...]

    @property
    def total(self) -> float:
        """The whole."""
        return sum(part.score for part in self.parts)


class QueryLists:
    """Reads the index in force, past its nodes, when the search on the page or the index has changed."""

    def __init__(
        self,
        context: EngineContext[Config],
        tweets: TweetStore,
        index: Index,
        searching: Searching,
        screen: Screen,
    ) -> None:
        self._context, self._tweets, self._index = context, tweets, index
        self._searching, self._screen = searching, screen
        self.scores: tuple[Score, ...] = ()
        self._seen = (-1, "", 0)
        self.look = context.look(self._read, Lists())

    async def _read(self) -> Lists:
        config, screen = self._context.config, self._screen
        seen = (screen.version, f"{config.approach} {config.words} {config.phrases}", self._index.watermark)
        if seen == self._seen:
            return self.look.last
        query = self._searching.parsed(screen.query)
        lists = await self._lists(query)
        self.scores = await asyncio.to_thread(self._scored, query)
        self._seen = seen
        return replace(lists, all=self._all()) if any(one.total for one in lists.terms) else lists

    def _all(self) -> AllLists:
        lists = postings_of(self._tweets.archive.size, self._context.config.words)
        return AllLists(len(lists.terms.names), lists.entries, *lists.longest)

    async def _lists(self, query: Query) -> Lists:
        finder = self._index.finder
        reading, terms = query.readings[0], list[TermList]()
        pairs = [pair for phrase in reading.phrases for pair in pairs_of(phrase)]
        if not PHRASE_RULES[self._context.config.phrases].bigrams:
            pairs = []
        named = [(pair, True) for pair in pairs] + [(term, False) for term in reading.terms]
        for term, pair in named[:MOST_LISTS]:
            total = await finder.frequency(term, pair=pair)
            ids = await finder.first(term, FIRST_IDS, pair=pair)
            terms.append(TermList(term, tuple(ids), total))
        lists = [PostingList(one.ids) for one in terms]
        walk = follow(intersection(lists), keep=MOST_STEPS)
        return Lists(
            query.text,
            len(query.readings),
            tuple(terms),
            tuple(walk.steps),
            max(0, walk.visited + len(walk.found) - len(walk.steps)),
            tuple(walk.found),
            walk.visited,
            walk.skipped,
        )

    def _scored(self, query: Query) -> tuple[Score, ...]:
        """The first results on the page, by the archive's statistics."""
        lists = postings_of(self._tweets.archive.size, self._context.config.words)
        known, found = lists.terms.statistics, []
        for one in self._screen.items[:3]:
            terms = self._tweets.terms_of(one.tweet)
            parts = [
                known.score(term, has=len(lists.ids(term)), often=terms.count(term), length=len(terms))
                for term in query.readings[0].terms
            ]
            found.append(Score(one.tweet.id, one.tweet.text, tuple(parts)))
        return tuple(found)
