"""Pages of whatever is newest or most liked first: asked of a listing, or of what was read ahead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Protocol

import orjson

from designs.twitter.config import Config
from designs.twitter.engine.nodes import CACHE, SERVICE
from designs.twitter.engine.tweets import Tweet
from sdlab.lab import EngineContext
from sdlab.parts.result_cache import ResultCache

MOST_KEPT = 200
PAGES = "pages"
PAGE, MOST_PER_PAGE = 10, 50

Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: at a number of pages, or behind a tweet (in an order that was kept, where likes order)."""

    page: int = 0
    ranking: int = 0
    id: int = 0


FIRST = Position()


@dataclass(frozen=True, slots=True)
class TweetPage:
    """Some tweets, and where the next page begins; none behind the last."""

    tweets: list[Tweet]
    next: Position | None
    cached: bool = False


class Listing(Protocol):
    """An order of tweets. `key` names it, with whoever reads it."""

    key: str

    async def window(self, offset: int, count: int) -> list[Tweet]:
        """So many, behind so many, as it is now."""
        ...

    async def behind(self, at: Position, count: int) -> list[Tweet]:
        """So many behind a position, from the first on where it names no tweet."""
        ...

    def position_of(self, tweet: Tweet) -> Position:
        """The position behind that tweet."""
        ...


@dataclass(frozen=True, slots=True)
class KeptPages:
    """What was read ahead: from which page on, the tweets, until when, and how many bytes they are."""

    began: int
    tweets: list[Tweet]
    bytes: int


class PageReader:
    """Asks listings, and keeps what was read ahead; counts both since the lab was opened."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self.context = context
        self.reads = self.rows = self.pages = self.hits = self.misses = 0
        self.cache: ResultCache[str, Key, KeptPages] = self._empty()

    def _empty(self) -> ResultCache[str, Key, KeptPages]:
        return ResultCache(MOST_KEPT, lifetime=self.context.config.cache_ttl)

    def clear(self) -> None:
        """Begin with nothing kept, and the lifetime of now."""
        self.cache = self._empty()

    def forget(self) -> None:
        """What pages are made of has changed: no page from before is given."""
        self.cache.forget(PAGES)

    async def ask(self, work: Callable[[], Awaitable[list[Tweet]]]) -> list[Tweet]:
        """One question to the listing."""
        found = await work()
        self.reads += 1
        self.rows += len(found)
        return found

    def cached(self, key: Key) -> tuple[int, list[Tweet]] | None:
        """What was read ahead under that key, while it may be given; nothing from a cache that is down."""
        node = self.context.node(CACHE)
        if node.down:
            return None
        kept = self.cache.get(PAGES, key, now=self.context.clock.monotonic())
        self.hits += kept is not None
        self.misses += kept is None
        node.touch("get", "ok" if kept else "miss", source=SERVICE)
        return None if kept is None else (kept.began, kept.tweets)

    def keep(self, key: Key, read: tuple[int, list[Tweet]], generation: int) -> None:
        """Keep pages for whoever scrolls on; `generation` is from before they were read."""
        began, tweets = read
        size = len(orjson.dumps([asdict(one) for one in tweets]))
        if not self.context.node(CACHE).down:
            self.cache.put(
                PAGES,
                key,
                KeptPages(began, tweets, size),
                now=self.context.clock.monotonic(),
                generation=generation,
            )

    def generation(self) -> int:
        """How often everything was forgotten."""
        return self.cache.generation(PAGES)

    def kept(self) -> list[tuple[Key, KeptPages, int]]:
        """What is kept, the most recently used first, with how often it was given."""
        return [(key, slot.value, slot.hits) for key, slot in self.cache.newest(MOST_KEPT)]
