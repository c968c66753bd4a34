"""What is stored goes to the bus, in the order of each stream."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence

from redis.exceptions import RedisError

from designs.live_comments.config import Config
from designs.live_comments.engine.bus import Bus
from designs.live_comments.engine.comment_traces import CommentTraces
from designs.live_comments.engine.comments import Comment, CommentStore, Event, event_of
from designs.live_comments.engine.dispatcher import Dispatcher
from designs.live_comments.engine.nodes import BUS, DISPATCHER
from designs.live_comments.engine.strategies import DISTRIBUTIONS, TRANSPORTS, inbox
from sdlab.lab import EngineContext, Unavailable
from sdlab.parts.event_log import order_of

BATCH = 500
RETRY_AFTER = 0.2


class Publisher:
    """A batch is one trip to the bus.

    What the bus did not take is kept and tried again, in order, as long as the transport is the log.
    """

    def __init__(
        self,
        context: EngineContext[Config],
        bus: Bus,
        store: CommentStore,
        dispatcher: Dispatcher,
        traces: CommentTraces,
    ) -> None:
        self.context = context
        self._bus, self._store, self._dispatcher, self._traces = bus, store, dispatcher, traces
        self._unpublished: deque[Event] = deque()
        self._has_news = asyncio.Event()
        self._all_published = asyncio.Event()
        self.published = 0
        self.never_published = 0

    @property
    def waiting(self) -> int:
        """How many are acknowledged and not on the bus yet."""
        return len(self._unpublished)

    async def mend(self, tails: Mapping[str, int]) -> None:
        """Append to the logs what the rows have and a crash kept from them."""
        kept = self.context.config.log_kept
        for stream, tail in tails.items():
            known = order_of(await self._bus.log.tail(stream))[0]
            first = max(known, tail - kept)
            while first < tail:
                events = [event_of(one) for one in await self._store.after(stream, first, limit=BATCH)]
                await self._bus.append([(one, ()) for one in events], kept=kept)
                first = events[-1].seq if events else tail

    def add(self, events: Sequence[Event]) -> None:
        """These are stored; publish them next."""
        self._unpublished.extend(events)
        self._has_news.set()

    async def run(self) -> None:
        """Publish what waits, batch after batch."""
        while True:
            if not self._unpublished:
                self._has_news.clear()
                self._all_published.set()
                await self._has_news.wait()
                self._all_published.clear()
            batch = [self._unpublished[number] for number in range(min(BATCH, len(self._unpublished)))]
            try:
                await self._publish(batch)
                self.published += len(batch)
            except (Unavailable, RedisError, OSError):
                if TRANSPORTS[self.context.config.transport].resumes:
                    await self.context.clock.sleep(RETRY_AFTER)
                    continue
                self.never_published += len(batch)
            for _ in batch:
                self._unpublished.popleft()

    async def settled(self) -> None:
        """Return when everything acknowledged is on the bus."""
        if self._unpublished:
            self._all_published.clear()
            await self._all_published.wait()

    async def _publish(self, batch: Sequence[Event]) -> None:
        config = self.context.config
        log = TRANSPORTS[config.transport].resumes
        puts = [(event, self._channels(event, log=log)) for event in batch]
        with self._traces.continued(batch):
            await self.context.node(BUS).call(
                f"{'append' if log else 'publish'} {len(batch)}",
                lambda: self._bus.append(puts, kept=config.log_kept) if log else self._bus.publish(puts),
                source="service",
            )

    def explain(self, comment: Comment) -> None:
        """Say how a comment that is stored travels from here, and who hears it."""
        config, decide = self.context.config, self.context.decide
        TRANSPORTS[config.transport].carry(comment.seq, decide)
        believed = sorted(self._dispatcher.table.get(comment.stream, {}))
        DISTRIBUTIONS[config.distribution].spread(comment.stream, believed, decide)

    def _channels(self, event: Event, *, log: bool) -> list[str]:
        """Where an event goes besides the log of its stream."""
        if self._dispatcher.used:
            return [inbox(server) for server in self._targets(event)]
        return [] if log else [event.stream]

    def _targets(self, event: Event) -> list[str]:
        node = self.context.nodes.get(DISPATCHER)
        if node is None:
            return []
        try:
            node.touch("dispatch", "ok", source="service")
        except Unavailable:
            return []
        return self._dispatcher.targets(event.stream, self.context.clock.monotonic())
