"""From a code to where it leads: the cache first, then the shard that owns the code."""

from __future__ import annotations

from collections.abc import Callable

from designs.url_shortener.engine.claims import Audit
from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.config import Config
from designs.url_shortener.engine.counters import Counts
from designs.url_shortener.engine.link_cache import LinkCache
from designs.url_shortener.engine.shards.shards import Shards
from designs.url_shortener.engine.strategies import REDIRECTS
from designs.url_shortener.engine.strategies.caches import CachedLink
from designs.url_shortener.engine.strategies.redirects import Redirect
from designs.url_shortener.engine.link_request import CODE, ascii_uri
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram
from sdlab.lab import Clock, Gone, LabError, NotFound
from sdlab.lab.trace import Trace


class Redirecting:
    """Answers clicks and counts them; `enter` takes a request in at the gateway."""

    def __init__(
        self,
        *,
        clock: Clock,
        config: Callable[[], Config],
        cache: LinkCache,
        shards: Shards,
        clicks: Clicks,
        audit: Audit,
        tally: Counts,
        enter: Callable[[str], None],
        decide: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._config = config
        self._cache = cache
        self._shards = shards
        self._clicks = clicks
        self._audit = audit
        self._tally = tally
        self._enter = enter
        self._decide = decide
        self.redirected = SlidingCounter(seconds=10)
        self.latency, self.hits, self.misses = SlidingHistogram(), SlidingHistogram(), SlidingHistogram()

    async def follow(self, code: str, trace: Trace, *, click: bool) -> Redirect:
        """Where the code leads, counted as a click if it is one; see `UrlShortener.resolve` for errors."""
        counts = self._clicks.happened(code) if click else None
        try:
            self._enter("open")
            return await self._follow(code, trace, counts)
        except LabError as error:
            trace.sentence = f"GET /s/{code[:40]}: {error.status} {error.detail}"
            self._refused(code, error, asked_by=trace.by)
            raise

    def _refused(self, code: str, error: LabError, *, asked_by: str) -> None:
        if isinstance(error, NotFound):
            self._tally.not_found += 1
            self._audit.not_found(code, asked_by=asked_by)
        elif isinstance(error, Gone):
            self._tally.gone += 1
        else:
            self._tally.unavailable += 1

    async def _follow(self, code: str, trace: Trace, counts: list[int] | None) -> Redirect:
        link, cached = self._cache.get(code), True
        if link is None:
            link, cached = await self._read(code), False
        if link.expires_at is not None and link.expires_at <= trace.started:
            raise Gone(f"the link {code} has expired")
        if counts is not None:
            self._clicks.saw(code, counts)
        self._audit.found(code)
        policy = REDIRECTS[self._config().redirect]
        self._measured(trace, cached=cached)
        where = "cache hit" if cached else " → ".join(filter(None, (trace.why, f"shard {link.shard}")))
        trace.sentence = f"GET /s/{code}: {where} → {policy.status}"
        self._decide(f"{policy.status} with Cache-Control {policy.cache_control or 'not set'}")
        return Redirect(policy.status, link.location, policy.cache_control)

    def _measured(self, trace: Trace, *, cached: bool) -> None:
        now = self._clock.monotonic()
        self._tally.redirects += 1
        self.redirected.add(now)
        ms = (now - trace.began) * 1000
        self.latency.add(now, ms)
        (self.hits if cached else self.misses).add(now, ms)

    async def _read(self, code: str) -> CachedLink:
        if not CODE.fullmatch(code):
            raise NotFound(f"no link has the code {code[:40]!r}")
        link, shard = await self._shards.find(code, source="cache" if self._cache.works else "gateway")
        if link is None:
            self._decide(f"shard {shard} owns that code and has no row for it")
            raise NotFound(f"no link has the code {code!r}")
        if link.deleted_at is not None:
            raise NotFound(f"the link {code} was deleted")
        if not link.url:
            raise Gone(f"the link {code} has expired")
        found = CachedLink(ascii_uri(link.url), link.expires_at, shard)
        self._cache.keep(code, found)
        return found
