"""What becomes of a page that was read: whether another says the same, where its links go, and which version read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from designs.web_crawler.config import Config
from designs.web_crawler.engine.counters import Counters
from designs.web_crawler.engine.crawls import Crawl, Crawls
from designs.web_crawler.engine.frontier import Entry
from designs.web_crawler.engine.links import Links, Offered
from designs.web_crawler.engine.strategies import CONTENTS
from sdlab.lab import EngineContext


class Readings:
    """Used by whoever reads: an extractor, or a fetcher in one stage. A bad version (`buggy`) has read `bad` pages."""

    def __init__(
        self, context: EngineContext[Config], *, crawls: Crawls, links: Links, counters: Counters
    ) -> None:
        self._context, self._crawls, self._links, self._counters = context, crawls, links, counters
        self.buggy = False
        self.bad = 0
        self._hosts: dict[int, str] = {}

    async def read(self, crawl: Crawl, entry: Entry, read: Mapping[str, Any], *, source: str) -> int:
        """The number of the page that says the same, or 0; links of what is no copy are offered."""
        return (await self.read_all([(crawl, entry, read)], source=source))[0]

    async def read_all(
        self, pages: Sequence[tuple[Crawl | None, Entry, Mapping[str, Any] | None]], *, source: str
    ) -> list[int]:
        """As `read`, for each; the links of all are offered together. 0 as well for what could not be read."""
        copies: list[int] = []
        offered: dict[int, list[Offered]] = defaultdict(list)
        crawls: dict[int, Crawl] = {}
        for crawl, entry, read in pages:
            if crawl is None or read is None:
                copies.append(0)
                continue
            copy_of = self._same_as(crawl, entry, read)
            copies.append(copy_of)
            if self._follows(entry, copy_of):
                crawls[crawl.number] = crawl
                offered[crawl.number].append(Offered(read["links"], entry.number, entry.depth + 1))
        for number, some in offered.items():
            await self._links.offer_all(crawls[number], some, source=source)
        return copies

    def _same_as(self, crawl: Crawl, entry: Entry, read: Mapping[str, Any]) -> int:
        counters, config = self._counters, self._context.config
        counters.read += 1
        counters.read_again += entry.again
        crawl.content.allow(config.near_bits)
        unsigned = read["simhash"] & (2**64 - 1)
        copy_of, how = 0, ""
        if read["hash"]:
            before = crawl.content.compared
            copy_of, how = CONTENTS[config.content].same_as(
                crawl.content, self._context, read["hash"], unsigned
            )
            counters.compared += crawl.content.compared - before
        if copy_of == entry.number:
            copy_of = 0
        if copy_of:
            counters.exact += how == "exact"
            counters.near += how == "near"
        elif read["hash"]:
            crawl.content.add(read["hash"], unsigned, entry.number)
            self._hosts[entry.number] = entry.host
        return copy_of

    def _follows(self, entry: Entry, copy_of: int) -> bool:
        if entry.again:
            return False
        if copy_of and self._hosts.get(copy_of) == entry.host:
            self._context.decide("the same page under another address: its links are those of the first")
            return False
        return True
