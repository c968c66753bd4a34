"""A search from end to end: read the query, take the page, fetch its tweets and their likes, say what is missing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import WORD_RULES, Query, Reading, parse
from designs.tweet_search.engine.archive import Tweet
from designs.tweet_search.engine.counters import Counters
from designs.tweet_search.engine.found import Sort, Wanted
from designs.tweet_search.engine.hot_queries import HotQueries
from designs.tweet_search.engine.index import Index
from designs.tweet_search.engine.likes import Likes
from designs.tweet_search.engine.paging import MOST_PAGE, Ask, PageCursor, PageOfIds, Paging
from designs.tweet_search.engine.strategies import LIKE_RULES, MISSING_RULES
from designs.tweet_search.engine.tweets import TweetStore
from designs.tweet_search.engine.walks import FirstPage, Walks
from sdlab.lab import EngineContext, Invalid

WALK_BYTES = 4


@dataclass(frozen=True, slots=True)
class FoundTweet:
    """A tweet of an answer. `likes` are exact, unless it is `approximate`: then the index's, or the archive's."""

    tweet: Tweet
    likes: int
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of an answer. `total` is how many tweets there are in all, where that is known."""

    query: str
    sort: Sort
    items: tuple[FoundTweet, ...]
    total: int | None
    partial: bool
    missing: tuple[int, ...]
    next: PageCursor | None


class Searching:
    """Answers searches, and tells the walks what was given."""

    def __init__(
        self,
        context: EngineContext[Config],
        tweets: TweetStore,
        likes: Likes,
        index: Index,
        *,
        paging: Paging,
        hot: HotQueries,
        counters: Counters,
        walks: Walks,
    ) -> None:
        self._context, self._tweets, self._likes, self._index = context, tweets, likes, index
        self._paging, self._hot, self._counters, self._walks = paging, hot, counters, walks

    def parsed(self, text: str) -> Query:
        """A query, read by the rule of now. `Invalid` for one without words, or with too many."""
        return parse(text, WORD_RULES[self._context.config.words])

    async def search(
        self, text: str, sort: Sort, size: int, cursor: PageCursor | None, *, again: bool = False
    ) -> SearchResult:
        """One page. `Invalid` for a bad query or size; `Unavailable` when nobody answers.

        `again`: nobody has asked, but what is shown may have changed; that is no search more.
        """
        if not 1 <= size <= MOST_PAGE:
            raise Invalid(f"a page has 1 to {MOST_PAGE} tweets", field="pageSize")
        query = self.parsed(text)
        began, watermark = self._context.clock.time(), self._index.watermark
        if not again:
            self._counted(query, first=cursor is None)
        page = await self._paging.page(Ask(query, sort, size, cursor))
        items = await self._presented(page, sort)
        missing = page.ranked.missing
        said = bool(missing) and MISSING_RULES[self._context.config.missing].says
        walk = cursor.walk if cursor else secrets.token_hex(WALK_BYTES)
        result = SearchResult(
            query=query.text,
            sort=sort,
            items=items,
            total=page.ranked.total,
            partial=said,
            missing=missing if said else (),
            next=replace(page.next, walk=walk) if page.next else None,
        )
        given = FirstPage(
            query,
            sort,
            size,
            page.ranked.ids,
            watermark,
            began,
            self._context.clock.time(),
            said,
            self._ranking,
        )
        if cursor is None:
            self._walks.began(walk, given)
        else:
            self._walks.went_on(walk, given)
        return result

    @property
    def _ranking(self) -> str:
        """How pages by likes are ranked now."""
        config = self._context.config
        if LIKE_RULES[config.likes].exact:
            return f"ranks the best {config.rerank} again, by exact likes"
        return "ranks by the powers of two that the index has"

    def _counted(self, query: Query, *, first: bool) -> None:
        if first:
            self._counters.searches += 1
            self._counters.in_rate.add(self._context.clock.monotonic())
            self._hot.seen(query.readings[0].terms)
        self._counters.pages += 1

    async def _presented(self, page: PageOfIds, sort: Sort) -> tuple[FoundTweet, ...]:
        ids, known = page.ranked.ids, dict(zip(page.ranked.ids, page.ranked.likes, strict=False))
        tweets = await self._tweets.read(ids)
        indexed = sort == "Likes" and not LIKE_RULES[self._context.config.likes].exact and bool(known)
        exact = None if indexed else await self._likes.exact_or_none(ids)
        if exact is None:
            archived = self._tweets.archive.likes
            return tuple(
                FoundTweet(one, known.get(one.id, archived(one.id)), approximate=True) for one in tweets
            )
        return tuple(FoundTweet(one, exact[one.id]) for one in tweets)

    async def is_found(self, id: int) -> bool:
        """Whether the index has a tweet, by all of its words."""
        terms = self._tweets.terms_of(self._tweets.tweet(id))
        query = Query("", (Reading(tuple(dict.fromkeys(terms))),))
        found = await self._index.finder.find(Wanted(query, "id", 1, id - 1, id + 1))
        return id in found.ids
