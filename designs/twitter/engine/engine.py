"""Twitter at work in one room: tweet, like, follow, scroll and search."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from designs.twitter.config import Config
from designs.twitter.engine.cards import Card, Cards
from designs.twitter.engine.cast import FIRST_REPLIES, FIRST_TWEETS, name_of
from designs.twitter.engine.claims import CHECK_EVERY, CLAIMS, LikeChecker, PageChecker
from designs.twitter.engine.index_feed import IndexFeed
from designs.twitter.engine.likes import Likes
from designs.twitter.engine.members import Members
from designs.twitter.engine.nodes import CACHE, COUNTER, FLOWS, SERVICE, STORE, plan
from designs.twitter.engine.opening import open_first
from designs.twitter.engine.pages import FIRST, MOST_PER_PAGE, PAGE, Listing, PageReader, Position, TweetPage
from designs.twitter.engine.probe import Probe
from designs.twitter.engine.rank_checker import RankChecker
from designs.twitter.engine.reader import StoreReader
from designs.twitter.engine.search import LIKES, SORTS, TIME, Searcher
from designs.twitter.engine.strategies import PAGINGS, REMOVALS
from designs.twitter.engine.timelines import TimelineListing
from designs.twitter.engine.tweet_index import TweetIndex
from designs.twitter.engine.tweets import Tweet, TweetStore
from designs.twitter.engine.words import query_words
from sdlab.lab import Conflict, Engine, Forbidden, Invalid, Node, NodeSpec, NotFound, Room, acting
from sdlab.lab.amount import amount
from sdlab.lab.text import TextRule
from sdlab.parts.idempotency import IdempotencyKeys
from sdlab.parts.two_stage_counter import Counted

LONGEST = 280
TWEET_TEXT = TextRule("tweet", LONGEST, lines=True)
TERM = TextRule("term", 100)
TRIM_EVERY = 5.0
THREAD = 50
SCROLLED_PAGES, SCROLLED_SIZE = 6, 8
TIMELINE, SEARCH = "the timeline", "the search"


@dataclass(frozen=True, slots=True)
class CardPage:
    """What somebody is given: cards, and where the next page begins. `tweets` are the rows that they were made of."""

    cards: list[Card]
    next: Position | None
    cached: bool = False
    tweets: tuple[Tweet, ...] = ()


class Twitter(Engine[Config]):
    """Tweets and likes are rows; counts, index and kept pages are made from them and can be made again."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.members = Members(context)
        self.tweets = TweetStore(context)
        self.index = TweetIndex()
        self.feed_of_index = IndexFeed(context, self.tweets, self.index)
        self.likes = Likes(context, self.tweets)
        self.cards = Cards(context, self.tweets, self.likes, self.members)
        self.searcher = Searcher(context, self.tweets, self.index, self.likes, self.members)
        self.pages = PageReader(context)
        self.checker = LikeChecker(context, self.likes)
        self.page_checker = PageChecker(context)
        self.deleted: set[int] = set()  # since opened; an index that is opened later never hears of them
        self.ranks = RankChecker(context, self.likes)
        self.probe = Probe()
        self.reader = StoreReader(context, self.tweets, self.likes, self.members, self.cards)
        self._keys = IdempotencyKeys(context)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        known = await self.members.open()
        await self.tweets.open()
        if not known:
            await open_first(self.context, self.members, self.tweets, FIRST_TWEETS, FIRST_REPLIES)
        await self.likes.open()
        self.checker.open()
        await self.feed_of_index.open()
        self.every("indexer", lambda: self.config.index_ms / 1000, self.feed_of_index.turn)
        self.every("retention of news", TRIM_EVERY, self.feed_of_index.trim)
        self.every("claim checker", CHECK_EVERY, self.checker.check, yields=True)

    async def close(self) -> None:
        await super().close()
        await self.likes.counter.close()

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if (now.counting, now.once) != (before.counting, before.once):
            await self.likes.changed_rules(before)
        if now.removal != before.removal and REMOVALS[now.removal].tells:
            for id in self.deleted & self.index.documents.keys():
                self.index.remove(id)
            self.pages.forget()
            await self.likes.forget(list(self.deleted))
        if (now.paging, now.cache_ttl, now.pages_ahead) != (
            before.paging,
            before.cache_ttl,
            before.pages_ahead,
        ):
            self.pages.clear()

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if node.id == CACHE:
            self.pages.clear()
            return "The page cache is empty"
        self.checker.lost_at = self.clock.time()
        gone = await self.likes.lose()
        return f"The like counter came back without its {gone:,} keys"

    async def fault_changed(self, node: Node) -> None:
        if node.id == CACHE and node.down:
            self.pages.clear()

    def become(self, handle: str) -> None:
        """Whom the page of this room shows."""
        self.reader.me = handle
        self.changed()

    # Tweets

    async def post(self, text: str, *, quote_of: int = 0, key: str | None = None) -> Tweet:
        """A tweet, once it is stored; with `quote_of` it quotes another. The same `key` gives the same tweet."""
        by, verb = acting().name, "quote" if quote_of else "tweet"
        async with self.request(f"POST {verb}", kind=f"POST {verb}") as trace:
            said = TWEET_TEXT.check(text, field="text")
            self.node(SERVICE).touch(f"POST {verb}", "ok", source="visitor")

            async def make() -> Tweet:
                quoted = (await self._quotable(quote_of)).id if quote_of else 0
                return self.tweets.new(by, said, quote_of=quoted)

            tweet = await self._once(key, verb, {"text": said, "of": quote_of}, make)
            trace.sentence = f"{name_of(by)} tweeted {tweet.id}: “{said[:40]}” → 201"
        return tweet

    async def reply(self, id: int, text: str, *, key: str | None = None) -> Tweet:
        """An answer, in the thread of the tweet. `NotFound` for one that is not there, or not to be seen."""
        by = acting().name
        async with self.request("POST reply") as trace:
            said = TWEET_TEXT.check(text, field="text")
            self.node(SERVICE).touch("POST reply", "ok", source="visitor")

            async def make() -> Tweet:
                return self.tweets.new(by, said, reply_to=(await self.seen(id)).id)

            tweet = await self._once(key, "reply", {"text": said, "to": id}, make)
            trace.sentence = f"{name_of(by)} replied to tweet {tweet.reply_to} → 201"
        return tweet

    async def _once(
        self, key: str | None, operation: str, body: object, make: Callable[[], Awaitable[Tweet]]
    ) -> Tweet:
        async def work() -> Tweet:
            tweet = await make()  # what it refers to may be gone when the same request comes again
            await self._add([tweet])
            self.decide("stored, with the news of it for the index in the same transaction")
            return tweet

        return await self._keys.once(
            key, operation=operation, body=body, work=work, dump=dump_tweet, load=lambda kept: Tweet(**kept)
        )

    async def _add(self, tweets: Sequence[Tweet]) -> None:
        await self.node(STORE).call("INSERT tweet and news", lambda: self.tweets.add(tweets), source=SERVICE)

    async def retweet(self, id: int) -> tuple[Tweet, bool]:
        """Pass a tweet on; the retweet, and whether it is new. `Forbidden` for one that is for followers only."""
        by = acting().name
        async with self.request("POST retweet") as trace:
            self.node(SERVICE).touch("POST retweet", "ok", source="visitor")
            tweet = await self._quotable(id)
            made = self.tweets.new(by, "", origin=tweet.author, retweet_of=tweet.id)
            new: bool = await self.node(STORE).call(
                "INSERT retweet, once", lambda: self.tweets.pass_on(made), source=SERVICE
            )
            if new:
                self.decide("not passed on by this user yet")
            else:
                self.decide("passed on already: the unique index lets no second one in")
                made = await self.tweets.retweet_by(by, tweet.id) or made
            trace.sentence = f"{name_of(by)} retweeted {name_of(tweet.author)} → {201 if new else 200}"
        return made, new

    async def _quotable(self, id: int) -> Tweet:
        tweet = await self.seen(id)
        if tweet.author in self.members.private and tweet.author != acting().name:
            self.decide("the account is private: what it says stays with its followers")
            raise Forbidden("tweets of a private account are not passed on")
        return tweet

    async def edit(self, id: int, text: str) -> Tweet:
        """Another text for one's own tweet. `Forbidden` for somebody else's."""
        by = acting().name
        async with self.request("PATCH tweet") as trace:
            said = TWEET_TEXT.check(text, field="text")
            self.node(SERVICE).touch("PATCH tweet", "ok", source="visitor")
            tweet = await self._own(id)
            changed = await self.node(STORE).call(
                "UPDATE tweet and news", lambda: self.tweets.edit(tweet, said), source=SERVICE
            )
            self.pages.forget()
            trace.sentence = f"{name_of(by)} edited tweet {id} → 200"
        return changed

    async def delete(self, id: int) -> list[int]:
        """Take one's own tweet away, with its retweets and likes; their ids. `Forbidden` for somebody else's."""
        by, began = acting().name, self.clock.time()
        async with self.request("DELETE tweet") as trace:
            self.node(SERVICE).touch("DELETE tweet", "ok", source="visitor")
            await self._own(id)
            removal = REMOVALS[self.config.removal]()
            gone = await self._erase(id, tell=removal.tells)
            if removal.purge(self.context, self.index, gone):
                self.pages.forget()
                if not self.node(COUNTER).down:
                    await self.node(COUNTER).call(
                        "UNLINK the counts", lambda: self.likes.forget(gone), source=SERVICE
                    )
            trace.sentence = f"{name_of(by)} deleted tweet {id} → 204"
        self.page_checker.delete(gone, by, began)
        asked = self.clock.time()
        if not self.node(COUNTER).down:  # what is down answers nobody
            self.page_checker.counted(id, await self.likes.kept(id), asked)
        return gone

    async def _erase(self, id: int, *, tell: bool) -> list[int]:
        """The rows of a tweet, its retweets and their likes; the ids that went."""
        erase = self.likes.counter.erase
        self.likes.leaving.add(str(id))
        try:
            gone: list[int] = await self.node(STORE).call(
                "DELETE tweet, likes and news",
                lambda: self.tweets.delete(
                    id, also=lambda c, ids: erase(c, [str(one) for one in ids]), tell=tell
                ),
                source=SERVICE,
            )
        except BaseException:
            self.likes.leaving.discard(str(id))
            raise
        self.deleted.update(gone)
        return gone

    async def _own(self, id: int) -> Tweet:
        tweet = await self.seen(id)
        if tweet.author != acting().name:
            self.decide(f"it is {name_of(tweet.author)}'s")
            raise Forbidden("only its author changes a tweet")
        self.decide("it is one's own")
        return tweet

    async def seen(self, id: int) -> Tweet:
        """A tweet that the acting user may see; of a retweet what it passes on. `NotFound` otherwise."""
        found = await self.node(STORE).call("SELECT tweet", lambda: self.tweets.read([id]), source=SERVICE)
        tweet = found.get(id)
        if tweet is not None and tweet.retweet_of:
            tweet = (await self.tweets.read([tweet.retweet_of])).get(tweet.retweet_of)
        if tweet is None or not self.members.may_see(acting().name, tweet.author):
            self.decide("there is none, or none that this user may see: the same answer")
            raise NotFound(f"there is no tweet {id}")
        return tweet

    # Likes

    async def like(self, id: int) -> Counted:
        """Like a tweet; a second time changes nothing."""
        by = acting().name
        async with self.request("POST like") as trace:
            self.node(SERVICE).touch("POST like", "ok", source="visitor")
            tweet = await self.seen(id)
            counted = await self.likes.add(tweet.id, by)
            self.likes.explain(counted)
            done = "liked" if counted.changed else "pressed again at"
            stored = f"{amount(counted.count, 'like')}, {counted.flush.count:,} in the database"
            trace.sentence = f"{name_of(by)} {done} tweet {tweet.id}: {stored}"
        return counted

    async def like_wave(self, id: int, fans: Sequence[str]) -> int:
        """Many like one tweet at the same moment; how many likes it has then."""
        async with self.request("POST likes, a wave") as trace:
            self.node(SERVICE).touch("POST likes", "ok", source="visitor")
            tweet = await self.seen(id)
            counted = await self.likes.add_many(tweet.id, fans)
            self.likes.explain(counted[-1])
            most = counted[-1].count
            trace.sentence = f"{len(fans)} people liked tweet {tweet.id}: {amount(most, 'like')}"
        return most

    async def unlike(self, id: int) -> Counted:
        """Take a like back; where there was none, nothing changes."""
        by = acting().name
        async with self.request("DELETE like") as trace:
            self.node(SERVICE).touch("DELETE like", "ok", source="visitor")
            tweet = await self.seen(id)
            counted = await self.likes.remove(tweet.id, by)
            self.likes.explain(counted, back=True)
            left = amount(counted.count, "like")
            trace.sentence = f"{name_of(by)} took the like of tweet {tweet.id} back: {left}"
        return counted

    # People

    async def follow(self, handle: str) -> str:
        """`following`, or `requested` of a private account. `Conflict` for oneself, `Forbidden` between blocked ones."""
        by = acting().name
        async with self.request("POST follow") as trace:
            self.node(SERVICE).touch("POST follow", "ok", source="visitor")
            if handle == by:
                raise Conflict("nobody follows themselves")
            await self._known(handle)
            if self.members.blocked(by, handle):
                self.decide("one of them has blocked the other")
                raise Forbidden("you cannot follow this account")
            state = await self.members.follow(handle)
            self.pages.forget()
            trace.sentence = f"{name_of(by)} → {name_of(handle)}: {state}"
        return state

    async def _known(self, handle: str) -> None:
        if not await self.members.knows(handle):
            self.decide("nobody has that name")
            raise NotFound(f"there is no account {handle}")

    async def unfollow(self, handle: str) -> bool:
        """Follow somebody no more; whether one did."""
        async with self.request("DELETE follow") as trace:
            self.node(SERVICE).touch("DELETE follow", "ok", source="visitor")
            was = await self.members.unfollow(handle)
            self.decide("out of the timeline from the next page on" if was else "it is so already")
            self.pages.forget()
            trace.sentence = f"{name_of(acting().name)} unfollowed {name_of(handle)}"
        return was

    async def accept(self, handle: str) -> None:
        """Let somebody follow one's private account. `NotFound` when nobody of that name waits."""
        async with self.request("POST accept") as trace:
            self.node(SERVICE).touch("POST accept", "ok", source="visitor")
            if not await self.members.accept(handle):
                raise NotFound(f"{handle} does not wait")
            self.decide("from now on a follower")
            trace.sentence = f"{name_of(acting().name)} lets {name_of(handle)} follow"

    async def block(self, handle: str, *, blocked: bool = True) -> None:
        """Neither sees the other, or both may again. `Conflict` for oneself."""
        async with self.request("POST block" if blocked else "DELETE block") as trace:
            self.node(SERVICE).touch("block", "ok", source="visitor")
            if handle == acting().name:
                raise Conflict("nobody blocks themselves")
            if blocked:
                await self._known(handle)
            await (self.members.block(handle) if blocked else self.members.unblock(handle))
            self.decide("checked for each page and each search from now on, in both directions")
            self.pages.forget()
            trace.sentence = (
                f"{name_of(acting().name)} {'blocked' if blocked else 'unblocked'} {name_of(handle)}"
            )

    async def set_private(self, *, private: bool) -> None:
        """Whether followers alone see what one writes."""
        async with self.request("PATCH profile") as trace:
            self.node(SERVICE).touch("PATCH profile", "ok", source="visitor")
            await self.members.set_private(private=private)
            self.decide("for followers only" if private else "for everybody")
            self.pages.forget()
            trace.sentence = f"{name_of(acting().name)} is {'private' if private else 'public'} now"

    # Pages

    async def timeline(self, *, at: Position = FIRST, size: int = PAGE) -> CardPage:
        """A page of the acting user's home timeline, newest first."""
        viewer = acting().name
        async with self.request("GET timeline") as trace:
            self.node(SERVICE).touch("GET timeline", "ok", source="visitor")
            page = await self._page(self._home(viewer), at, size, TIMELINE)
            trace.sentence = f"timeline of {name_of(viewer)}: {amount(len(page.tweets), 'tweet')} → 200"
            return await self._carded(page, viewer)

    def _home(self, viewer: str) -> Listing:
        return TimelineListing(self.context, self.tweets, self.members, viewer)

    async def search(
        self, term: str, *, sort: str = TIME, at: Position = FIRST, size: int = PAGE
    ) -> CardPage:
        """A page of what has all words of `term`, newest or most liked first, as far as the acting user may see it."""
        viewer = acting().name
        async with self.request("GET search") as trace:
            said = TERM.check(term, field="term")
            words = query_words(said)
            if not words:
                raise Invalid("a search has at least one word", field="term")
            if sort not in SORTS:
                raise Invalid(f"sort_by is one of {', '.join(SORTS)}", field="sort_by")
            self.node(SERVICE).touch("GET search", "ok", source="visitor")
            listing = self.searcher.listing(words, sort, viewer)
            page = await self._page(listing, at, size, f"{SEARCH} for {said}")
            trace.sentence = f"{name_of(viewer)} searched for “{said}”: {len(page.tweets)} on the page → 200"
            cards = await self._carded(page, viewer)
        if at == FIRST:
            if self.searcher.is_news():
                await self.tweets.searched(said, viewer)
            if sort == LIKES and listing.made:
                await self.ranks.check(listing.made, page.tweets, self.index.likes)
        return cards

    async def _page(self, listing: Listing, at: Position, size: int, what: str) -> TweetPage:
        if not 1 <= size <= MOST_PER_PAGE:
            raise Invalid(f"a page has 1 to {MOST_PER_PAGE} tweets", field="limit")
        began = self.clock.time()
        self.pages.pages += 1
        page = await PAGINGS[self.config.paging]().page(self.pages, listing, at, size)
        self.page_checker.given(acting().name, f"reads {what}", [one.id for one in page.tweets], began)
        return page

    async def _carded(self, page: TweetPage, viewer: str) -> CardPage:
        return CardPage(await self.cards.of(page.tweets, viewer), page.next, page.cached, tuple(page.tweets))

    async def scroll(self, term: str = "", *, sort: str = TIME, pages: int = SCROLLED_PAGES) -> int:
        """Page after page, of the timeline or of a search, judged for repeats and gaps; how many tweets were shown."""
        viewer, words = acting().name, query_words(term)
        listing = self.searcher.listing(words, sort, viewer) if words else self._home(viewer)
        before = await listing.window(0, pages * SCROLLED_SIZE)
        found: list[Sequence[Tweet]] = []
        when: list[tuple[float, float]] = []
        at: Position | None = FIRST
        while at is not None and len(found) < pages:
            began = self.clock.time()
            page = await (
                self.search(term, sort=sort, at=at, size=SCROLLED_SIZE)
                if words
                else self.timeline(at=at, size=SCROLLED_SIZE)
            )
            found.append(page.tweets)
            when.append((began, self.clock.time()))
            at = page.next
            await self.clock.sleep(self.config.read_ms / 1000)
        after = await listing.window(0, MOST_PER_PAGE * pages)
        still = {one.id for one in after}
        there = [one for one in before if one.id in still]
        if words and sort == LIKES:  # likes go on: what had its turn is known where all had it
            there = there if at is None else []
        self._scrolled(viewer, found, there, when, between=not (words and sort == LIKES))
        return sum(map(len, found))

    def _scrolled(
        self,
        viewer: str,
        pages: Sequence[Sequence[Tweet]],
        there: list[Tweet],
        when: list[tuple[float, float]],
        *,
        between: bool,
    ) -> None:
        """What stood there from beginning to end (`between` the first and the last shown) is to be shown once."""
        shown = [one.id for page in pages for one in page]
        if shown:
            if between:
                there = [one for one in there if min(shown) <= one.id <= max(shown)]
            self.page_checker.scrolled(viewer, pages, there, when)

    async def thread(self, id: int) -> tuple[list[Card], list[Card]]:
        """A tweet with what it answers, and the answers to it, as far as the acting user may see them."""
        viewer = acting().name
        async with self.request("GET thread") as trace:
            self.node(SERVICE).touch("GET thread", "ok", source="visitor")
            began = self.clock.time()
            tweet = await self.seen(id)
            chain = [tweet]
            while chain[0].reply_to and len(chain) < THREAD:
                up = (await self.tweets.read([chain[0].reply_to])).get(chain[0].reply_to)
                if up is None or not self.members.may_see(viewer, up.author):
                    break
                chain.insert(0, up)
            answers = await self.room.sql.read(lambda c: self.tweets.replies(c, tweet.id, THREAD))
            visible = [one for one in answers if self.members.may_see(viewer, one.author)]
            self.decide(f"{len(visible)} of {len(answers)} answers may be seen by this user")
            self.page_checker.given(viewer, "opens a thread", [one.id for one in (*chain, *visible)], began)
            trace.sentence = (
                f"{name_of(viewer)} opened tweet {id}: {amount(len(visible), 'reply', 'replies')} → 200"
            )
            return await self.cards.of(chain, viewer), await self.cards.of(visible, viewer)

    async def tweets_of(self, author: str, *, at: Position = FIRST, size: int = PAGE) -> CardPage:
        """What somebody wrote and passed on. `Forbidden` where the acting user may not see it."""
        viewer = acting().name
        async with self.request("GET user") as trace:
            self.node(SERVICE).touch("GET user", "ok", source="visitor")
            if not self.members.may_see(viewer, author):
                self.decide("blocked, or for followers only")
                raise Forbidden("this account's tweets are protected")
            hidden = self.members.hidden_from(viewer)
            found = await self.room.sql.read(
                lambda c: self.tweets.of_author(c, author, below=at.id, limit=size)
            )
            visible = [one for one in found if one.origin not in hidden]
            self.decide(f"{len(visible)} of {len(found)} may be seen by this user")
            trace.sentence = f"{name_of(viewer)} opened {name_of(author)} → 200"
            end = Position(id=found[-1].id) if len(found) == size else None
            return CardPage(await self.cards.of(visible, viewer), end)

    # A probe of freshness

    async def post_and_find(self, text: str) -> float:
        """Tweet something with a word of its own, and search for it until it is found; seconds that it took."""
        word = self.probe.word()
        tweet = await self.post(f"{text} {word}")
        began = self.clock.monotonic()
        while not any(card.tweet.id == tweet.id for card in (await self.search(word)).cards):
            if self.probe.gives_up(self.clock.monotonic() - began):
                break
            await self.clock.sleep(self.probe.pause)
        return self.probe.took(self.clock.monotonic() - began)


def dump_tweet(tweet: Tweet) -> dict[str, object]:
    """A tweet as plain data."""
    return {name: getattr(tweet, name) for name in Tweet.__slots__}
