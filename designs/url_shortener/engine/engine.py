"""The URL shortener at work in one room: generate, resolve, list, count, delete."""

from __future__ import annotations

from designs.url_shortener.config import Config
from designs.url_shortener.engine.browsers import Browsers
from designs.url_shortener.engine.claims import CLAIMS, ClaimChecker
from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.engine.code_assignment import CodeAssignment
from designs.url_shortener.engine.key_generator import KeyGenerator
from designs.url_shortener.engine.link_cache import LinkCache
from designs.url_shortener.engine.link_creation import LinkCreation
from designs.url_shortener.engine.link_request import checked_request
from designs.url_shortener.engine.nodes import FLOWS, enter, plan
from designs.url_shortener.engine.one_to_one import OneToOne
from designs.url_shortener.engine.owner_links import LinkStats, OwnerLinks, ShortLink
from designs.url_shortener.engine.redirection import Redirection
from designs.url_shortener.engine.shards.link_table import LinkTable
from designs.url_shortener.engine.shards.shards import Shards
from designs.url_shortener.engine.shards.table_scans import TableScans
from designs.url_shortener.engine.store_reader import StoreReader
from designs.url_shortener.engine.strategies.redirects import Redirect
from sdlab.lab import Engine, Node, NodeSpec, Room, acting

PAGE = 20
FLUSH_EVERY = 0.1
CHECK_EVERY = 0.25
PURGE_EVERY = 5.0
PURGED_AT_ONCE = 500
TOMBSTONE_AFTER = 3600.0


class UrlShortener(Engine[Config]):
    """Links live on shards and stay, ranges and clicks in Valkey; cache and filter live in memory."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.browsers = Browsers()
        self.shards = Shards(context)
        self.table = LinkTable(context, self.shards)
        self.scans = TableScans(context, self.shards)
        self.clicks = Clicks(context)
        self.cache = LinkCache(context)
        self.keys = KeyGenerator(context)
        self.checker = checker = ClaimChecker(context, self.scans, self.clicks)
        self.one_to_one = OneToOne(context, self.table, self.scans, checker)
        self.reader = StoreReader(context, self.shards, self.keys, self.clicks)
        self.owner_links = OwnerLinks(context, self.table, self.clicks, self.cache, checker)
        self.codes = CodeAssignment(context, self.keys, self.table, self.cache)
        self.creation = LinkCreation(context, self.one_to_one, self.codes, self.owner_links, checker)
        self.redirection = Redirection(context, self.cache, self.table, self.clicks, checker)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.keys.open()
        await self.shards.open()
        self.cache.build()
        await self.one_to_one.build()
        self.every("click counting", FLUSH_EVERY, self.clicks.flush)
        self.every("claims about links", CHECK_EVERY, self.checker.check_links, yields=True)
        self.every("claims about clicks", CHECK_EVERY, self.checker.check_clicks, yields=True)
        self.every("expiry", PURGE_EVERY, self._purge)
        self.supervise("key moves and repairs", self.shards.keep_settled)

    async def close(self) -> None:
        await super().close()
        await self.clicks.flush()

    async def clear(self) -> None:
        """Forget all links, counts and ranges; names that led here are given back."""
        for code in await self.scans.public_codes():
            await self.room.names.release("link", code, self.room.id)
        await super().clear()

    async def _purge(self) -> None:
        await self.scans.purge(before=self.clock.time() - TOMBSTONE_AFTER, limit=PURGED_AT_ONCE)

    # Configuration and faults

    async def reconfigure(self, before: Config) -> None:
        await self.keys.reconfigure(before)
        self.cache.reconfigure(before)
        await self.one_to_one.reconfigure(before)
        await self.shards.reconfigure(before)

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if kind == "flush":
            flushed = self.cache.flush()
            return f"cache flushed: {flushed:,} {'link' if flushed == 1 else 'links'} forgotten"
        if kind == "step_back":
            self.keys.workers.workers[node.id].skew_ms -= int(value)
            return f"the clock of {node.spec.label} stepped back by {value:,.0f} ms"
        return await super().momentary(node, kind, value)

    async def fault_changed(self, node: Node) -> None:
        if node.down:
            await self.keys.servers.node_died(node.id)
        self.shards.look_again()

    # Verbs

    async def generate(
        self,
        url: str,
        *,
        alias: str | None = None,
        expires_at: float | None = None,
        idempotency_key: str | None = None,
    ) -> ShortLink:
        """A short link to `url`; `expires_at` in Unix seconds.

        The same `idempotency_key` gives the same answer for a day. `Invalid` for what cannot be
        accepted, `Conflict` for a taken alias, `TooMany` when the room is full, `Unavailable`
        when no code can be had or stored.
        """
        async with self.request("POST generate") as trace:
            request = checked_request(
                url, alias=alias, expires_at=expires_at, actor=acting(), now=trace.started
            )
            return await self.creation.create(request, trace, idempotency_key=idempotency_key)

    async def resolve(self, code: str, *, click: bool = True, preview: bool = False) -> Redirect:
        """Where the code leads, counted as a click, unless `click` is false, as for HEAD.

        What a program asks ahead of a person is a `preview`, counted apart.

        `NotFound` for an unknown or deleted code, `Gone` for an expired one, `Unavailable` when
        the shard that would know does not answer.
        """
        async with self.request("GET /s") as trace:
            if preview:
                self.context.decide("asked ahead of a person: a preview, and no click")
                self.clicks.record_preview(code)
            elif click:
                self.clicks.record_made(code)
            click = click and not preview
            return await self.redirection.follow(code, trace, click=click)

    async def links(self, *, before: tuple[float, str] | None = None, limit: int = PAGE) -> list[ShortLink]:
        """The user's links, newest first, with their clicks; `before` is the last one seen."""
        async with self.request("GET links") as trace:
            enter(self.context, "list")
            return await self.owner_links.page(acting().name, trace, before=before, limit=limit)

    async def link(self, code: str) -> ShortLink:
        """A live or expired link, whoever owns it; `NotFound` otherwise."""
        async with self.request(f"GET links/{code}", kind="GET links/…") as trace:
            return await self.owner_links.link(code, trace)

    async def stats(self, code: str) -> LinkStats:
        """The clicks seen on a link of the user; `NotFound` otherwise."""
        async with self.request("GET stats") as trace:
            enter(self.context, "stats")
            return await self.owner_links.stats(acting().name, code, trace)

    async def delete(self, code: str) -> None:
        """Delete a link of the user: its code is not found any more, and is never given again."""
        async with self.request(f"DELETE links/{code}", kind="DELETE links/…") as trace:
            enter(self.context, "delete")
            await self.owner_links.delete(acting().name, code, trace)
