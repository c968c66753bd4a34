"""What must hold, and the checker that compares answers with the source of truth."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import Query, Reading
from designs.tweet_search.engine.archive import Tweet
from designs.tweet_search.engine.counters import Counters
from designs.tweet_search.engine.found import Wanted
from designs.tweet_search.engine.index import Index
from designs.tweet_search.engine.nodes import INDEXER
from designs.tweet_search.engine.strategies import MISSING_RULES
from designs.tweet_search.engine.truth import TrueOrder, Truth
from designs.tweet_search.engine.tweets import TweetStore
from designs.tweet_search.engine.walks import FirstPage, Walk, Walks
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    Unavailable,
    cause_step,
    fault_steps,
    read_step,
    unknown_cause,
    write_step,
)

CLAIMS = (
    Claim(
        "found",
        "found as promised",
        "Every tweet is found within the promised time, old and unpopular ones too",
    ),
    Claim(
        "first_page",
        "true first page",
        "The first page by likes is the true first page, but for one in twenty",
    ),
    Claim("pages", "no repeats, no gaps", "The pages of a search repeat nothing, and skip nothing"),
    Claim("partial", "partial is said", "An answer that lacks something says so"),
)
FIRST_PAGE = 20
ENOUGH = 0.95
PAGES_AT_ONCE = 2
PROBES_AT_ONCE = 8
OLD_ONES = 2
MOST_TRACKED = 2_000


class ClaimChecker:
    """Looks at some answers of the time since the last check; `recall` is that of the last one by likes, of `recall_of`."""

    def __init__(
        self,
        context: EngineContext[Config],
        tweets: TweetStore,
        index: Index,
        *,
        walks: Walks,
        truth: Truth,
        counters: Counters,
    ) -> None:
        self._context, self._tweets, self._index = context, tweets, index
        self._walks, self._truth, self._counters = walks, truth, counters
        self._posted: OrderedDict[int, Tweet] = OrderedDict()
        self._chance = context.room.rng("probes")
        self._searches = 0
        self.recall: float | None = None
        self.recall_of = ""

    def posted(self, tweet: Tweet) -> None:
        """A tweet was acknowledged."""
        self._posted[tweet.id] = tweet
        while len(self._posted) > MOST_TRACKED:
            self._posted.popitem(last=False)

    async def check(self) -> None:
        """One round."""
        first, gone_on = self._walks.newest(PAGES_AT_ONCE)
        for page in first:
            await self._check_first(page)
        for walk in gone_on:
            await self._check_walk(walk)
        await self._check_found()

    # Found within the promise

    async def _check_found(self) -> None:
        promise = float(self._context.config.promise_s)
        now = self._context.clock.time()
        due = [one for one in self._posted.values() if now - one.at >= promise][:PROBES_AT_ONCE]
        if self._counters.searches != self._searches:
            self._searches = self._counters.searches
            due += [self._any_old() for _ in range(OLD_ONES)]
        for tweet in due:
            self._posted.pop(tweet.id, None)
            await self._probe(tweet)

    def _any_old(self) -> Tweet:
        return self._tweets.archive.tweet(self._chance.randint(1, self._tweets.archive.size))

    async def _probe(self, tweet: Tweet) -> None:
        """Search for all the words of a tweet; an answer that is known to be a part proves nothing."""
        query = Query(tweet.text, (Reading(tuple(dict.fromkeys(self._tweets.terms_of(tweet)))),))
        began, upto = self._context.clock.time(), self._index.watermark
        try:
            found = await self._index.finder.find(Wanted(query, "id", 1, tweet.id - 1, tweet.id + 1))
        except Unavailable:
            return
        if tweet.id in found.ids:
            self._context.monitors["found"].passed()
        elif not (found.missing and MISSING_RULES[self._context.config.missing].says):
            self._context.monitors["found"].violated(self._not_found(tweet, found.missing, began, upto))

    def _not_found(self, tweet: Tweet, missing: Sequence[int], began: float, upto: int) -> list[EvidenceView]:
        """`missing` shards did not answer the probe; before it, everything up to tweet `upto` was committed."""
        now = self._context.clock.time()
        causes = fault_steps([self._context.nodes.get(INDEXER)], tweet.at, now)
        if missing:
            causes.append(cause_step(f"shard {missing[0] + 1}", "does not answer", began))
        elif upto < tweet.id:
            causes.append(
                cause_step("index", f"everything up to tweet {upto} is committed, and no more", began)
            )
        return [
            write_step(tweet.author, f"posts tweet {tweet.id}", tweet.at, tweet.at, wrote=tweet.text),
            *(causes or [unknown_cause(began)]),
            read_step("reader", "searches for all its words", began, now, saw="nothing", lost=True),
        ]

    # Pages against the truth

    async def _check_first(self, page: FirstPage) -> None:
        order = await self._truth.order(page.query, page.watermark)
        if page.sort == "Likes":
            self._check_likes(page, order)
            return
        expected = order.by_time[: page.size]
        lacking = [id for id in expected if id not in page.ids and id >= min(page.ids, default=0)]
        if len(page.ids) < page.size:
            lacking = [id for id in expected if id not in page.ids]
        if page.partial or not lacking:
            self._context.monitors["partial"].passed()
            return
        self._context.monitors["partial"].violated(
            [
                self._truth_step(page, f"{len(expected)} of its first page", len(expected)),
                read_step("reader", "is given a page that is said to be whole", page.began, page.ended,
                          saw=f"without tweet {lacking[0]}", lost=True),
            ]
        )  # fmt: skip

    def _truth_step(self, page: FirstPage, text: str, saw: object) -> EvidenceView:
        return read_step("source of truth", f"has {text}", page.began, self._context.clock.time(), saw=saw)

    def _check_likes(self, page: FirstPage, order: TrueOrder) -> None:
        known = tuple(id for id in page.ids[:FIRST_PAGE] if id <= page.watermark)
        younger = len(page.ids[:FIRST_PAGE]) - len(known)  # found before that was promised: no fault
        most = min(FIRST_PAGE, page.size) - younger
        self.recall = order.recall(known, most)
        self.recall_of = page.query.text
        if page.partial:
            return
        if self.recall >= ENOUGH:
            self._context.monitors["first_page"].passed()
            return
        truth = order.by_likes[:most]
        likes = dict(order.by_likes)
        wrong = min(known, key=lambda id: likes.get(id, 0), default=0)
        self._context.monitors["first_page"].violated(
            [
                EvidenceView(page.began, "service", page.ranking, page.ended),
                read_step("reader", "is given the first page", page.began, page.ended,
                          saw=f"tweet {wrong} with {likes.get(wrong, 0):,} likes on it", lost=True),
                self._truth_step(page, f"{most} with {truth[-1][1]:,} likes or more", f"{self.recall:.0%} of them are on it"),
            ]
        )  # fmt: skip

    async def _check_walk(self, walk: Walk) -> None:
        ids, last = walk.ids, walk.pages[-1]
        twice = next((id for place, id in enumerate(ids) if id in ids[:place]), None)
        if twice is not None:
            self._broken_walk(walk, twice, f"tweet {twice} once more")
            return
        if last.sort == "Likes" or any(page.partial for page in walk.pages):
            self._context.monitors["pages"].passed()
            return
        upto = min(walk.pages[0].watermark, ids[0] if ids else 0)
        order = await self._truth.order(last.query, upto)
        between = [id for id in order.by_time if id >= ids[-1]] if ids else []
        skipped = next((id for id in between if id not in set(ids)), None)
        if skipped is None:
            self._context.monitors["pages"].passed()
        else:
            self._broken_walk(walk, skipped, f"nothing of tweet {skipped}")

    def _broken_walk(self, walk: Walk, id: int, saw: str) -> None:
        first, last = walk.pages[0], walk.pages[-1]
        came = cause_step(
            "authors",
            f"tweets up to {last.watermark} can be found; before, up to {first.watermark}",
            last.began,
        )
        why = came if last.watermark > first.watermark else unknown_cause(last.began)
        self._context.monitors["pages"].violated(
            [
                read_step("reader", "is given the first page", first.began, first.ended, saw=f"{len(first.ids)} tweets"),
                why,
                read_step("reader", f"is given page {len(walk.pages)}", last.began, last.ended, saw=saw, lost=True),
            ]
        )  # fmt: skip
