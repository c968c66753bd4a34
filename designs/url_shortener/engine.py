"""The URL shortener at work in one room: generate, resolve, list, count, delete."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from designs.url_shortener.audit import Audit
from designs.url_shortener.clicks import Browsers, Clicks
from designs.url_shortener.config import Config, plan
from designs.url_shortener.idempotency import once
from designs.url_shortener.keygen import KeyMaker
from designs.url_shortener.picture import picture
from designs.url_shortener.rows import StoredLink
from designs.url_shortener.storage import Shards
from designs.url_shortener.strategies import (
    ALLOCATOR_LOCKS,
    CACHES,
    MAPPINGS,
    PLACEMENTS,
    REDIRECTS,
    URL_LOCKS,
)
from designs.url_shortener.strategies.caches import CachedLink
from designs.url_shortener.strategies.keys import Draw
from designs.url_shortener.strategies.mapping import MappingCounters, NoMapping
from designs.url_shortener.strategies.redirects import Redirect
from designs.url_shortener.url_lock import UrlLock
from designs.url_shortener.views import LinkView, Snapshot
from designs.url_shortener.wishes import CODE, Wish, ascii_uri, wish
from sdlab.blocks.bloom import BloomFilter
from sdlab.blocks.lru import LruCache
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram
from sdlab.lab import (
    Claim,
    Conflict,
    Engine,
    Gone,
    LabError,
    Node,
    NodeSpec,
    NotFound,
    Operation,
    Room,
    Tally,
    TooMany,
    Unavailable,
)
from sdlab.lab.trace import Trace

__all__ = ["Config", "Redirect", "Snapshot", "UrlShortener"]

T = TypeVar("T")

MAX_TRIES = 128
MY_LINKS = 20
PAGE = 20
LOAD_LINKS = 5_000
FLUSH_EVERY = 0.1
AUDIT_EVERY = 0.25
SETTLE_EVERY = 0.05
PURGE_EVERY = 5.0
PURGED_AT_ONCE = 500
TOMBSTONE_AFTER = 3600.0
WITHIN = 0.5
HAND_LINES_PER_SECOND = 20


@dataclass(slots=True)
class Counts:
    """What happened since the engine was opened."""

    creates: int = 0
    reused: int = 0
    redirects: int = 0
    not_found: int = 0
    gone: int = 0
    unavailable: int = 0
    collisions: int = 0
    retries: int = 0
    exhausted: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class LastDraw:
    """The last code that was made, and how far it was from the one before."""

    draw: Draw
    url: str
    probes: int
    distance: int
    approach: str


class UrlShortener(Engine[Config]):
    """Links live on shards and stay; cache, filter, ranges and counters of the moment live in memory."""

    claims = (
        Claim("one_url_per_code", "No code serves two URLs"),
        Claim("acknowledged_found", "A link that was acknowledged is found until it expires"),
        Claim("one_code_per_url", "With 1:1 on, a URL without alias or expiry has one code"),
        Claim("seen_at_most_made", "Clicks seen are never more than clicks made"),
    )

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        self.shards = Shards(room, gate=self._gate)
        self.clicks = Clicks(room)
        self.browsers = Browsers()
        self.audit = Audit(shards=self.shards, monitors=self.monitors, now=self.clock.time)
        self.url_lock = UrlLock(room.redis, clock=self.clock)
        self.keys = KeyMaker(room, config=lambda: self.config, gate=self._gate, say=self._say)
        self.tally = Counts()
        self.last: LastDraw | None = None
        self.last_evicted = ""
        self.cache: LruCache[str, CachedLink] | None = None
        self.bloom = BloomFilter(capacity=1, error=0.5)
        self.mapping_counters = MappingCounters()
        self.mapping: NoMapping = MAPPINGS["off"](self.bloom, self.mapping_counters)
        self.my_links: OrderedDict[str, LinkView] = OrderedDict()
        self.reads, self.writes = SlidingHistogram(), SlidingHistogram()
        self.hits, self.misses = SlidingHistogram(), SlidingHistogram()
        self.created, self.redirected = SlidingCounter(seconds=10), SlidingCounter(seconds=10)
        self.lookups, self.cache_hits = SlidingCounter(seconds=10), SlidingCounter(seconds=10)
        self._load_links: OrderedDict[int, str] = OrderedDict()
        self._remembered: set[str] | None = None
        self._hand_second, self._hand_lines = 0, 0

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    def _gate(self, node_id: str) -> Node | None:
        return self.nodes.get(node_id)

    # Life

    async def open(self) -> None:
        await self.keys.open()
        await self.shards.open(self.config.layout, copies=self.config.replicas)
        await self.clicks.open()
        self._build_cache()
        await self._build_mapping()
        await self._show_my_links()
        self._background_work()

    def _background_work(self) -> None:
        self.supervise("click counting", partial(self._every, FLUSH_EVERY, self._count_clicks))
        self.supervise("audit", partial(self._every, AUDIT_EVERY, self._audit))
        self.supervise("key moves and repairs", self._settle)
        self.supervise("expiry", partial(self._every, PURGE_EVERY, self._purge))

    async def close(self) -> None:
        await super().close()
        await self.clicks.flush()

    async def clear(self) -> None:
        """Forget all links, counts and ranges; names that led here are given back."""
        for code in await self.shards.public_codes():
            await self.room.names.release("link", code, self.room.id)
        await super().clear()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await work()
            await self.clock.sleep(seconds)

    async def _settle(self) -> None:
        while True:
            await self.shards.work_to_do.wait()
            self.shards.work_to_do.clear()
            while not await self.shards.settle():
                await self.clock.sleep(SETTLE_EVERY)

    async def _count_clicks(self) -> None:
        await self.clicks.flush()

    async def _audit(self) -> None:
        await self.audit.round()
        await self.audit.clicks(self.clicks)

    async def _purge(self) -> None:
        await self.shards.purge(before=self.clock.time() - TOMBSTONE_AFTER, limit=PURGED_AT_ONCE)

    # Configuration and faults

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        await self.keys.reconfigure()
        if (now.cache, now.cache_size, now.cache_ttl_s) != (
            before.cache,
            before.cache_size,
            before.cache_ttl_s,
        ):
            self._build_cache()
        if _mapping_of(now) != _mapping_of(before):
            await self._build_mapping()
        if now.replicas != before.replicas:
            await self.shards.set_copies(now.replicas)
        if now.layout != before.layout:
            await self.shards.place(now.layout)
        await self._settled()

    async def _settled(self) -> None:
        """Give moves a moment, so that a small room is in order when this returns; a large one goes on."""
        try:
            await asyncio.wait_for(self.shards.settled.wait(), WITHIN)
        except TimeoutError:
            return

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if kind == "flush" and self.cache is not None:
            return f"cache flushed: {self.cache.clear():,} links forgotten"
        if kind == "step_back" and node.id in self.keys.workers.workers:
            self.keys.workers.workers[node.id].skew_ms -= int(value)
            return f"the clock of {node.spec.label} stepped back by {value:,.0f} ms"
        return await super().momentary(node, kind, value)

    async def fault_changed(self, node: Node) -> None:
        server = self.keys.servers.servers.get(node.id)
        if server is not None and node.down and (lost := server.die()):
            self._say(
                f"{node.spec.label} is gone, and the {lost:,} tokens left in its range with it", "error"
            )
        self.shards.look_again()

    def _say(self, text: str, outcome: str = "ok") -> None:
        self.feed.say(text, now=self.clock.time(), outcome=outcome)

    def _build_cache(self) -> None:
        old, now = self.cache, self.clock.monotonic()
        self.cache = CACHES[self.config.cache].build(
            capacity=self.config.cache_size, lifetime=self.config.cache_ttl_s
        )
        if old is not None and self.cache is not None:
            for code, slot in reversed(old.newest(self.config.cache_size)):
                self.cache.put(code, slot.value, now=now)

    async def _build_mapping(self) -> None:
        """Fill a new filter from the store; what is stored meanwhile is added before it serves."""
        bloom = BloomFilter(capacity=self.config.bloom_capacity, error=self.config.bloom_error_pct / 100)
        self._remembered = set()
        if self.config.one_to_one == "bloom":
            for digest in await self.shards.digests():
                bloom.add(digest)
        for digest in self._remembered:
            bloom.add(digest)
        self._remembered = None
        if not self.mapping.one_to_one:
            self.audit.one_to_one_began()
        self.bloom, self.mapping_counters = bloom, MappingCounters()
        self.mapping = MAPPINGS[self.config.one_to_one](bloom, self.mapping_counters)
        self.monitors["one_code_per_url"].applies = self.mapping.one_to_one

    # Generate

    async def generate(
        self,
        url: str,
        *,
        alias: str | None = None,
        expires_at: float | None = None,
        by: str = "visitor",
        by_hand: bool = True,
        idempotency_key: str | None = None,
    ) -> LinkView:
        """A short link to `url`; `expires_at` in Unix seconds.

        The same `idempotency_key` gives the same answer for a day. `Invalid` for what cannot be
        accepted, `Conflict` for a taken alias, `TooMany` when the room is full, `Unavailable`
        when no code can be had or stored.
        """
        async with self.request("POST generate", by=by, by_hand=by_hand and self._hand()) as trace:
            wanted = wish(
                url, alias=alias, expires_at=expires_at, owner=by, now=trace.started, by_hand=by_hand
            )
            make = partial(self._make, wanted, trace)
            try:
                self.nodes["gateway"].touch("generate", "ok", source="visitor")
                view = await (
                    make() if idempotency_key is None else once(self.room, idempotency_key, wanted, make)
                )
            except Unavailable:
                self.tally.unavailable += 1
                raise
            now = self.clock.monotonic()
            self.writes.add(now, (now - trace.began) * 1000)
            return view

    async def _make(self, wanted: Wish, trace: Trace) -> LinkView:
        if self.shards.rows + self.config.replicas > self.room.quota.rows:
            raise TooMany(f"this room is full: it holds {self.shards.rows:,} rows")
        if self.shards.bytes >= self.room.quota.bytes:
            raise TooMany(f"this room is full: its links take {self.shards.bytes:,} bytes")
        mapping = self.mapping
        link, shard, how = await self._link_for(wanted, mapping)
        self.audit.promised(link, how=how, one_to_one=mapping.one_to_one)
        reasons = f"{trace.why}; " if trace.why else ""
        trace.sentence = (
            f"POST generate: {reasons}{how} → {link.code}; stored on shard {shard}"
            if shard is not None
            else f"POST generate: {reasons}{link.code} again"
        )
        if shard is not None:
            self.decide(f"{PLACEMENTS[self.config.placement].label}: {link.code} belongs to shard {shard}")
        return await self._published(link, by_hand=wanted.by_hand)

    async def _link_for(self, wanted: Wish, mapping: NoMapping) -> tuple[StoredLink, int | None, str]:
        """The link, the shard it was stored on (None for one that was there), and how its code came about."""
        if not (mapping.one_to_one and wanted.shareable):
            made = await self._new_link(wanted)
            self._remember(wanted.digest, mapping)
            return made
        async with self._url_locked(wanted.digest):
            existing = await self._existing(wanted.digest, mapping)
            if existing is not None:
                self.tally.reused += 1
                return existing, None, "the URL has a code already"
            made = await self._new_link(wanted)
            self._remember(wanted.digest, mapping)
            return made

    def _remember(self, digest: str, mapping: NoMapping) -> None:
        """The URL has a code: the filter that looked, and one that has replaced it or will, must know."""
        if not digest:
            return
        for one in {mapping, self.mapping}:
            one.remember(digest)
        if self._remembered is not None:
            self._remembered.add(digest)

    @asynccontextmanager
    async def _url_locked(self, digest: str) -> AsyncIterator[None]:
        gate = self.nodes.get("url-lock")
        if gate is None or not URL_LOCKS[self.config.url_lock].locks:
            yield
            return
        reach = partial(gate.call, "lock", source="gateway")
        async with self.url_lock.hold(self.room.key("lock", digest), reach=reach):
            yield

    async def _existing(self, digest: str, mapping: NoMapping) -> StoredLink | None:
        if bloom := self.nodes.get("bloom"):
            bloom.touch("seen?", "ok" if self.bloom.may_contain(digest) else "miss", source="gateway")
        return await mapping.existing(
            digest, lambda: self.shards.find_url(digest, source="gateway"), say=self.decide
        )

    async def _new_link(self, wanted: Wish) -> tuple[StoredLink, int | None, str]:
        if wanted.alias is not None:
            return await self._named_link(wanted, wanted.alias)
        generator = self.keys.generator()
        for attempt in range(MAX_TRIES):
            draw = await generator.draw(wanted.location, attempt=attempt)
            link = self._stored(wanted, draw.code)
            shard = await self._claim(link)
            if shard is not None:
                self._drawn(draw, wanted, attempt)
                return link, shard, draw.how
            self.tally.collisions += 1
            self.decide(f"{draw.code} is taken")
            if generator.repeats and (there := await self._same(draw.code, wanted)):
                self.tally.repeated += 1
                return there, None, draw.how
            self.tally.retries += 1
        self.tally.exhausted += 1
        raise Unavailable(
            f"{MAX_TRIES} codes in a row were taken: {self.shards.lengths[self.keys.width]:,} codes of "
            f"{self.keys.width} signs are stored, of {self.keys.space:,} possible",
            retry_after=60,
        )

    async def _same(self, code: str, wanted: Wish) -> StoredLink | None:
        """The link that has this code, if it will do for this wish."""
        link, _ = await self.shards.find(code, source="gateway")
        same = link is not None and (link.url, link.alias, link.expires_at) == (
            wanted.url,
            False,
            wanted.expires_at,
        )
        return link if same else None

    async def _named_link(self, wanted: Wish, alias: str) -> tuple[StoredLink, int | None, str]:
        link = self._stored(wanted, alias)
        shard = await self._claim(link)
        if shard is None:
            raise Conflict(f"the alias {alias!r} is taken", field="alias")
        self._created()
        return link, shard, "alias"

    async def _claim(self, link: StoredLink) -> int | None:
        """Store the link under its code if it is free; the shard, or None.

        With the allocator's lock off this is what it was before the lock: look, then write.
        """
        if ALLOCATOR_LOCKS[self.config.allocator_lock].atomic:
            return await self.shards.claim(link, source="gateway")
        there, _ = await self.shards.find(link.code, source="gateway")
        if there is not None:
            return None
        shard = await self.shards.put(link, source="gateway")
        if self.cache is not None:
            self.cache.discard(link.code)
        return shard

    def _stored(self, wanted: Wish, code: str) -> StoredLink:
        return StoredLink(
            code=code,
            url=wanted.url,
            url_digest=wanted.digest,
            owner=wanted.owner,
            alias=wanted.alias is not None,
            by_hand=wanted.by_hand,
            created_at=round(self.clock.time(), 6),
            expires_at=wanted.expires_at,
        )

    def _drawn(self, draw: Draw, wanted: Wish, probes: int) -> None:
        before = self.last.draw.number if self.last else draw.number
        self.last = LastDraw(draw, wanted.location, probes, abs(draw.number - before), self.config.generator)
        self._created()

    def _created(self) -> None:
        self.tally.creates += 1
        self.created.add(self.clock.monotonic())

    async def _published(self, link: StoredLink, *, by_hand: bool) -> LinkView:
        """The link as its owner sees it; a hand-made one also gets the public name, if it is free."""
        named = by_hand and await self.room.names.claim("link", link.code, self.room.id)
        view = self._view(link, named=named)
        if by_hand and link.owner == "visitor":
            self.clicks.shown[link.code] = (await self.clicks.totals([link.code]))[0]
            self.my_links[link.code] = view
            if len(self.my_links) > MY_LINKS:
                gone, _ = self.my_links.popitem(last=False)
                self.clicks.shown.pop(gone, None)
        return view

    # Resolve

    async def resolve(
        self, code: str, *, by: str = "visitor", by_hand: bool = True, click: bool = True
    ) -> Redirect:
        """Where the code leads, counted as a click (unless `click` is false, as for HEAD).

        `NotFound` for an unknown or deleted code, `Gone` for an expired one, `Unavailable` when
        the shard that would know does not answer.
        """
        async with self.request("GET /s", by=by, by_hand=by_hand and self._hand()) as trace:
            counts = self.clicks.happened(code) if click else None
            try:
                self.nodes["gateway"].touch("open", "ok", source="visitor")
                return await self._resolve(code, trace, counts)
            except LabError as error:
                trace.sentence = f"GET /s/{code[:40]}: {error.status} {error.detail}"
                self._refused(code, error, asked_by=by)
                raise

    def _refused(self, code: str, error: LabError, *, asked_by: str) -> None:
        if isinstance(error, NotFound):
            self.tally.not_found += 1
            self.audit.not_found(code, asked_by=asked_by)
        elif isinstance(error, Gone):
            self.tally.gone += 1
        else:
            self.tally.unavailable += 1

    async def _resolve(self, code: str, trace: Trace, counts: list[int] | None) -> Redirect:
        link, cached = self._cached(code), True
        if link is None:
            link, cached = await self._read(code), False
        if link.expires_at is not None and link.expires_at <= trace.started:
            raise Gone(f"the link {code} has expired")
        if counts is not None:
            self.clicks.saw(code, counts)
        self.audit.found(code)
        policy = REDIRECTS[self.config.redirect]
        now = self.clock.monotonic()
        self.tally.redirects += 1
        self.redirected.add(now)
        ms = (now - trace.began) * 1000
        self.reads.add(now, ms)
        (self.hits if cached else self.misses).add(now, ms)
        where = "cache hit" if cached else " → ".join(filter(None, (trace.why, f"shard {link.shard}")))
        trace.sentence = f"GET /s/{code}: {where} → {policy.status}"
        self.decide(f"{policy.status} with Cache-Control {policy.cache_control or 'not set'}")
        return Redirect(policy.status, link.location, policy.cache_control)

    def _cached(self, code: str) -> CachedLink | None:
        gate, now = self.nodes.get("cache"), self.clock.monotonic()
        if self.cache is None or gate is None:
            return None
        if gate.down:
            self.decide("the cache is down")
            self.edges.count("gateway", "cache", "error")
            return None
        link = self.cache.get(code, now=now)
        self.lookups.add(now)
        if link is None:
            gate.touch("get", "miss", source="gateway")
            self.decide("cache miss")
            return None
        self.cache_hits.add(now)
        gate.touch("get", "ok", source="gateway")
        self.decide(f"the {self.config.cache.upper()} cache holds it, no shard is asked")
        return link

    async def _read(self, code: str) -> CachedLink:
        if not CODE.fullmatch(code):
            raise NotFound(f"no link has the code {code[:40]!r}")
        link, shard = await self.shards.find(code, source="cache" if self._cache_works() else "gateway")
        if link is None:
            self.decide(f"shard {shard} owns that code and has no row for it")
            raise NotFound(f"no link has the code {code!r}")
        if link.deleted_at is not None:
            raise NotFound(f"the link {code} was deleted")
        if not link.url:
            raise Gone(f"the link {code} has expired")
        found = CachedLink(ascii_uri(link.url), link.expires_at, shard)
        if self.cache is not None and self._cache_works():
            evicted = self.cache.put(code, found, now=self.clock.monotonic())
            self.last_evicted = evicted or self.last_evicted
        return found

    def _cache_works(self) -> bool:
        gate = self.nodes.get("cache")
        return gate is not None and not gate.down

    # My links

    async def links(
        self,
        *,
        before: tuple[float, str] | None = None,
        limit: int = PAGE,
        by: str = "visitor",
        by_hand: bool = True,
    ) -> list[LinkView]:
        """The links of `by`, newest first, with their clicks; `before` is the last one seen."""
        async with self.request("GET links", by=by, by_hand=by_hand and self._hand()) as trace:
            self.nodes["gateway"].touch("list", "ok", source="visitor")
            links = await self.shards.owned_by(by, before=before, limit=limit, source="gateway")
            counts = await self.clicks.totals([link.code for link in links])
            trace.sentence = f"GET links: {len(links)} links of {by}, asked of all shards"
            return [
                self._view(link, named=await self._named(link), clicks=count)
                for link, count in zip(links, counts, strict=True)
            ]

    async def link(self, code: str, *, by: str = "visitor", by_hand: bool = True) -> LinkView:
        """A live or expired link, whoever owns it; `NotFound` otherwise."""
        async with self.request(f"GET links/{code}", by=by, by_hand=by_hand and self._hand()) as trace:
            link = await self._own(code, None)
            trace.sentence = f"GET links/{code}"
            counts = await self.clicks.totals([code])
            return self._view(link, named=await self._named(link), clicks=counts[0])

    async def stats(
        self, code: str, *, by: str = "visitor", by_hand: bool = True
    ) -> tuple[list[tuple[int, int]], int]:
        """Clicks seen in each of the last 60 minutes (Unix minute and count, oldest first), and in all."""
        async with self.request("GET stats", by=by, by_hand=by_hand and self._hand()) as trace:
            self.nodes["gateway"].touch("stats", "ok", source="visitor")
            await self._own(code, by)
            counted = await self.clicks.per_minute(code)
            (total,) = await self.clicks.totals([code])
            trace.sentence = f"GET links/{code}/stats: {total:,} clicks seen"
            return counted, total

    async def delete(self, code: str, *, by: str = "visitor", by_hand: bool = True) -> None:
        """Delete a link of `by`: its code is not found any more, and is never given again."""
        async with self.request(f"DELETE links/{code}", by=by, by_hand=by_hand and self._hand()) as trace:
            self.nodes["gateway"].touch("delete", "ok", source="visitor")
            link = await self._own(code, by)
            self.audit.deleted(code)
            await self.shards.bury(code, now=self.clock.time(), source="gateway")
            if self.cache is not None:
                self.cache.discard(code)
            self.my_links.pop(code, None)
            await self.clicks.forget(code)
            if link.by_hand:
                await self.room.names.release("link", code, self.room.id)
            trace.sentence = (
                f"DELETE links/{code}: a tombstone stays on shard {self.shards.placement.owner(code)}"
            )

    async def _own(self, code: str, owner: str | None) -> StoredLink:
        link, _ = await self.shards.find(code, source="gateway") if CODE.fullmatch(code) else (None, 0)
        if link is None or link.deleted_at is not None or owner not in (None, link.owner):
            raise NotFound(
                f"you have no link with the code {code[:40]!r}" if owner else f"no link {code[:40]!r}"
            )
        return link

    async def _named(self, link: StoredLink) -> bool:
        return link.by_hand and await self.room.names.owner("link", link.code) == self.room.id

    def _view(self, link: StoredLink, *, named: bool, clicks: int = 0) -> LinkView:
        path = f"/s/{link.code}"
        return LinkView(
            code=link.code,
            path=path if named else f"{path}?room={self.room.id}",
            url=link.url,
            owner=link.owner,
            alias=link.alias,
            clicks=clicks,
            created_at=link.created_at,
            expires_at=link.expires_at,
        )

    async def _show_my_links(self) -> None:
        """Rebuild the visitor's newest links after a restart."""
        links = await self.shards.newest_of("visitor", limit=MY_LINKS)
        counts = await self.clicks.totals([link.code for link in links])
        for link, count in sorted(zip(links, counts, strict=True), key=lambda pair: pair[0].created_at):
            self.my_links[link.code] = self._view(link, named=await self._named(link))
            self.clicks.shown[link.code] = count

    # Workloads

    async def perform(self, operation: Operation) -> Any:
        if operation.verb == "create":
            return await self._perform_create(operation)
        return await self._perform_open(operation)

    async def _perform_create(self, operation: Operation) -> LinkView:
        view = await self.generate(operation.args["url"], by=operation.actor, by_hand=False)
        self._load_links[operation.args["number"]] = view.code
        if len(self._load_links) > LOAD_LINKS:
            self._load_links.popitem(last=False)
        return view

    async def _perform_open(self, operation: Operation) -> Redirect | None:
        """A simulated visitor clicks; the browser may know the way already."""
        code = self._load_links.get(operation.args["number"])
        if code is None:
            return None  # that link was never made: there is nothing to click on
        kept = self.browsers.kept(operation.actor, code)
        if kept is not None:
            self.clicks.happened(code)
            self.clicks.from_browser_caches += 1
            return kept
        redirect = await self.resolve(code, by=operation.actor, by_hand=False)
        self.browsers.answered(operation.actor, code, redirect)
        return redirect

    async def honours(self, answer: Any) -> bool:
        if not isinstance(answer, Mapping) or "code" not in answer:
            return True  # a redirect, or nothing: it promised nothing that lasts
        stored = await self.shards.peek([answer["code"]])
        return any(link.url == answer["url"] and link.deleted_at is None for link in stored)

    # Showing

    def tallies(self) -> tuple[Tally, ...]:
        cache, counters = self.cache, self.mapping_counters
        asked = cache.hits + cache.misses if cache else 0
        reads = sum(node.calls for node in self.nodes.values() if node.spec.kind == "shard")
        return (
            Tally("links", "Links stored", "links", float(sum(self.shards.codes.values())), "same"),
            Tally("shard_calls", "Calls of shards", "calls", float(reads)),
            Tally(
                "hit_ratio",
                "Cache hits",
                "%",
                round(100 * cache.hits / asked, 1) if cache and asked else 0.0,
                "more",
            ),
            Tally("cached", "Links in the cache", "links", float(len(cache) if cache else 0)),
            Tally("url_lookups", "Lookups of URLs", "lookups", float(counters.lookups)),
            Tally("avoided", "Lookups avoided", "lookups", float(counters.avoided), "more"),
            Tally("collisions", "Codes that were taken", "codes", float(self.tally.collisions)),
            Tally("waited", "Waits for a URL's lock", "waits", float(self.url_lock.waited)),
            Tally(
                "unseen", "Clicks not seen", "clicks", float(self.clicks.total_made - self.clicks.total_seen)
            ),
            Tally("moved", "Rows moved", "rows", float(self.shards.moved_in_all)),
        )

    def _hand(self) -> bool:
        """Whether this may be somebody's hand: no hand makes more than 20 requests a second."""
        second = int(self.clock.monotonic())
        if second != self._hand_second:
            self._hand_second, self._hand_lines = second, 0
        self._hand_lines += 1
        return self._hand_lines <= HAND_LINES_PER_SECOND

    def snapshot(self) -> Snapshot:
        return picture(self)


def _mapping_of(config: Config) -> tuple[object, ...]:
    return config.one_to_one, config.bloom_capacity, config.bloom_error_pct
