"""The approaches that can be chosen. What acts in a process of its own is told by the engine what these decided."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from designs.web_crawler.config import Config
from designs.web_crawler.engine.content import ContentIndex
from designs.web_crawler.engine.seen import SeenStores
from sdlab.lab import EngineContext

Context = EngineContext[Config]

BASE_MS, LONGEST_MS = 500, 30_000
LONGEST_PATH, MOST_SEGMENTS, MOST_REPEATED = 300, 12, 3
_NUMBERS = re.compile(r"\d+(?:[/.-]\d+)*")


class Politeness(Protocol):
    """Whether hosts are given time."""

    label: str
    tradeoff: str

    def polite(self, context: Context) -> bool:
        """Whether a host has one request at a time, and a pause after each."""
        ...


class Polite:
    label = "One at a time, with a pause"
    tradeoff = "A host is asked only so often; a crawl of one large site takes as long as its pauses."

    def polite(self, context: Context) -> bool:
        """It has."""
        context.decide("the host had no request under way, and its pause is over")
        return True


class Impolite:
    label = "As fast as it goes"
    tradeoff = "Fast until the host is slow or shuts the crawler out; others who use that host pay for it."

    def polite(self, context: Context) -> bool:
        """It has not."""
        context.decide("taken as it came, whoever else asks this host now")
        return False


POLITENESS: dict[str, Politeness] = {"on": Polite(), "off": Impolite()}


class Lease(Protocol):
    """When the frontier forgets what was taken."""

    label: str
    tradeoff: str

    def forgotten(self, context: Context) -> bool:
        """Whether it forgets at once."""
        ...


class Acknowledged:
    label = "Lease, then acknowledge"
    tradeoff = "What a dead fetcher held comes back after its lease; a page may be asked for twice."

    def forgotten(self, context: Context) -> bool:
        """It does not."""
        context.decide("leased until it is stored: another takes it, should this fetcher die")
        return False


class Forgotten:
    label = "Taken is gone"
    tradeoff = "No leases to keep; what a dead fetcher held is lost, and nobody knows."

    def forgotten(self, context: Context) -> bool:
        """It does."""
        context.decide("the frontier forgets an address as it is taken")
        return True


LEASES: dict[str, Lease] = {"ack": Acknowledged(), "forget": Forgotten()}


class Seen(Protocol):
    """How it is known that an address was seen."""

    label: str
    tradeoff: str
    certain: bool

    async def known(self, stores: SeenStores, context: Context, crawl: int, urls: Sequence[str]) -> set[str]:
        """Those that the crawl knows."""
        ...

    async def mark(self, stores: SeenStores, crawl: int, urls: Sequence[str]) -> None:
        """The crawl knows these from now on."""
        ...


class DatabaseSeen:
    label = "Database lookup"
    tradeoff = "Exact, and there after a restart; every link costs a look into an index that outgrows memory."
    certain = True

    async def known(self, stores: SeenStores, context: Context, crawl: int, urls: Sequence[str]) -> set[str]:
        """Those with a row."""
        context.decide("looked up in the index of the table")
        return await stores.in_rows(crawl, urls)

    async def mark(self, stores: SeenStores, crawl: int, urls: Sequence[str]) -> None:
        """Their rows are the mark."""


class HashSeen:
    label = "Hash index"
    tradeoff = (
        "Exact and quick; all fingerprints in the memory of a store: 16 bytes and more for each address."
    )
    certain = True

    async def known(self, stores: SeenStores, context: Context, crawl: int, urls: Sequence[str]) -> set[str]:
        """Those whose fingerprint is in the set."""
        context.decide("asked a set of fingerprints")
        return await stores.in_hash(crawl, urls)

    async def mark(self, stores: SeenStores, crawl: int, urls: Sequence[str]) -> None:
        """Add their fingerprints."""
        await stores.add_hash(crawl, urls)


class BloomSeen:
    label = "Bloom filter"
    tradeoff = "Ten bits for each address; one in a hundred pages is taken for seen and never fetched."
    certain = False

    async def known(self, stores: SeenStores, context: Context, crawl: int, urls: Sequence[str]) -> set[str]:
        """Those of which all bits are set: they were seen, or others happen to have set their bits."""
        context.decide("asked the bits of a Bloom filter: perhaps seen, or certainly not")
        return await stores.in_bloom(crawl, urls, context.config.bloom_for)

    async def mark(self, stores: SeenStores, crawl: int, urls: Sequence[str]) -> None:
        """Set their bits."""
        await stores.add_bloom(crawl, urls)


class MemorySeen:
    label = "In memory alone"
    tradeoff = "The quickest; a restart forgets all, and every page is found, fetched and stored once more."
    certain = True

    async def known(self, stores: SeenStores, context: Context, crawl: int, urls: Sequence[str]) -> set[str]:
        """Those in the set of this process."""
        context.decide("asked a set in the crawler's own memory")
        return stores.in_memory(crawl, urls)

    async def mark(self, stores: SeenStores, crawl: int, urls: Sequence[str]) -> None:
        """Add them to it."""
        stores.add_memory(crawl, urls)


SEENS: dict[str, Seen] = {
    "database": DatabaseSeen(),
    "hash": HashSeen(),
    "bloom": BloomSeen(),
    "memory": MemorySeen(),
}


class Robots(Protocol):
    """Whether robots.txt is read."""

    label: str
    tradeoff: str

    def obeyed(self, context: Context) -> bool:
        """Whether it is, and obeyed."""
        ...


class Obeyed:
    label = "Read and obeyed"
    tradeoff = "One request more for each host; what it forbids is never seen."

    def obeyed(self, context: Context) -> bool:
        """It is."""
        context.decide("the rules of the host's robots.txt come first")
        return True


class Ignored:
    label = "Ignored"
    tradeoff = "Everything is fetched, also what was asked to be left alone, and pauses that hosts name are not known."

    def obeyed(self, context: Context) -> bool:
        """It is not."""
        context.decide("robots.txt is not asked for")
        return False


ROBOTS: dict[str, Robots] = {"obey": Obeyed(), "ignore": Ignored()}


@dataclass(frozen=True, slots=True)
class Shape:
    """Of an address: its host, and its path with every run of numbers as one sign.

    >>> shape_of("http://calendar.test/days/2027/3/14").path
    '/days/#'
    """

    host: str
    path: str


def shape_of(url: str) -> Shape:
    """What it looks like, without its numbers."""
    parts = urlsplit(url)
    return Shape(parts.hostname or "", _NUMBERS.sub("#", parts.path))


class Guard(Protocol):
    """What keeps a crawl out of places without an end."""

    label: str
    tradeoff: str

    def trap(self, context: Context, url: str, alike: int) -> str:
        """Why this address is left alone; empty when it is not. `alike`: how many of its shape were accepted."""
        ...


class GuardOn:
    label = "Shapes are counted"
    tradeoff = "No host has more than so many addresses that differ in numbers alone; a few real pages may be missed."

    def trap(self, context: Context, url: str, alike: int) -> str:
        """By its shape, its length, and names that repeat."""
        shape = shape_of(url)
        if "#" in shape.path and alike >= context.config.alike:
            context.decide(f"{context.config.alike} like it were accepted: {shape.path} may have no end")
            return f"{context.config.alike} of the shape {shape.path}"
        parts = [one for one in urlsplit(url).path.split("/") if one]
        if len(url) > LONGEST_PATH or len(parts) > MOST_SEGMENTS:
            context.decide("an address as long as this is made by a program, for nobody")
            return "too long"
        if any(parts.count(one) > MOST_REPEATED for one in parts):
            context.decide("a name that repeats in a path leads into a circle")
            return "repeats itself"
        return ""


class GuardOff:
    label = "Every link is followed"
    tradeoff = "Nothing is missed, and a calendar with a link to the next month has no last page."

    def trap(self, context: Context, url: str, alike: int) -> str:
        """Nothing is."""
        if alike:
            context.decide("whatever is linked is fetched, however many look like it")
        return ""


GUARDS: dict[str, Guard] = {"on": GuardOn(), "off": GuardOff()}


class Content(Protocol):
    """How it is noticed that two pages say the same."""

    label: str
    tradeoff: str

    def same_as(self, index: ContentIndex, context: Context, hash: str, simhash: int) -> tuple[int, str]:
        """The number of the page that says the same and how that was found; 0 when there is none."""
        ...


class NoContent:
    label = "Not asked"
    tradeoff = "Mirrors and pages under many addresses are stored as often as they are found."

    def same_as(self, index: ContentIndex, context: Context, hash: str, simhash: int) -> tuple[int, str]:
        """Nobody asks."""
        context.decide("stored without asking whether another says the same")
        return 0, ""


class ExactContent:
    label = "Hash of the text"
    tradeoff = "Finds what is the same to the letter, in one lookup; a changed word makes another page of it."

    def same_as(self, index: ContentIndex, context: Context, hash: str, simhash: int) -> tuple[int, str]:
        """By the hash of the text."""
        found = index.exact(hash)
        context.decide("the hash of its text is known" if found else "no page has this hash of its text")
        return found, "exact" if found else ""


class NearContent:
    label = "SimHash"
    tradeoff = (
        "Finds what differs in a few words, too; costs a fingerprint, and may take different pages for one."
    )

    def same_as(self, index: ContentIndex, context: Context, hash: str, simhash: int) -> tuple[int, str]:
        """By the hash, then by fingerprints that differ in few bits."""
        if found := index.exact(hash):
            context.decide("the hash of its text is known")
            return found, "exact"
        if found := index.near(simhash):
            context.decide(f"a fingerprint within {context.config.near_bits} bits is known")
            return found, "near"
        context.decide(f"no fingerprint is within {context.config.near_bits} bits")
        return 0, ""


CONTENTS: dict[str, Content] = {"off": NoContent(), "exact": ExactContent(), "simhash": NearContent()}


class Stages(Protocol):
    """Where answers are read."""

    label: str
    tradeoff: str

    def at_once(self, context: Context) -> bool:
        """Whether the fetcher reads them, and keeps nothing else."""
        ...


class TwoStages:
    label = "Fetch, store, then extract"
    tradeoff = "Raw answers take room; a better reader, or a mended one, needs no host again."

    def at_once(self, context: Context) -> bool:
        """The answer is stored as it came."""
        context.decide("stored as it came; an extractor reads it from there")
        return False


class OneStage:
    label = "One stage"
    tradeoff = "Nothing raw to keep; after a bug in the reading every page must be fetched again."

    def at_once(self, context: Context) -> bool:
        """The fetcher reads it."""
        context.decide("read by the fetcher, which keeps nothing else of it")
        return True


STAGES: dict[str, Stages] = {"two": TwoStages(), "one": OneStage()}


class Waiting(Protocol):
    """How long a failed fetch waits."""

    label: str
    tradeoff: str

    def wait_ms(self, context: Context, tries: int, chance: float) -> int:
        """After so many failures; `chance` is from 0 to 1."""
        ...


class Jittered:
    label = "Doubling, with jitter"
    tradeoff = "Those that failed together come back apart."

    def wait_ms(self, context: Context, tries: int, chance: float) -> int:
        """Chance takes up to half of it."""
        whole = min(LONGEST_MS, BASE_MS * 2 ** max(0, tries - 1))
        context.decide(f"failure {tries}: waits up to {whole:,} ms, less what chance takes off")
        return round(whole * (1 - chance / 2))


class Doubling:
    label = "Doubling, to the millisecond"
    tradeoff = "Those that failed together come back together, and fail together again."

    def wait_ms(self, context: Context, tries: int, chance: float) -> int:
        """All wait as long."""
        whole = min(LONGEST_MS, BASE_MS * 2 ** max(0, tries - 1))
        context.decide(f"failure {tries}: waits {whole:,} ms, as all do")
        return whole


JITTERS: dict[str, Waiting] = {"on": Jittered(), "off": Doubling()}


class Names(Protocol):
    """Whether addresses of hosts are remembered."""

    label: str
    tradeoff: str

    def ttl_ms(self, context: Context) -> int:
        """For how long; 0 for not at all."""
        ...


class CachedNames:
    label = "Remembered"
    tradeoff = (
        "A lookup for each host and time to live; a host that moves is asked at its old place until then."
    )

    def ttl_ms(self, context: Context) -> int:
        """As long as the knob says."""
        context.decide(f"addresses of hosts are remembered for {context.config.ttl_s} s")
        return context.config.ttl_s * 1000


class AskedNames:
    label = "Asked each time"
    tradeoff = "Always fresh; as many lookups as requests, and the name server is the first to give in."

    def ttl_ms(self, context: Context) -> int:
        """Not at all."""
        context.decide("the name server is asked for each request")
        return 0


NAMES: dict[str, Names] = {"cache": CachedNames(), "off": AskedNames()}
