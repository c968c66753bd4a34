"""One code per URL: how a create finds out that the URL has a code already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar, Generic, NamedTuple, TypeVar

from designs.url_shortener.engine.strategies.locks import Decide
from sdlab.blocks.bloom import BloomFilter

T = TypeVar("T")
Lookup = Callable[[], Awaitable[T | None]]


class Known(NamedTuple, Generic[T]):
    """What was found of a URL (None: no code, or perhaps a second one), and why, in words."""

    link: T | None
    why: str = ""


class MappingCounters:
    """What the mapping has saved and what it has cost, since it was switched on.

    A yes of the filter that the lookup does not confirm is a `false_positive` when the URL was never
    added, and `gone` when it was, but its row was deleted or overwritten since.
    """

    def __init__(self) -> None:
        self.lookups = 0
        self.avoided = 0
        self.found = 0
        self.false_positives = 0
        self.gone = 0
        self.last_positions: tuple[int, ...] = ()
        self.verdict = ""

    @property
    def unseen(self) -> int:
        """How many asked URLs the filter had never been given."""
        return self.avoided + self.false_positives


class UrlFilter:
    """A Bloom filter, and beside it exactly what was added, to tell its errors from rows that are gone.

    `added` takes memory that a shortener would not spend; a room holds so few URLs that it may here.
    """

    def __init__(self, *, capacity: int, error: float) -> None:
        self.bloom = BloomFilter(capacity=capacity, error=error)
        self.added: set[str] = set()

    def add(self, digest: str) -> None:
        """The URL is in the filter from now on."""
        if digest not in self.added:
            self.added.add(digest)
            self.bloom.add(digest)


class NoMapping:
    """Every create makes a new code."""

    label: ClassVar[str] = "off"
    tradeoff: ClassVar[str] = "No lookup before a write; the same URL costs storage again and again."
    one_to_one: ClassVar[bool] = False

    def __init__(self, urls: UrlFilter, counters: MappingCounters) -> None:
        self.urls, self.counters = urls, counters

    async def existing(self, digest: str, lookup: Lookup[T], *, decide: Decide) -> Known[T]:
        """What `lookup` finds for that URL."""
        decide("nobody asks whether the URL has a code: it gets another one")
        return Known(None)

    def add(self, digest: str) -> None:
        """The URL has a code from now on."""


class IndexLookup(NoMapping):
    """Every create asks the index on the URL: every shard, because codes are sharded and URLs are not."""

    label = "index"
    tradeoff = "Exact; every create first asks all shards."
    one_to_one = True

    async def existing(self, digest: str, lookup: Lookup[T], *, decide: Decide) -> Known[T]:
        self.counters.lookups += 1
        found = await lookup()
        self.counters.found += found is not None
        why = "the index knows this URL" if found else "the index does not know this URL"
        decide(why)
        return Known(found, why)


class BloomThenLookup(NoMapping):
    """The filter answers "not seen" for certain; only "perhaps" asks the index."""

    label = "Bloom + lookup"
    tradeoff = "New URLs skip the lookup; costs memory, some false alarms, and deleted URLs stay in it."
    one_to_one = True

    async def existing(self, digest: str, lookup: Lookup[T], *, decide: Decide) -> Known[T]:
        bloom, counters = self.urls.bloom, self.counters
        counters.last_positions = bloom.positions(digest)
        if not bloom.may_contain(digest):
            counters.avoided += 1
            counters.verdict = "not seen"
            decide(why := "Bloom says not seen, lookup skipped")
            return Known(None, why)
        was_added = digest in self.urls.added
        counters.lookups += 1
        found = await lookup()
        if found is not None:
            counters.found += 1
            counters.verdict = "perhaps seen: found"
            decide(why := "Bloom says perhaps, the lookup finds it")
        elif was_added:
            counters.gone += 1
            counters.verdict = "perhaps seen: its row is gone"
            decide(why := "Bloom says perhaps, and it was seen; but its row is gone")
        else:
            counters.false_positives += 1
            counters.verdict = "perhaps seen: false positive"
            decide(why := "Bloom says perhaps, the lookup finds nothing (a false positive)")
        return Known(found, why)

    def add(self, digest: str) -> None:
        self.urls.add(digest)


MAPPINGS: dict[str, type[NoMapping]] = {"off": NoMapping, "index": IndexLookup, "bloom": BloomThenLookup}
