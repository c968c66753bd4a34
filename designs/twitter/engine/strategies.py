"""The approaches: how words are found, when a count is written, what counts once, ranks, pages and leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from designs.twitter.config import Config
from designs.twitter.engine.archive import Archive
from designs.twitter.engine.engine_index import EngineIndex
from designs.twitter.engine.nodes import CACHE, INDEX, SERVICE, STORE
from designs.twitter.engine.pages import Listing, PageReader, Position, TweetPage
from designs.twitter.engine.tweet_index import Found, TweetIndex
from designs.twitter.engine.tweets import Tweet, TweetStore
from sdlab.lab import EngineContext
from sdlab.parts.two_stage_counter import EVERY_CHANGE, POWERS_OF_TWO, Counted, FlushRule, every

Decide = Callable[[str], None]


# How are words found?


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything that can be searched, and by what."""

    context: EngineContext[Config]
    store: TweetStore
    index: TweetIndex
    engine: EngineIndex
    archive: Archive


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search found, and where its texts come from; those of the archive are not among `documents`."""

    found: Found
    documents: dict[int, Tweet]


class Search(Protocol):
    """Finds the tweets that have all of some words."""

    label: str
    tradeoff: str

    async def find(self, corpus: Corpus, words: Sequence[str]) -> Matches: ...


class Scan:
    """Every text is compared, however few have the word."""

    label = "SQL LIKE"
    tradeoff = "Nothing to keep up to date; each search reads every text, and “cat” finds “concatenate”."

    async def find(self, corpus: Corpus, words: Sequence[str]) -> Matches:
        store, sql = corpus.store, corpus.context.room.sql
        corpus.context.decide("no index on words: every text is compared")

        async def scan() -> tuple[list[Tweet], list[int]]:
            new = sql.read(lambda connection: store.like(connection, words))
            return await asyncio.gather(new, asyncio.to_thread(corpus.archive.scan, words))

        fresh, old = await corpus.context.node(STORE).call("SELECT … LIKE", scan, source=SERVICE)
        found = Found([*(one.id for one in fresh), *old], store.rows + corpus.archive.size)
        return Matches(found, {one.id: one for one in fresh})


class Inverted:
    """The list of each word is read, and what is in all of them is the answer."""

    label = "Inverted index"
    tradeoff = "Reads the lists of the words alone; it has to be told of every change, and hears of it later."

    async def find(self, corpus: Corpus, words: Sequence[str]) -> Matches:
        corpus.context.decide("the lists of the words are intersected, beginning with the shortest")

        async def look() -> Found:
            if not corpus.archive.ready:  # building the lists is no work for the loop
                await asyncio.to_thread(corpus.archive.segment)
            return corpus.index.find(words, corpus.archive)

        found = await corpus.context.node(INDEX).call("walk the lists", look, source=SERVICE)
        return Matches(found, corpus.index.documents)


class SearchEngine:
    """A library of the Lucene kind: segments on their own, commits, and compressed lists that are skipped through."""

    label = "Search engine (tantivy)"
    tradeoff = "Compressed lists in native code, the newest first; what is new waits for a commit."

    async def find(self, corpus: Corpus, words: Sequence[str]) -> Matches:
        corpus.context.decide("the engine commits what is new, and gives the newest that have all words")

        async def ask() -> list[int]:
            return await asyncio.to_thread(corpus.engine.find, words, corpus.archive, corpus.engine.take())

        ids = await corpus.context.node(INDEX).call("commit and search", ask, source=SERVICE)
        return Matches(Found(ids, len(ids)), corpus.index.documents)


SEARCHES: dict[str, type[Search]] = {"index": Inverted, "scan": Scan, "engine": SearchEngine}


# When does the database hear of a count?


class Counting(Protocol):
    """When a count of likes is written to the database."""

    label: str
    tradeoff: str
    rule: FlushRule

    def explain(self, decide: Decide, counted: Counted, *, back: bool) -> None: ...


def _told(counted: Counted, reached: str, *, back: bool, next_at: int) -> str:
    """What the database hears of a change: on the way up because a threshold was `reached`."""
    flushed = f"{counted.flush.count:,}"
    if counted.due:
        why = "the count fell below what it had" if back else reached
        return f"the database is told {flushed}: {why}"
    return f"the database keeps {flushed} until {next_at:,}"


class EveryLike:
    """One write for each like."""

    label = "Every like"
    tradeoff = "The database is exact; a popular tweet is one row that is written for each of its likes."
    rule = EVERY_CHANGE

    def explain(self, decide: Decide, counted: Counted, *, back: bool) -> None:
        next_at = counted.flush.count + 1
        decide(_told(counted, "each like is written", back=back, next_at=next_at))


class AtPowers:
    """Twenty writes for a million likes."""

    label = "At powers of two"
    tradeoff = "Log₂ as many writes; the database is behind by less than half."
    rule = POWERS_OF_TWO

    def explain(self, decide: Decide, counted: Counted, *, back: bool) -> None:
        next_at = max(1, 2 * counted.flush.count)
        decide(_told(counted, "a power of two", back=back, next_at=next_at))


class AtHundreds:
    """A write for each hundred."""

    label = "Every 100"
    tradeoff = (
        "Behind by less than 100; a tweet with fewer likes shows none, and a million cost 10,000 writes."
    )
    rule = every(100)

    def explain(self, decide: Decide, counted: Counted, *, back: bool) -> None:
        next_at = counted.flush.count + 100
        decide(_told(counted, "a multiple of 100", back=back, next_at=next_at))


class AtThousands:
    """A write for each thousand."""

    label = "Every 1,000"
    tradeoff = "Behind by less than 1,000; nearly all tweets show none, and a million cost 1,000 writes."
    rule = every(1000)

    def explain(self, decide: Decide, counted: Counted, *, back: bool) -> None:
        next_at = counted.flush.count + 1000
        decide(_told(counted, "a multiple of 1,000", back=back, next_at=next_at))


COUNTINGS: dict[str, type[Counting]] = {
    "powers": AtPowers,
    "every": EveryLike,
    "hundred": AtHundreds,
    "thousand": AtThousands,
}


# What counts once?


class Once(Protocol):
    """Whether a second press of the same person counts."""

    label: str
    tradeoff: str
    keeps_set: bool

    def explain(self, decide: Decide, counted: Counted, *, back: bool) -> None: ...


class LikerSet:
    """SADD and SREM tell whether it changes anything; only then the counter does, in the same script."""

    label = "A set of likers"
    tradeoff = "A like counts once per person; the set takes memory for each of them."
    keeps_set = True

    def explain(self, decide: Decide, counted: Counted, *, back: bool) -> None:
        if back:
            was = "it was there, so the count goes down" if counted.changed else "it was not there"
            decide(f"SREM says: {was}")
        else:
            decide(
                f"SADD says: {'new, so it counts' if counted.changed else 'liked before, so nothing changes'}"
            )


class CounterAlone:
    """INCR, whoever presses."""

    label = "The counter alone"
    tradeoff = "A few bytes per tweet; an impatient finger or a repeated request counts again."
    keeps_set = False

    def explain(self, decide: Decide, counted: Counted, *, back: bool) -> None:
        decide(f"the counter goes {'down' if back else 'up'}: nobody asks who it was")


ONCES: dict[str, type[Once]] = {"set": LikerSet, "counter": CounterAlone}


# What are results sorted by?


class Ranking(Protocol):
    """Which likes a search is sorted by: how many of the first are ranked anew by exact counts."""

    label: str
    tradeoff: str

    def again(self, decide: Decide, config: Config) -> int: ...


class ByStored:
    """The counts in the index, as they are."""

    label = "Stored counts"
    tradeoff = "No question to Redis; between two powers of two the order is that of time."

    def again(self, decide: Decide, config: Config) -> int:
        decide("sorted by the stored counts, which are behind")
        return 0


class Reranked:
    """Stored counts choose the first N, exact ones order them."""

    label = "Top N again by true counts"
    tradeoff = "The first page is in true order, if N is large enough; N counts are read for each search."

    def again(self, decide: Decide, config: Config) -> int:
        decide(f"the first {config.rerank_n:,} by stored counts are ordered by their true ones")
        return config.rerank_n


RANKINGS: dict[str, type[Ranking]] = {"rerank": Reranked, "stored": ByStored}


# How is a page named?


class Paging(Protocol):
    """Where the next page begins."""

    label: str
    tradeoff: str

    async def page(self, reader: PageReader, listing: Listing, at: Position, size: int) -> TweetPage: ...


class ByOffset:
    """Skip so many, as they are at that moment."""

    label = "Offset"
    tradeoff = "Any page can be asked for by its number; whatever arrives meanwhile shifts all pages."

    async def page(self, reader: PageReader, listing: Listing, at: Position, size: int) -> TweetPage:
        reader.context.decide(f"page {at.page}: the first {at.page * size} are skipped, as they are now")
        found = await reader.ask(lambda: listing.window(at.page * size, size))
        return TweetPage(found, Position(page=at.page + 1) if len(found) == size else None)


class ByOffsetCached:
    """As by offset, and some pages more are read at once and kept for whoever scrolls on."""

    label = "Offset, pages read ahead"
    tradeoff = "The database is asked once for many pages; they take memory and do not hear of what arrives."

    async def page(self, reader: PageReader, listing: Listing, at: Position, size: int) -> TweetPage:
        ahead = reader.context.config.pages_ahead
        first = at.page - at.page % ahead
        key = (listing.key, size, first)
        kept = reader.cached(key) if at.page != first else None
        if kept is None:
            reader.context.decide(f"pages {at.page} to {at.page + ahead - 1} are read at once, and kept")
            began, generation = at.page, reader.generation()
            rows = await reader.ask(lambda: listing.window(began * size, ahead * size))
            reader.keep(key, (began, rows), generation)
        else:
            reader.context.decide(f"page {at.page} was read ahead: the database is not asked")
            began, rows = kept
        place = (at.page - began) * size
        found = rows[place : place + size]
        return TweetPage(
            found, Position(page=at.page + 1) if len(found) == size else None, cached=kept is not None
        )


class ByCursor:
    """Go on behind the last one that was shown, wherever it stands by now."""

    label = "Cursor"
    tradeoff = "Nothing twice, nothing skipped, nothing kept but an order by likes; no jump to page 7."

    async def page(self, reader: PageReader, listing: Listing, at: Position, size: int) -> TweetPage:
        reader.context.decide(f"behind tweet {at.id}" if at.id else "from the newest on")
        found = await reader.ask(lambda: listing.behind(at, size))
        return TweetPage(found, listing.position_of(found[-1]) if len(found) == size else None)


PAGINGS: dict[str, type[Paging]] = {"cursor": ByCursor, "offset": ByOffset, "cached": ByOffsetCached}


# How does a tweet leave?


class Removal(Protocol):
    """Who is told that a tweet is deleted."""

    label: str
    tradeoff: str
    tells: bool

    def purge(self, context: EngineContext[Config], index: TweetIndex, ids: Iterable[int]) -> bool: ...


class Everywhere:
    """The row, and whatever was made from it."""

    label = "Row, index and caches"
    tradeoff = "A delete waits for the index and empties the page cache; then it is nowhere."
    tells = True

    def purge(self, context: EngineContext[Config], index: TweetIndex, ids: Iterable[int]) -> bool:
        context.decide("out of the index at once, and kept pages are forgotten")
        for id in ids:
            index.remove(id)
        context.node(INDEX).touch("remove", "ok", source=SERVICE)
        if not context.node(CACHE).down:
            context.node(CACHE).touch("forget the pages", "ok", source=SERVICE)
        return True


class RowOnly:
    """The row. Copies of it are not told."""

    label = "The row alone"
    tradeoff = "One write; the index goes on finding it, and kept pages go on showing it."
    tells = False

    def purge(self, context: EngineContext[Config], index: TweetIndex, ids: Iterable[int]) -> bool:
        context.decide("the row is gone; index and kept pages are not told")
        return False


REMOVALS: dict[str, type[Removal]] = {"purge": Everywhere, "row": RowOnly}
