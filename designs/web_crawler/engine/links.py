"""What becomes of a link: out of bounds, too deep, a trap, seen before, or accepted and put into the frontier."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.web_crawler.config import Config
from designs.web_crawler.engine.addresses import allowed_hosts, host_of, why_not
from designs.web_crawler.engine.counters import Counters
from designs.web_crawler.engine.crawls import Crawl, Crawls
from designs.web_crawler.engine.frontier import Entry, Frontier
from designs.web_crawler.engine.models import QUEUED
from designs.web_crawler.engine.nodes import FRONTIER, SEEN
from designs.web_crawler.engine.processes import Bell
from designs.web_crawler.engine.seen import SeenStores
from designs.web_crawler.engine.strategies import GUARDS, SEENS, shape_of
from sdlab.lab import EngineContext, amount

MOST_HOPS = 5
DOUBTS_KEPT = 4_000
DEEP = 3


@dataclass(frozen=True, slots=True)
class Doubt:
    """A link that was taken for seen by something that may be wrong."""

    crawl: int
    url: str
    at_ms: int
    parent: int


@dataclass(frozen=True, slots=True)
class Trapped:
    """A link that was left alone."""

    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Offered:
    """The links of a page, which lie at that depth, after so many redirects."""

    urls: Sequence[str]
    parent: int
    depth: int
    hops: int = 0


class Links:
    """One batch at a time, so that two pages with the same link do not both find it new."""

    def __init__(
        self,
        context: EngineContext[Config],
        *,
        hosts: frozenset[str],
        crawls: Crawls,
        frontier: Frontier,
        seen: SeenStores,
        counters: Counters,
        bell: Bell,
    ) -> None:
        self._context, self._hosts, self._crawls, self._frontier = context, hosts, crawls, frontier
        self._seen, self._counters, self._bell = seen, counters, bell
        self._one = asyncio.Lock()
        self.doubts: deque[Doubt] = deque(maxlen=DOUBTS_KEPT)
        self.trapped: deque[Trapped] = deque(maxlen=12)

    async def offer(
        self, crawl: Crawl, urls: Sequence[str], *, parent: int, depth: int, source: str, hops: int = 0
    ) -> int:
        """How many of these links of one page, which lie at that depth, were new and are accepted."""
        return await self.offer_all(crawl, [Offered(urls, parent, depth, hops)], source=source)

    async def offer_all(self, crawl: Crawl, pages: Sequence[Offered], *, source: str) -> int:
        """How many links of these pages were new and are accepted; of two pages with a new one, the first has it."""
        counters = self._counters
        counters.offered += sum(len(one.urls) for one in pages)
        async with self._one:
            found: dict[str, Offered] = {}
            for one in pages:
                for url in self._in_bounds(crawl, one.urls, one.depth):
                    counters.lookups += url in found
                    counters.met_again += url in found
                    found.setdefault(url, one)
            fresh = await self._new(crawl, found, source) if found else []
            accepted = self._within_limits(crawl, fresh)
            if not accepted:
                return 0
            now, polite = self._crawls.now, self._context.config.politeness == "on"
            entries = [self._entry(crawl, url, found[url]) for url in accepted]
            rows = [self._row(one, found[one.url].parent, now) for one in entries]
            await self._crawls.insert_urls(crawl, rows)
            first = await self._context.node(FRONTIER).call(
                f"put {amount(len(entries), 'address', 'addresses')}",
                lambda: self._frontier.put(entries, now_ms=now, polite=polite),
                source=SEEN,
            )
            await SEENS[self._context.config.seen].mark(self._seen, crawl.number, accepted)
        counters.accepted += len(accepted)
        self._bell.ring(first)
        return len(accepted)

    def _in_bounds(self, crawl: Crawl, urls: Sequence[str], depth: int) -> list[str]:
        counters, allowed = self._counters, allowed_hosts()
        found = dict.fromkeys(urls)
        for url in list(found):
            if why_not(url, self._hosts, allowed):
                counters.outside += 1
                del found[url]
        if depth > crawl.max_depth:
            counters.too_deep += len(found)
            if found:
                self._context.decide(f"deeper than {crawl.max_depth} links: not followed")
            return []
        return list(found)

    async def _new(self, crawl: Crawl, found: Mapping[str, Offered], source: str) -> list[str]:
        """Those that nobody has seen and that lead into no trap."""
        seen, counters, urls = SEENS[self._context.config.seen], self._counters, list(found)
        counters.lookups += len(urls)
        known: set[str] = await self._context.node(SEEN).call(
            f"{amount(len(urls), 'address', 'addresses')}?",
            lambda: seen.known(self._seen, self._context, crawl.number, urls),
            source=source,
            outcome=lambda seen_before: "ok" if seen_before else "miss",
        )
        counters.met_again += len(known)
        if not seen.certain:
            self.doubts.extend(
                Doubt(crawl.number, url, self._crawls.now, found[url].parent) for url in urls if url in known
            )
        return [url for url in urls if url not in known and not self._is_trap(crawl, url)]

    def _is_trap(self, crawl: Crawl, url: str) -> bool:
        shape = shape_of(url)
        alike = crawl.shapes[shape.host, shape.path] if "#" in shape.path else 0
        why = GUARDS[self._context.config.guard].trap(self._context, url, alike)
        if why:
            self._counters.trapped += 1
            if not self.trapped or self.trapped[-1].why != why:
                self.trapped.append(Trapped(url, why))
            return True
        crawl.shapes[shape.host, shape.path] += 1
        return False

    def _within_limits(self, crawl: Crawl, fresh: list[str]) -> list[str]:
        room = max(0, crawl.max_pages - crawl.accepted)
        if len(fresh) > room:
            self._counters.over_limit += len(fresh) - room
            self._context.decide(f"the crawl may have {crawl.max_pages:,} addresses, and has them")
        return fresh[:room]

    def _entry(self, crawl: Crawl, url: str, by: Offered) -> Entry:
        self._crawls.url_number += 1
        priority = 1 if by.depth == 0 else 3 if by.depth > DEEP or "?" in url else 2
        return Entry(self._crawls.url_number, crawl.number, url, host_of(url), by.depth, priority, 0, by.hops)

    def _row(self, one: Entry, parent: int, now: int) -> dict[str, object]:
        return {
            "room": self._context.room.id,
            "number": one.number,
            "crawl": one.crawl,
            "url": one.url,
            "host": one.host,
            "depth": one.depth,
            "parent": parent,
            "state": QUEUED,
            "said": "",
            "tries": 0,
            "changed_ms": now,
        }
