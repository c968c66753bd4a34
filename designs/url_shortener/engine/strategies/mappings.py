"""One code per URL: how a create finds out that the URL has a code already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar, TypeVar

from sdlab.blocks.bloom import BloomFilter

T = TypeVar("T")
Lookup = Callable[[], Awaitable[T | None]]
Decide = Callable[[str], None]


class MappingCounters:
    """What the mapping has saved and what it has cost, since it was switched on."""

    def __init__(self) -> None:
        self.lookups = 0
        self.avoided = 0
        self.found = 0
        self.false_positives = 0
        self.last_positions: tuple[int, ...] = ()
        self.verdict = ""

    @property
    def unseen(self) -> int:
        """How many asked URLs had no code in truth."""
        return self.avoided + self.false_positives


class NoMapping:
    """Every create makes a new code."""

    label: ClassVar[str] = "off"
    tradeoff: ClassVar[str] = "No lookup before a write; the same URL costs storage again and again."
    one_to_one: ClassVar[bool] = False

    def __init__(self, bloom: BloomFilter, counters: MappingCounters) -> None:
        self.bloom, self.counters = bloom, counters

    async def existing(self, digest: str, lookup: Lookup[T], *, decide: Decide) -> T | None:
        """What `lookup` finds for that URL, or None when it has no code (or may have a second one)."""
        return None

    def add(self, digest: str) -> None:
        """The URL has a code from now on."""


class IndexLookup(NoMapping):
    """Every create asks the index on the URL: every shard, because codes are sharded and URLs are not."""

    label = "index"
    tradeoff = "Exact; every create first asks all shards."
    one_to_one = True

    async def existing(self, digest: str, lookup: Lookup[T], *, decide: Decide) -> T | None:
        self.counters.lookups += 1
        found = await lookup()
        self.counters.found += found is not None
        decide("the index knows this URL" if found else "the index does not know this URL")
        return found


class BloomThenLookup(NoMapping):
    """The filter answers "not seen" for certain; only "perhaps" asks the index."""

    label = "Bloom + lookup"
    tradeoff = "New URLs skip the lookup; costs memory, some false alarms, and deleted URLs stay in it."
    one_to_one = True

    async def existing(self, digest: str, lookup: Lookup[T], *, decide: Decide) -> T | None:
        self.counters.last_positions = self.bloom.positions(digest)
        if not self.bloom.may_contain(digest):
            self.counters.avoided += 1
            self.counters.verdict = "not seen"
            decide("Bloom says not seen, lookup skipped")
            return None
        self.counters.lookups += 1
        found = await lookup()
        if found is None:
            self.counters.false_positives += 1
            self.counters.verdict = "perhaps seen: false positive"
            decide("Bloom says perhaps, the lookup finds nothing (a false positive)")
        else:
            self.counters.found += 1
            self.counters.verdict = "perhaps seen: found"
            decide("Bloom says perhaps, the lookup finds it")
        return found

    def add(self, digest: str) -> None:
        self.bloom.add(digest)


MAPPINGS: dict[str, type[NoMapping]] = {"off": NoMapping, "index": IndexLookup, "bloom": BloomThenLookup}
