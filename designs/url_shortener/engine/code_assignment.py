"""A code for a wish: its alias, or codes drawn until one is free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from designs.url_shortener.config import Config
from designs.url_shortener.engine.counters import Counts
from designs.url_shortener.engine.key_generator import KeyMaker
from designs.url_shortener.engine.link_cache import LinkCache
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.shards.shards import Shards
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS
from designs.url_shortener.engine.strategies.generators import Draw
from designs.url_shortener.engine.link_request import Wish
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import Clock, Conflict, Unavailable

MAX_TRIES = 128


class Given(NamedTuple):
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


class Claiming:
    """Stores new links under codes that were free, as far as the allocator's lock makes sure."""

    def __init__(
        self,
        *,
        clock: Clock,
        config: Callable[[], Config],
        keys: KeyMaker,
        shards: Shards,
        cache: LinkCache,
        tally: Counts,
        decide: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._config = config
        self._keys = keys
        self._shards = shards
        self._cache = cache
        self._tally = tally
        self._decide = decide
        self.last: LastDraw | None = None
        self.created = SlidingCounter(seconds=10)

    async def new_link(self, wanted: Wish) -> Given:
        """`Conflict` for a taken alias, `Unavailable` when no free code can be had or stored."""
        if wanted.alias is not None:
            return await self._named_link(wanted, wanted.alias)
        generator = self._keys.generator()
        for attempt in range(MAX_TRIES):
            draw = await generator.draw(wanted.location, attempt=attempt)
            link = self._stored(wanted, draw.code)
            shard = await self._claim(link)
            if shard is not None:
                self._drawn(draw, wanted, attempt)
                return Given(link, shard, draw.how)
            self._tally.collisions += 1
            self._decide(f"{draw.code} is taken")
            if generator.repeats and (there := await self._same(draw.code, wanted)):
                self._tally.repeated += 1
                return Given(there, None, draw.how)
            self._tally.retries += 1
        self._tally.exhausted += 1
        raise self._exhausted()

    def _exhausted(self) -> Unavailable:
        width, space = self._keys.width, self._keys.space
        return Unavailable(
            f"{MAX_TRIES} codes in a row were taken: {self._shards.held.lengths[width]:,} codes of "
            f"{width} signs are stored, of {space:,} possible",
            retry_after=60,
        )

    async def _named_link(self, wanted: Wish, alias: str) -> Given:
        link = self._stored(wanted, alias)
        shard = await self._claim(link)
        if shard is None:
            raise Conflict(f"the alias {alias!r} is taken", field="alias")
        self._created()
        return Given(link, shard, "alias")

    async def _same(self, code: str, wanted: Wish) -> StoredLink | None:
        """The link that has this code, if it will do for this wish."""
        link, _ = await self._shards.find(code, source="gateway")
        same = link is not None and (link.url, link.alias, link.expires_at) == (
            wanted.url,
            False,
            wanted.expires_at,
        )
        return link if same else None

    async def _claim(self, link: StoredLink) -> int | None:
        """Store the link under its code if it is free; the shard, or None.

        With the allocator's lock off this is what it was before the lock: look, then write.
        """
        if ALLOCATOR_LOCKS[self._config().allocator_lock].atomic:
            return await self._shards.claim(link, source="gateway")
        there, _ = await self._shards.find(link.code, source="gateway")
        if there is not None:
            return None
        shard = await self._shards.put(link, source="gateway")
        self._cache.discard(link.code)
        return shard

    def _stored(self, wanted: Wish, code: str) -> StoredLink:
        return StoredLink(
            code=code,
            url=wanted.url,
            url_digest=wanted.digest,
            owner=wanted.owner,
            alias=wanted.alias is not None,
            by_hand=wanted.by_hand,
            created_at=round(self._clock.time(), 6),
            expires_at=wanted.expires_at,
        )

    def _drawn(self, draw: Draw, wanted: Wish, probes: int) -> None:
        before = self.last.draw.number if self.last else draw.number
        distance = abs(draw.number - before)
        self.last = LastDraw(draw, wanted.location, probes, distance, self._config().generator)
        self._created()

    def _created(self) -> None:
        self._tally.creates += 1
        self.created.add(self._clock.monotonic())
