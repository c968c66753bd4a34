"""From a code to where it leads: the cache first, then the shard that owns the code."""

from __future__ import annotations

from designs.url_shortener.config import Config
from designs.url_shortener.engine.claims import ClaimChecker
from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.engine.counters import RedirectCounters
from designs.url_shortener.engine.link_cache import LinkCache
from designs.url_shortener.engine.link_request import CODE, ascii_uri
from designs.url_shortener.engine.nodes import CACHE, GATEWAY, enter
from designs.url_shortener.engine.shards.link_table import LinkTable
from designs.url_shortener.engine.strategies import REDIRECTS
from designs.url_shortener.engine.strategies.caches import CachedLink
from designs.url_shortener.engine.strategies.redirects import Redirect
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram
from sdlab.lab import EngineContext, Gone, LabError, NotFound
from sdlab.lab.trace import Trace

PERMANENT = 301


class Redirection:
    """Answers clicks and counts them."""

    def __init__(
        self,
        context: EngineContext[Config],
        cache: LinkCache,
        table: LinkTable,
        clicks: Clicks,
        checker: ClaimChecker,
    ) -> None:
        self._context = context
        self._cache = cache
        self._table = table
        self._clicks = clicks
        self._checker = checker
        self.counters = RedirectCounters()
        self.redirected = SlidingCounter(seconds=10)
        self.latency, self.hits, self.misses = SlidingHistogram(), SlidingHistogram(), SlidingHistogram()

    async def follow(self, code: str, trace: Trace, *, click: bool) -> Redirect:
        """Where the code leads, seen as a click if it is one; see `UrlShortener.resolve` for errors."""
        try:
            enter(self._context, "open")
            return await self._follow(code, trace, click=click)
        except LabError as error:
            trace.sentence = f"GET /s/{code[:40]}: {error.status} {error.detail}"
            self._refused(code, error, click=click)
            raise

    def _refused(self, code: str, error: LabError, *, click: bool) -> None:
        if click:
            self._clicks.record_refused(there_was_a_link=not isinstance(error, NotFound | Gone))
        if isinstance(error, NotFound):
            self.counters.not_found += 1
            self._checker.not_found(code)
        elif isinstance(error, Gone):
            self.counters.gone += 1
        else:
            self.counters.unavailable += 1

    async def _follow(self, code: str, trace: Trace, *, click: bool) -> Redirect:
        link, cached = self._cache.get(code), True
        if link is None:
            link, cached = await self._read(code), False
        if link.expires_at is not None and link.expires_at <= trace.started:
            self._context.decide("its time is over: gone, and not unknown")
            raise Gone(f"the link {code} has expired")
        if click:
            self._clicks.record_seen(code)
        self._measure(trace, cached=cached)
        self._checker.found(code, link.location)
        policy = REDIRECTS[self._context.config.redirect]
        where = "cache hit" if cached else " → ".join(filter(None, (trace.why, f"shard {link.shard}")))
        trace.sentence = f"GET /s/{code}: {where} → {policy.status}"
        answer = policy.answer(link.location, self._context.decide)
        if answer.status == PERMANENT:
            self.counters.permanent += 1
        else:
            self.counters.temporary += 1
        return answer

    def _measure(self, trace: Trace, *, cached: bool) -> None:
        now = self._context.clock.monotonic()
        self.counters.redirects += 1
        self.redirected.add(now)
        ms = (now - trace.began) * 1000
        self.latency.add(now, ms)
        (self.hits if cached else self.misses).add(now, ms)

    async def _read(self, code: str) -> CachedLink:
        if not CODE.fullmatch(code):
            self._context.decide("no code looks like that: no shard is asked")
            raise NotFound(f"no link has the code {code[:40]!r}")
        link, shard = await self._table.find(code, source=CACHE if self._cache.works else GATEWAY)
        if link is None:
            self._context.decide(f"shard {shard} owns that code and has no row for it")
            raise NotFound(f"no link has the code {code!r}")
        if link.deleted_at is not None:
            self._context.decide(f"shard {shard} has a tombstone: to the caller it never was")
            raise NotFound(f"the link {code} was deleted")
        if not link.url:
            self._context.decide(f"shard {shard} has only the tombstone of an expired link")
            raise Gone(f"the link {code} has expired")
        found = CachedLink(ascii_uri(link.url), link.expires_at, shard)
        self._cache.put(code, found)
        return found
