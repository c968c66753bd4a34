"""From a wish to a link that its owner was told of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from designs.url_shortener.engine.claims import Audit
from designs.url_shortener.engine.code_assignment import Claiming, Given
from designs.url_shortener.config import Config
from designs.url_shortener.engine.counters import Counts
from designs.url_shortener.engine.idempotency import once
from designs.url_shortener.engine.one_to_one import OneToOne
from designs.url_shortener.engine.owner_links import OwnLinks
from designs.url_shortener.engine.shards.shards import Shards
from designs.url_shortener.engine.strategies import PLACEMENTS
from designs.url_shortener.engine.strategies.mappings import NoMapping
from designs.url_shortener.inside.views import LinkView
from designs.url_shortener.engine.link_request import Wish
from sdlab.blocks.windows import SlidingHistogram
from sdlab.lab import Room, TooMany, Unavailable
from sdlab.lab.trace import Trace


class Creating:
    """Gives wishes their links; `enter` takes a request in at the gateway."""

    def __init__(
        self,
        room: Room,
        *,
        config: Callable[[], Config],
        shards: Shards,
        one_to_one: OneToOne,
        claiming: Claiming,
        own_links: OwnLinks,
        audit: Audit,
        tally: Counts,
        enter: Callable[[str], None],
        decide: Callable[[str], None],
    ) -> None:
        self._room = room
        self._config = config
        self._shards = shards
        self._one_to_one = one_to_one
        self._claiming = claiming
        self._own_links = own_links
        self._audit = audit
        self._tally = tally
        self._enter = enter
        self._decide = decide
        self.latency = SlidingHistogram()

    async def create(self, wanted: Wish, trace: Trace, *, idempotency_key: str | None) -> LinkView:
        """The link; see `UrlShortener.generate` for errors."""
        make = partial(self._make, wanted, trace)
        try:
            self._enter("generate")
            view = await (
                make() if idempotency_key is None else once(self._room, idempotency_key, wanted, make)
            )
        except Unavailable:
            self._tally.unavailable += 1
            raise
        now = self._room.clock.monotonic()
        self.latency.add(now, (now - trace.began) * 1000)
        return view

    async def _make(self, wanted: Wish, trace: Trace) -> LinkView:
        self._check_room()
        mapping = self._one_to_one.mapping
        link, shard, how = await self._link_for(wanted, mapping)
        self._audit.promised(link, how=how, one_to_one=mapping.one_to_one)
        reasons = f"{trace.why}; " if trace.why else ""
        trace.sentence = (
            f"POST generate: {reasons}{how} → {link.code}; stored on shard {shard}"
            if shard is not None
            else f"POST generate: {reasons}{link.code} again"
        )
        if shard is not None:
            rule = PLACEMENTS[self._config().placement]
            self._decide(f"{rule.label}: {link.code} belongs to shard {shard}")
        return await self._own_links.publish(link, by_hand=wanted.by_hand)

    def _check_room(self) -> None:
        shards, quota = self._shards, self._room.quota
        if shards.rows + self._config().replicas > quota.rows:
            raise TooMany(f"this room is full: it holds {shards.rows:,} rows")
        if shards.bytes >= quota.bytes:
            raise TooMany(f"this room is full: its links take {shards.bytes:,} bytes")

    async def _link_for(self, wanted: Wish, mapping: NoMapping) -> Given:
        if not (mapping.one_to_one and wanted.shareable):
            return await self._new_link(wanted, mapping)
        async with self._one_to_one.locked(wanted.digest):
            existing = await self._one_to_one.existing(wanted.digest, mapping)
            if existing is not None:
                self._tally.reused += 1
                return Given(existing, None, "the URL has a code already")
            return await self._new_link(wanted, mapping)

    async def _new_link(self, wanted: Wish, mapping: NoMapping) -> Given:
        made = await self._claiming.new_link(wanted)
        self._one_to_one.remember(wanted.digest, mapping)
        return made
