"""Tweet search at work in one room: search, post, like."""

from __future__ import annotations

from designs.tweet_search.config import Config
from designs.tweet_search.engine.archive import Tweet
from designs.tweet_search.engine.claims import CLAIMS, ClaimChecker
from designs.tweet_search.engine.counters import Counters
from designs.tweet_search.engine.found import Sort
from designs.tweet_search.engine.hot_queries import HotQueries
from designs.tweet_search.engine.index import Index
from designs.tweet_search.engine.indexer import Indexer
from designs.tweet_search.engine.likes import Liked, Likes
from designs.tweet_search.engine.lists import QueryLists
from designs.tweet_search.engine.nodes import CACHE, FLOWS, SERVICE, plan
from designs.tweet_search.engine.page_cache import PageCache
from designs.tweet_search.engine.paging import PageCursor, Paging
from designs.tweet_search.engine.ranking import Ranking
from designs.tweet_search.engine.reader import StoreReader
from designs.tweet_search.engine.screen import PAGE, Screen
from designs.tweet_search.engine.searching import Searching, SearchResult
from designs.tweet_search.engine.strategies import COMMIT_RULES, LIKE_RULES
from designs.tweet_search.engine.truth import Truth
from designs.tweet_search.engine.tweets import TweetStore
from designs.tweet_search.engine.walks import Walks
from sdlab.lab import Engine, Node, NodeSpec, Room, acting
from sdlab.parts.idempotency import IdempotencyKeys

TICK, CHECK_EVERY, SCREEN_EVERY = 0.05, 0.5, 0.5
SHOWN_WORDS = 40  # characters of a tweet in a sentence


class TweetSearch(Engine[Config]):
    """Tweets are rows, likes are in Valkey; the index, in files or in memory, is made again from both."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.counters = Counters()
        self._keys = IdempotencyKeys(context)
        self.tweets = TweetStore(context)
        self.likes = Likes(context, self.tweets)
        self.index = Index(context, self.tweets, self.likes)
        self.indexer = Indexer(context, self.tweets, self.likes, self.index, self.counters)
        self.hot = HotQueries(context)
        self.ranking = Ranking(context, self.index, self.likes, self.hot, self.counters)
        self.cache = PageCache(context)
        self.paging = Paging(context, self.ranking, self.cache, self.index)
        self.walks = Walks(context)
        self.searching = Searching(
            context,
            self.tweets,
            self.likes,
            self.index,
            paging=self.paging,
            hot=self.hot,
            counters=self.counters,
            walks=self.walks,
        )
        self.truth = Truth(context, self.tweets, self.likes)
        self.checker = ClaimChecker(
            context,
            self.tweets,
            self.index,
            walks=self.walks,
            truth=self.truth,
            counters=self.counters,
        )
        self.screen = Screen(context, self.searching, self.cache)
        self.lists = QueryLists(context, self.tweets, self.index, self.searching, self.screen)
        self.reader = StoreReader(context, self.tweets, self.likes, self.index, self.cache)
        self.indexer.committed.connect(self.hot.forget)
        self.indexer.committed.connect(self.screen.stale)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Verbs

    async def search(
        self, query: str, sort: Sort = "Likes", *, size: int = 20, cursor: PageCursor | None = None
    ) -> SearchResult:
        """One page of the tweets with the words of a query. `Invalid` for no words; `Unavailable` without an answer."""
        async with self.request("GET search") as trace:
            self.node(SERVICE).touch("search", "ok", source="visitor")
            found = await self.searching.search(query, sort, size, cursor)
            of = f" of {found.total:,}" if found.total is not None else ""
            lacking = (
                ", without " + ", ".join(f"shard {n + 1}" for n in found.missing) if found.partial else ""
            )
            asked = found.query if '"' in found.query else f"“{found.query}”"
            trace.sentence = f"GET search {asked} by {sort.lower()}: {len(found.items)}{of} tweets{lacking}"
            return found

    async def post(self, text: str, *, key: str | None = None) -> Tweet:
        """A new tweet; acknowledged once it is a row. `Invalid` for no text, `TooMany` in a full room.

        The same idempotency `key` of the same author gives the same tweet.
        """
        async with self.request("POST tweets") as trace:
            self.node(SERVICE).touch("post", "ok", source="visitor")
            tweet = await self._keys.once(
                key,
                operation="post",
                body={"text": text},
                work=lambda: self.tweets.post(acting().name, text),
                dump=lambda one: one._asdict(),
                load=lambda kept: Tweet(**kept),
            )
            self.decide("the row and the news of it are one transaction: the indexer reads the news")
            self._say_when()
            self.checker.posted(tweet)
            self.indexer.due()
            if acting().by_hand:
                self.screen.posted(tweet.id, tweet.text)
            trace.sentence = f"{tweet.author} posted “{tweet.text[:SHOWN_WORDS]}”: tweet {tweet.id:,}"
            return tweet

    def _say_when(self) -> None:
        seconds = COMMIT_RULES[self.config.commit].seconds
        if self.config.approach == "scan":
            self.decide("a scan finds it from now on")
        elif seconds < 1:
            self.decide(f"it is found after the next commit, within {seconds:g} s")
        elif seconds > self.config.promise_s:
            self.decide(f"it is found after the next commit, within {seconds:g} s: later than was promised")
        elif seconds > 1:
            self.decide(
                f"it is found after the next commit, within {seconds:g} s: late, as the promise allows"
            )
        else:
            self.decide(f"it is found after the next commit, within {seconds:g} s: as was promised")

    async def like(self, id: int) -> Liked:
        """Like a tweet, once. `NotFound` without it, `Unavailable` while the counters do not answer."""
        async with self.request("POST like") as trace:
            self.node(SERVICE).touch("like", "ok", source="visitor")
            liked = await self.likes.like(id, acting().name)
            if liked.indexed:
                self.indexer.due()
            if id in self.screen.ids or acting().by_hand:
                self.screen.stale()
            told = "the index hears of it" if liked.indexed else "the index does not hear of it"
            trace.sentence = f"tweet {id:,} has {liked.likes:,} likes: {told}"
            return liked

    async def show(self, query: str, sort: Sort) -> None:
        """Put a search on the page."""
        async with self.screen.turn:
            found = await self.search(query, sort, size=PAGE)
            self.screen.show(found.query, sort, found)
        self.changed()

    async def more(self) -> None:
        """The next page of the search on the page; nothing where there is none."""
        async with self.screen.turn:
            cursor = self.screen.next
            if cursor is not None:
                found = await self.search(self.screen.query, self.screen.sort, size=PAGE, cursor=cursor)
                self.screen.add(found)
        self.changed()

    # Life

    async def open(self) -> None:
        await self.tweets.open()
        await self.likes.open()
        if not await self.index.open():
            self.supervise("building the index", self.index.build)
        self.screen.stale()
        await self.screen.refresh()
        await self.checker.check()
        await (
            self.indexer.tick()
        )  # what a crash has left behind; else there is nothing to do until something comes
        self.every("indexer", TICK, self.indexer.tick)
        self.every("search on the page", SCREEN_EVERY, self.screen.refresh, yields=True)
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)

    async def close(self) -> None:
        await super().close()
        await self.likes.close()
        await self.index.close()

    async def clear(self) -> None:
        """Let go of the files before they are deleted."""
        await self.index.close()
        await super().clear()

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if now.words != before.words:
            self.tweets.analyse_again()
        if (now.approach, now.words, now.shards, now.replicas) != (
            before.approach, before.words, before.shards, before.replicas
        ):  # fmt: skip
            await self.index.reopen()
        elif LIKE_RULES[now.likes].every and not LIKE_RULES[before.likes].every:
            await self.index.catch_up(tweets=False)
        self.hot.forget()
        self.walks.clear()
        self.screen.stale()

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if node.id == CACHE:
            return f"the page cache forgot {await self.cache.forget()} lists"
        said = await self.index.wipe(node.id)
        self.hot.forget()
        self.screen.stale()
        return f"{node.spec.label} lost its index: {said}"
