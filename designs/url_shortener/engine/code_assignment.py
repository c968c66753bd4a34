"""A code for a request: its alias, or codes drawn until one is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from designs.url_shortener.config import Config
from designs.url_shortener.engine.counters import CreateCounters
from designs.url_shortener.engine.key_generator import KeyGenerator
from designs.url_shortener.engine.lanes import lane, short
from designs.url_shortener.engine.link_cache import LinkCache
from designs.url_shortener.engine.link_request import LinkRequest
from designs.url_shortener.engine.shards.link_table import LinkTable
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS, GENERATORS
from designs.url_shortener.engine.strategies.generators import Draw, Numbers
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import (
    Conflict,
    EngineContext,
    EvidenceView,
    TooMany,
    Unavailable,
    read_step,
    write_step,
)

MAX_TRIES = 128


class CreatedLink(NamedTuple):
    """A link, the shard it was stored on (None for one that was there), and how its code came about.

    `steps` is how its code was taken and its row written, `why` what decided about it before.
    """

    link: StoredLink
    shard: int | None
    how: str
    steps: tuple[EvidenceView, ...] = ()
    why: str = ""


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
            raise TooMany(f"this room is full: its links take about {stats.bytes:,} bytes")

    async def new_link(self, request: LinkRequest) -> CreatedLink:
        """`Conflict` for a taken alias, `Unavailable` when no free code can be had or stored."""
        if request.alias is not None:
            return await self._named_link(request, request.alias)
        generator, numbers = GENERATORS[self._context.config.generator], self._keys.numbers()
        for attempt in range(MAX_TRIES):
            draw = await generator.draw(numbers, request.location, attempt=attempt)
            link = self._stored(request, draw.code)
            shard, steps = await self._claim(link)
            if shard is not None:
                self._drawn(draw, request, attempt)
                return CreatedLink(link, shard, draw.how, (*draw.steps, *steps))
            self.counters.collisions += 1
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
        shard, steps = await self._claim(link)
        if shard is None:
            raise Conflict(await self._why_taken(alias), field="alias")
        self._created()
        return CreatedLink(link, shard, "alias", steps)

    async def _why_taken(self, alias: str) -> str:
        """What keeps an alias from being given: somebody's link, or the tombstone of one."""
        there, _ = await self._table.find(alias)
        if there is not None and there.deleted_at is not None:
            return f"the alias {alias!r} was deleted and is kept back for good: old links to it may still be about"
        if there is not None and there.expired(self._context.clock.time()):
            return f"the alias {alias!r} has expired and is kept back for good: old links to it may still be about"
        return f"the alias {alias!r} is taken"

    async def _same(self, code: str, request: LinkRequest) -> StoredLink | None:
        """The link that has this code, if it will do for this request."""
        link, _ = await self._table.find(code)
        wanted = request.url, False, request.expires_at
        return link if link is not None and (link.url, link.alias, link.expires_at) == wanted else None

    async def _claim(self, link: StoredLink) -> tuple[int | None, tuple[EvidenceView, ...]]:
        """Store the link under its code if it is free; the shard, or None, and what was done, in time.

        With the allocator's lock off this is what it was before the lock: look, then write.
        """
        clock, began = self._context.clock, self._context.clock.time()
        if ALLOCATOR_LOCKS[self._context.config.allocator_lock].atomic:
            shard = await self._table.claim(link)
            if shard is None:
                self._context.decide(f"{link.code} is taken: the INSERT met a row")
                return None, ()
            self._context.decide(f"{link.code} was free: the INSERT found no row, in one step")
            text = f"inserted {link.code}, which was free"
            return shard, (write_step(lane(), text, began, clock.time(), wrote=short(link.url)),)
        there, _ = await self._table.find(link.code)
        if there is not None:
            self._context.decide(f"{link.code} is taken: the SELECT found a row")
            return None, ()
        self._context.decide(
            f"{link.code} was free when it was looked for; the row is written over whatever is there now"
        )
        looked, again = (
            read_step(lane(), f"looked for {link.code}", began, clock.time(), saw="free"),
            clock.time(),
        )
        shard = await self._table.put(link)
        self._cache.discard(link.code)
        text = f"wrote the row of {link.code}"
        return shard, (looked, write_step(lane(), text, again, clock.time(), wrote=short(link.url)))

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
        self.counters.drawn += 1
        self._created()

    def _created(self) -> None:
        self.counters.creates += 1
        self.created.add(self._context.clock.monotonic())
