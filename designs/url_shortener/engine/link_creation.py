"""From a request to a link that its owner was told of."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from designs.url_shortener.config import Config
from designs.url_shortener.engine.claims import ClaimChecker
from designs.url_shortener.engine.code_assignment import CodeAssignment, CreatedLink
from designs.url_shortener.engine.link_request import LinkRequest
from designs.url_shortener.engine.nodes import enter
from designs.url_shortener.engine.one_to_one import OneToOne
from designs.url_shortener.engine.owner_links import OwnerLinks, ShortLink
from designs.url_shortener.engine.strategies import PLACEMENTS
from designs.url_shortener.engine.strategies.mappings import NoMapping
from sdlab.blocks.windows import SlidingHistogram
from sdlab.lab import EngineContext, Unavailable
from sdlab.lab.trace import Trace
from sdlab.parts.idempotency import IdempotencyKeys


class LinkCreation:
    """Gives requests their links."""

    def __init__(
        self,
        context: EngineContext[Config],
        one_to_one: OneToOne,
        codes: CodeAssignment,
        owner_links: OwnerLinks,
        checker: ClaimChecker,
    ) -> None:
        self._context = context
        self._one_to_one = one_to_one
        self._codes = codes
        self._owner_links = owner_links
        self._checker = checker
        self._counters = codes.counters
        self._once = IdempotencyKeys(context)
        self.latency = SlidingHistogram()

    async def create(self, request: LinkRequest, trace: Trace, *, idempotency_key: str | None) -> ShortLink:
        """The link; see `UrlShortener.generate` for errors."""
        try:
            enter(self._context, "generate")
            link = await self._once.once(
                idempotency_key,
                operation="generate",
                body=[request.url, request.alias, request.expires_at],
                work=partial(self._create, request, trace),
                dump=asdict,
                load=lambda answer: ShortLink(**answer),
            )
        except Unavailable:
            self._counters.unavailable += 1
            raise
        trace.sentence = trace.sentence or f"POST generate: {trace.why} ({link.code})"
        now = self._context.clock.monotonic()
        self.latency.add(now, (now - trace.began) * 1000)
        return link

    async def _create(self, request: LinkRequest, trace: Trace) -> ShortLink:
        self._codes.check_quota()
        mapping, began = self._one_to_one.mapping, self._context.clock.time()
        made = await self._link_for(request, mapping)
        link, shard = made.link, made.shard
        self._checker.acknowledged(made, began=began, one_to_one=mapping.one_to_one)
        reasons = f"{made.why}; " if made.why else ""
        if shard is None:
            trace.sentence = f"POST generate: {reasons or made.how + ': '}{link.code} again"
        else:
            trace.sentence = f"POST generate: {reasons}{made.how} → {link.code}; stored on shard {shard}"
            PLACEMENTS[self._context.config.placement].explain(self._context.decide, link.code, shard)
        return await self._owner_links.publish(link, by_hand=request.by_hand)

    async def _link_for(self, request: LinkRequest, mapping: NoMapping) -> CreatedLink:
        if not request.shareable:
            self._context.decide("a link with a name or an end of its own is never shared")
            return await self._new_link(request, mapping)
        if not mapping.one_to_one:
            await self._one_to_one.existing(request.digest, mapping)
            return await self._new_link(request, mapping)
        async with self._one_to_one.locked(request.digest):
            link, why = await self._one_to_one.existing(request.digest, mapping)
            if link is not None:
                self._counters.reused += 1
                return CreatedLink(link, None, "the URL has a code already", why=why)
            return (await self._new_link(request, mapping))._replace(why=why)

    async def _new_link(self, request: LinkRequest, mapping: NoMapping) -> CreatedLink:
        made = await self._codes.new_link(request)
        self._one_to_one.add(request.digest, mapping)
        return made
