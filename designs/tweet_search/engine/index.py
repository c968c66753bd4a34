"""The index in force: made for the approach of now, opened, told of what it lacks, exchanged when the approach changes."""

from __future__ import annotations

from designs.tweet_search.config import Config
from designs.tweet_search.engine.found import Finder, IndexEntry
from designs.tweet_search.engine.likes import Likes
from designs.tweet_search.engine.own_index import OwnIndex
from designs.tweet_search.engine.scan import Scan
from designs.tweet_search.engine.search_engine import SearchEngine
from designs.tweet_search.engine.tweets import TweetStore
from sdlab.lab import EngineContext

AT_ONCE = 10_000  # tweets of an archive whose shared segments may be written while somebody waits


class Index:
    """`finder` answers searches. Every tweet up to `watermark` can be found; younger ones may be.

    `rebuilt` counts how often it was made from the source of truth. While the machine's first segments
    are being written, `finder` scans.
    """

    def __init__(self, context: EngineContext[Config], tweets: TweetStore, likes: Likes) -> None:
        self._context, self._tweets, self._likes = context, tweets, likes
        self._scan = Scan(context, tweets, likes)
        self.finder: Finder = self._scan
        self.watermark = 0
        self.rebuilt = 0
        self.building = False

    @property
    def segmented(self) -> SearchEngine | None:
        """The search engine, while it is what answers."""
        return self.finder if isinstance(self.finder, SearchEngine) else None

    @property
    def own(self) -> OwnIndex | None:
        """The own index, while it is what answers."""
        return self.finder if isinstance(self.finder, OwnIndex) else None

    async def open(self) -> bool:
        """Take the index of the approach of now; false where that is left to `build`, which takes its time."""
        made = self._make()
        if isinstance(made, SearchEngine) and not made.prepared and self._tweets.archive.size > AT_ONCE:
            self.building, self.watermark = True, self._tweets.newest
            return False
        await self._take(made)
        return True

    async def build(self) -> None:
        """Write the machine's first segments, and take the index that begins with them."""
        await self._take(self._make())
        self.building = False
        self._context.say(
            f"the index of {self._tweets.archive.size:,} tweets was built: it answers from now on"
        )

    async def reopen(self) -> None:
        """The approach, the words or the shards have changed: an index of now is opened, then the old one is let go.

        Where both would lie in the same files, the old one is let go first.
        """
        made = self._make()
        if isinstance(made, SearchEngine):
            await self.finder.close()
            self.finder = self._scan
        await self._take(made)

    def _make(self) -> Finder:
        approach = self._context.config.approach
        if approach == "scan":
            return self._scan
        return OwnIndex(self._context) if approach == "own" else SearchEngine(self._context)

    async def _take(self, made: Finder) -> None:
        await made.open()
        self.finder, before = made, self.finder
        await before.close()
        if await made.size() < self._tweets.size:
            await self.catch_up()
        else:
            await self.catch_up(tweets=False)

    async def catch_up(self, *, tweets: bool = True) -> None:
        """Tell the index of every like that was given here, and of every tweet that was posted here."""
        given = await self._likes.all_given()
        ids = {id for id in (*given, *(self._tweets.posted if tweets else ())) if self._tweets.has(id)}
        newest = self._tweets.newest
        self.finder.put(
            [self.entry(id, self._tweets.archive.likes(id) + given.get(id, 0)) for id in sorted(ids)]
        )
        if (await self.finder.commit()).whole:
            self.watermark = newest

    async def wipe(self, node_id: str) -> str:
        """That node has lost its part; what the archive does not have is told again."""
        said = await self.finder.wipe(node_id)
        await self.catch_up()
        self.rebuilt += 1
        return f"{said}; {len(self._tweets.posted):,} tweets of this room were indexed again"

    async def close(self) -> None:
        """Let go of it."""
        await self.finder.close()

    def entry(self, id: int, likes: int) -> IndexEntry:
        """What the index is told of a tweet."""
        posted = self._tweets.posted.get(id)
        terms = posted.terms if posted else self._tweets.terms_of(self._tweets.tweet(id))
        return IndexEntry(id, terms, likes)
