"""The URL shortener at work in one room: generate, resolve, list, count, delete."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from designs.url_shortener.engine.claims import Audit
from designs.url_shortener.engine.code_assignment import Claiming
from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.config import Config, plan
from designs.url_shortener.engine.counters import Counts
from designs.url_shortener.engine.link_creation import Creating
from designs.url_shortener.engine.key_generator import KeyMaker
from designs.url_shortener.engine.link_cache import LinkCache
from designs.url_shortener.engine.one_to_one import OneToOne
from designs.url_shortener.engine.owner_links import OwnLinks
from designs.url_shortener.inside.snapshot import picture
from designs.url_shortener.engine.redirection import Redirecting
from designs.url_shortener.engine.shards.shards import Shards
from designs.url_shortener.engine.strategies.mappings import NoMapping
from designs.url_shortener.engine.strategies.redirects import Redirect
from designs.url_shortener.inside.tallies import tallies
from designs.url_shortener.inside.views import LinkView, Snapshot
from designs.url_shortener.engine.traffic import Visitors
from designs.url_shortener.engine.link_request import wish
from sdlab.blocks.bloom import BloomFilter
from sdlab.lab import Claim, Engine, Node, NodeSpec, Operation, Room, Tally
from sdlab.parts.ttl_locks import TtlMutex

__all__ = ["Config", "Redirect", "Snapshot", "UrlShortener"]

PAGE = 20
FLUSH_EVERY = 0.1
AUDIT_EVERY = 0.25
SETTLE_EVERY = 0.05
PURGE_EVERY = 5.0
PURGED_AT_ONCE = 500
TOMBSTONE_AFTER = 3600.0
WITHIN = 0.5
HAND_LINES_PER_SECOND = 20


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
        self.tally = Counts()
        self.shards = Shards(room, gate=self._gate)
        self.clicks = Clicks(room)
        self.audit = Audit(shards=self.shards, monitors=self.monitors, now=self.clock.time)
        self.url_lock = TtlMutex(room.redis, clock=self.clock, what="this URL")
        self.keys = KeyMaker(room, config=self._config, gate=self._gate, say=self._say)
        self.cache = LinkCache(
            clock=self.clock, config=self._config, gate=self._gate, edges=self.edges, decide=self.decide
        )
        self.one_to_one = OneToOne(
            room,
            config=self._config,
            shards=self.shards,
            url_lock=self.url_lock,
            audit=self.audit,
            gate=self._gate,
            decide=self.decide,
        )
        self.own_links = OwnLinks(
            room, shards=self.shards, clicks=self.clicks, cache=self.cache, audit=self.audit
        )
        self.claiming = Claiming(
            clock=self.clock,
            config=self._config,
            keys=self.keys,
            shards=self.shards,
            cache=self.cache,
            tally=self.tally,
            decide=self.decide,
        )
        self.creating = Creating(
            room,
            config=self._config,
            shards=self.shards,
            one_to_one=self.one_to_one,
            claiming=self.claiming,
            own_links=self.own_links,
            audit=self.audit,
            tally=self.tally,
            enter=self._enter,
            decide=self.decide,
        )
        self.redirecting = Redirecting(
            clock=self.clock,
            config=self._config,
            cache=self.cache,
            shards=self.shards,
            clicks=self.clicks,
            audit=self.audit,
            tally=self.tally,
            enter=self._enter,
            decide=self.decide,
        )
        self.visitors = Visitors(generate=self.generate, resolve=self.resolve, clicks=self.clicks)
        self._hand_second, self._hand_lines = 0, 0

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    def _config(self) -> Config:
        return self.config

    def _gate(self, node_id: str) -> Node | None:
        return self.nodes.get(node_id)

    def _enter(self, operation: str) -> None:
        """Take a request in at the gateway."""
        self.nodes["gateway"].touch(operation, "ok", source="visitor")

    @property
    def mapping(self) -> NoMapping:
        """How a create finds out that its URL has a code already."""
        return self.one_to_one.mapping

    @property
    def bloom(self) -> BloomFilter:
        """The filter before the lookup of URLs."""
        return self.one_to_one.bloom

    # Life

    async def open(self) -> None:
        await self.keys.open()
        await self.shards.open(self.config.layout, copies=self.config.replicas)
        await self.clicks.open()
        self.cache.build()
        await self._build_mapping()
        await self.own_links.open()
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
            self.cache.build()
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
            async with asyncio.timeout(WITHIN):
                await self.shards.settled.wait()
        except TimeoutError:
            return

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if kind == "flush" and self.cache.held is not None:
            return f"cache flushed: {self.cache.held.clear():,} links forgotten"
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

    async def _build_mapping(self) -> None:
        await self.one_to_one.build()
        self.monitors["one_code_per_url"].applies = self.one_to_one.mapping.one_to_one

    # Verbs

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
            return await self.creating.create(wanted, trace, idempotency_key=idempotency_key)

    async def resolve(
        self, code: str, *, by: str = "visitor", by_hand: bool = True, click: bool = True
    ) -> Redirect:
        """Where the code leads, counted as a click (unless `click` is false, as for HEAD).

        `NotFound` for an unknown or deleted code, `Gone` for an expired one, `Unavailable` when
        the shard that would know does not answer.
        """
        async with self.request("GET /s", by=by, by_hand=by_hand and self._hand()) as trace:
            return await self.redirecting.follow(code, trace, click=click)

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
            self._enter("list")
            return await self.own_links.page(by, trace, before=before, limit=limit)

    async def link(self, code: str, *, by: str = "visitor", by_hand: bool = True) -> LinkView:
        """A live or expired link, whoever owns it; `NotFound` otherwise."""
        async with self.request(f"GET links/{code}", by=by, by_hand=by_hand and self._hand()) as trace:
            return await self.own_links.one(code, trace)

    async def stats(
        self, code: str, *, by: str = "visitor", by_hand: bool = True
    ) -> tuple[list[tuple[int, int]], int]:
        """Clicks seen in each of the last 60 minutes (Unix minute and count, oldest first), and in all."""
        async with self.request("GET stats", by=by, by_hand=by_hand and self._hand()) as trace:
            self._enter("stats")
            return await self.own_links.stats(by, code, trace)

    async def delete(self, code: str, *, by: str = "visitor", by_hand: bool = True) -> None:
        """Delete a link of `by`: its code is not found any more, and is never given again."""
        async with self.request(f"DELETE links/{code}", by=by, by_hand=by_hand and self._hand()) as trace:
            self._enter("delete")
            await self.own_links.delete(by, code, trace)

    def _hand(self) -> bool:
        """Whether this may be somebody's hand: no hand makes more than 20 requests a second."""
        second = int(self.clock.monotonic())
        if second != self._hand_second:
            self._hand_second, self._hand_lines = second, 0
        self._hand_lines += 1
        return self._hand_lines <= HAND_LINES_PER_SECOND

    # Workloads

    async def perform(self, operation: Operation) -> Any:
        return await self.visitors.perform(operation)

    async def honours(self, answer: Any) -> bool:
        if not isinstance(answer, Mapping) or "code" not in answer:
            return True  # a redirect, or nothing: it promised nothing that lasts
        stored = await self.shards.peek([answer["code"]])
        return any(link.url == answer["url"] and link.deleted_at is None for link in stored)

    # Showing

    def tallies(self) -> tuple[Tally, ...]:
        return tallies(self)

    def snapshot(self) -> Snapshot:
        return picture(self)


def _mapping_of(config: Config) -> tuple[object, ...]:
    return config.one_to_one, config.bloom_capacity, config.bloom_error_pct
