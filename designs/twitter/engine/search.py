"""Searches: what has the words, who may see it, in which order."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, islice

from designs.twitter.config import Config
from designs.twitter.engine.archive import Archive
from designs.twitter.engine.engine_index import EngineIndex
from designs.twitter.engine.likes import Likes
from designs.twitter.engine.members import Members
from designs.twitter.engine.pages import FIRST, Position
from designs.twitter.engine.strategies import RANKINGS, SEARCHES, Corpus, Matches
from designs.twitter.engine.tweet_index import Found, TweetIndex
from designs.twitter.engine.tweets import Tweet, TweetStore
from sdlab.lab import EngineContext, Invalid, acting

LIKES, TIME = "LIKE", "timestamp"
SORTS = (LIKES, TIME)
TOP = 10
HAND_STAYS = 10.0  # seconds
NOTED_EVERY = 1.0
MOST_RANKINGS = 1000  # of some thousand ids at most


@dataclass(slots=True)
class LastSearch:
    """The newest search: its words, what was looked at, and the first of its order by stored and by exact counts."""

    words: list[str] = field(default_factory=list)
    by: str = ""
    sort: str = TIME
    found: Found | None = None
    approach: str = ""
    ranked: list[tuple[int, int]] = field(default_factory=list)
    at: float = 0.0
    by_hand: bool = False


class Rankings:
    """The newest orders by likes that somebody pages through, by number."""

    def __init__(self) -> None:
        self._orders: OrderedDict[int, array[int]] = OrderedDict()
        self._last = 0

    def keep(self, ids: Sequence[int]) -> int:
        """Keep an order; its number, from 1 on."""
        self._last += 1
        self._orders[self._last] = array("I", ids)
        if len(self._orders) > MOST_RANKINGS:
            self._orders.popitem(last=False)
        return self._last

    def kept(self, number: int) -> Sequence[int]:
        """That order. `Invalid` where it is kept no more."""
        if number not in self._orders:
            raise Invalid("the order of this search is kept no more: search again", field="cursor")
        self._orders.move_to_end(number)
        return self._orders[number]


class SearchListing:
    """One search by one viewer: the words are looked up once for each page that is asked for."""

    def __init__(self, searcher: Searcher, words: Sequence[str], sort: str, viewer: str) -> None:
        self.key = f"{viewer} searches {' '.join(words)} by {sort}"
        self._searcher, self._words, self._sort, self._viewer = searcher, words, sort, viewer
        self._likes: dict[int, int] = {}
        self._ids: Sequence[int] = ()
        self._ranking = 0
        self.made: LastSearch | None = None

    async def window(self, offset: int, count: int) -> list[Tweet]:
        """So many, behind so many."""
        matches, ids = await self._order()
        order = self._searcher.visible(matches, ids, self._viewer)
        return [self._searcher.tweet(matches, id) for id in islice(order, offset, offset + count)]

    async def behind(self, at: Position, count: int) -> list[Tweet]:
        """So many behind a position."""
        matches, order = await self._order(at)
        if self._sort != LIKES:
            order = (id for id in order if not at.id or id < at.id)
        elif at.id:
            order = islice(dropwhile(lambda id: id != at.id, order), 1, None)
        rest = self._searcher.visible(matches, order, self._viewer)
        return [self._searcher.tweet(matches, id) for id in islice(rest, count)]

    def position_of(self, tweet: Tweet) -> Position:
        """Behind that tweet; likes go on meanwhile, so the order that it stood in is kept."""
        if self._sort == LIKES and not self._ranking:
            self._ranking = self._searcher.rankings.keep(self._ids)
        return Position(ranking=self._ranking, id=tweet.id)

    async def _order(self, at: Position = FIRST) -> tuple[Matches, Iterator[int]]:
        kept = self._searcher.rankings.kept(at.ranking) if self._sort == LIKES and at.id else None
        matches = await self._searcher.find(self._words)
        if kept is not None:
            self._ranking, self._ids = at.ranking, kept
        elif self._sort == LIKES:
            self._ids, self._likes = await self._searcher.by_likes(matches)
            self._ranking = 0
        else:
            self._ids = matches.found.ids
        self.made = self._searcher.note(self._words, self._sort, self._viewer, matches, self._likes)
        return matches, iter(self._ids)


class Searcher:
    """Finds by the approach in force. `looked_at` counts entries of lists, or rows, since opened."""

    def __init__(
        self,
        context: EngineContext[Config],
        store: TweetStore,
        index: TweetIndex,
        likes: Likes,
        members: Members,
    ) -> None:
        self._context, self._store, self._index = context, store, index
        self._likes, self._members = likes, members
        self._engine = EngineIndex(index)
        self.searches = self.looked_at = self.counts_read = 0
        self.last = LastSearch()
        self.rankings = Rankings()
        self._noted = 0.0

    @property
    def archive(self) -> Archive:
        """The archive of the size that is chosen."""
        return Archive(self._context.config.archive)

    def is_news(self) -> bool:
        """Whether this search is noted among what people just searched: each by hand, of traffic one a second."""
        now = self._context.clock.monotonic()
        if not acting().by_hand and now - self._noted < NOTED_EVERY:
            return False
        self._noted = now
        return True

    def listing(self, words: Sequence[str], sort: str, viewer: str) -> SearchListing:
        """What a search is paged through."""
        return SearchListing(self, words, sort, viewer)

    async def find(self, words: Sequence[str]) -> Matches:
        """All that have the words, newest first."""
        corpus = Corpus(self._context, self._store, self._index, self._engine, self.archive)
        matches = await SEARCHES[self._context.config.search]().find(corpus, words)
        self.searches += 1
        self.looked_at += matches.found.looked_at
        return matches

    async def by_likes(self, matches: Matches) -> tuple[Sequence[int], dict[int, int]]:
        """Most liked first, of equals the newest; and the likes that this order goes by."""
        stored = self._index.likes
        found = set(matches.found.ids) if len(stored) > 0 else set()
        liked = sorted((id for id in stored if id in found), key=lambda id: (-stored[id], -id))
        order = (*liked, *_without(matches.found.ids, set(liked), limit=self._context.config.rerank_n + 1000))
        counts = {id: stored.get(id, 0) for id in liked}
        first = RANKINGS[self._context.config.ranking]().again(self._context.decide, self._context.config)
        if first:
            names = [str(id) for id in order[:first]]
            exact = await self._likes.counter.counts(names) if names else {}
            self.counts_read += len(names)
            counts |= {int(name): count for name, count in exact.items()}
            again = sorted(order[:first], key=lambda id: (-counts.get(id, 0), -id))
            order = (*again, *order[first:])
        return order, counts

    def visible(self, matches: Matches, ids: Iterable[int], viewer: str) -> Iterator[int]:
        """Those that this viewer may see."""
        hidden = self._members.hidden_from(viewer)
        archive = self.archive
        for id in ids:
            document = matches.documents.get(id)
            if document is None and id not in archive:
                continue  # gone since the lists were read
            author = document.author if document else archive.author(id)
            if author not in hidden:
                yield id

    def tweet(self, matches: Matches, id: int) -> Tweet:
        """The text that goes with an id."""
        return matches.documents[id] if id in matches.documents else self._store.archived(id)

    def note(
        self, words: Sequence[str], sort: str, viewer: str, matches: Matches, likes: dict[int, int]
    ) -> LastSearch:
        """Remember the newest search, for the panels; one by hand stays for a while, whatever traffic asks."""
        now, by_hand = self._context.clock.monotonic(), acting().by_hand
        ranked = sorted(likes.items(), key=lambda one: (-one[1], -one[0]))[:TOP]
        approach = self._context.config.search
        made = LastSearch(list(words), viewer, sort, matches.found, approach, ranked, now, by_hand)
        if by_hand or not self.last.by_hand or now - self.last.at >= HAND_STAYS:
            self.last = made
        return made


def _without(ids: Sequence[int], others: set[int], *, limit: int) -> list[int]:
    """The first of these that are not among the others."""
    return list(islice((id for id in ids if id not in others), limit))
