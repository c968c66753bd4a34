"""A code for a request: its alias, or codes drawn until one is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from designs.url_shortener.config import Config
from designs.url_shortener.engine.counters import CreateCounters
from designs.url_shortener.engine.key_generator import KeyGenerator
from designs.url_shortener.engine.link_cache import LinkCache
from designs.url_shortener.engine.link_request import LinkRequest
from designs.url_shortener.engine.shards.link_table import LinkTable
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS, GENERATORS
from designs.url_shortener.engine.strategies.generators import Draw, Numbers
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import Conflict, EngineContext, TooMany, Unavailable

MAX_TRIES = 128


class CreatedLink(NamedTuple):
    """A link, the shard it was stored on (None for one that was there), and how its code came about."""

    link: StoredLink
    shard: int | None
    how: str


@dataclass(frozen=True, slots=True)
class LastDraw:
    """The last code that was made, and how far it was from the one before."""

    draw: Draw
    url: str
    probes: int
    distance: int
    approach: str


class CodeAssignment:
    """Stores new links under codes that were free, as far as the allocator's lock makes sure."""

    def __init__(
        self, context: EngineContext[Config], keys: KeyGenerator, table: LinkTable, cache: LinkCache
    ) -> None:
        self._context = context
        self._keys = keys
        self._table = table
        self._cache = cache
        self.counters = CreateCounters()
        self.last: LastDraw | None = None
        self.created = SlidingCounter(seconds=10)

    def check_quota(self) -> None:
        """`TooMany` when the room can hold no link more."""
        stats, quota = self._table.stats, self._context.room.quota
        if stats.rows + self._context.config.replicas > quota.rows:
            raise TooMany(f"this room is full: it holds {stats.rows:,} rows")
        if stats.bytes >= quota.bytes:
            raise TooMany(f"this room is full: its links take {stats.bytes:,} bytes")

    async def new_link(self, request: LinkRequest) -> CreatedLink:
        """`Conflict` for a taken alias, `Unavailable` when no free code can be had or stored."""
        if request.alias is not None:
            return await self._named_link(request, request.alias)
        generator, numbers = GENERATORS[self._context.config.generator], self._keys.numbers()
        for attempt in range(MAX_TRIES):
            draw = await generator.draw(numbers, request.location, attempt=attempt)
            link = self._stored(request, draw.code)
            shard = await self._claim(link)
            if shard is not None:
                self._drawn(draw, request, attempt)
                return CreatedLink(link, shard, draw.how)
            self.counters.collisions += 1
            self._context.decide(f"{draw.code} is taken")
            if generator.repeats and (there := await self._same(draw.code, request)):
                self.counters.repeated += 1
                return CreatedLink(there, None, draw.how)
            self.counters.retries += 1
        self.counters.exhausted += 1
        raise self._exhausted(numbers)

    def _exhausted(self, numbers: Numbers) -> Unavailable:
        return Unavailable(
            f"{MAX_TRIES} codes in a row were taken: {self._table.stats.lengths[numbers.width]:,} codes of "
            f"{numbers.width} characters are stored, of {numbers.space:,} possible",
            retry_after=60,
        )

    async def _named_link(self, request: LinkRequest, alias: str) -> CreatedLink:
        link = self._stored(request, alias)
        shard = await self._claim(link)
        if shard is None:
            raise Conflict(f"the alias {alias!r} is taken", field="alias")
        self._created()
        return CreatedLink(link, shard, "alias")

    async def _same(self, code: str, request: LinkRequest) -> StoredLink | None:
        """The link that has this code, if it will do for this request."""
        link, _ = await self._table.find(code)
        wanted = request.url, False, request.expires_at
        return link if link is not None and (link.url, link.alias, link.expires_at) == wanted else None

    async def _claim(self, link: StoredLink) -> int | None:
        """Store the link under its code if it is free; the shard, or None.

        With the allocator's lock off this is what it was before the lock: look, then write.
        """
        if ALLOCATOR_LOCKS[self._context.config.allocator_lock].atomic:
            return await self._table.claim(link)
        there, _ = await self._table.find(link.code)
        if there is not None:
            return None
        shard = await self._table.put(link)
        self._cache.discard(link.code)
        return shard

    def _stored(self, request: LinkRequest, code: str) -> StoredLink:
        return StoredLink(
            code=code,
            url=request.url,
            url_digest=request.digest,
            owner=request.owner,
            alias=request.alias is not None,
            by_hand=request.by_hand,
            created_at=round(self._context.clock.time(), 6),
            expires_at=request.expires_at,
        )

    def _drawn(self, draw: Draw, request: LinkRequest, probes: int) -> None:
        before = self.last.draw.number if self.last else draw.number
        distance = abs(draw.number - before)
        self.last = LastDraw(draw, request.location, probes, distance, self._context.config.generator)
        self._created()

    def _created(self) -> None:
        self.counters.creates += 1
        self.created.add(self._context.clock.monotonic())
