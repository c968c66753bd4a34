"""The comment service: places are given, rows are written together, and then the bus is told in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from redis.exceptions import RedisError

from designs.live_comments.bus import Bus
from designs.live_comments.comments import Comment, CommentRows, Event, event_of
from designs.live_comments.config import BUS, DISPATCHER, Config
from designs.live_comments.dispatcher import Dispatcher
from designs.live_comments.strategies import DISTRIBUTIONS, TRANSPORTS, inbox
from designs.live_comments.streams import STREAMS
from sdlab.lab import Clock, Node, Unavailable
from sdlab.lab.trace import Trace, current

BATCH = 500
MAX_WAITING = 5_000
RETRY_AFTER = 0.2
PRUNE_EVERY = 500
TRACES_KEPT = 64

Draft = tuple[str, str, str, float, "asyncio.Future[Comment]", Trace | None]


class Intake:
    """Comments wait only while others are being written; a batch is one transaction and one trip to the bus.

    A comment is acknowledged when its row is committed. What the bus did not take is kept and
    tried again, in order, as long as the transport is the log.
    """

    def __init__(
        self,
        *,
        rows: CommentRows,
        bus: Bus,
        clock: Clock,
        config: Callable[[], Config],
        gate: Callable[[str], Node | None],
        dispatcher: Dispatcher,
        kept: int,
    ) -> None:
        self._rows, self._bus, self._clock, self._config, self._gate = rows, bus, clock, config, gate
        self._dispatcher = dispatcher
        self._kept = kept
        self._drafts: deque[Draft] = deque()
        self._unpublished: deque[Event] = deque()
        self._has_drafts = asyncio.Event()
        self._has_news = asyncio.Event()
        self._published = asyncio.Event()
        self.tails: dict[str, int] = dict.fromkeys(STREAMS, 0)
        self.traces: dict[tuple[str, int], Trace] = {}
        self.recent: deque[tuple[str, int]] = deque(maxlen=200)
        self.batches = 0
        self.written = 0
        self.published = 0
        self.never_published = 0

    async def open(self) -> None:
        """Go on where the rows end; what a crash kept from the log is appended now."""
        self.tails |= await self._rows.tails()
        for stream, tail in self.tails.items():
            known = int((await self._bus.tail(stream)).partition("-")[0])
            first = max(known, tail - self._config().log_kept)
            while first < tail:
                events = [event_of(one) for one in await self._rows.after(stream, first, limit=BATCH)]
                await self._bus.append([(one, ()) for one in events], kept=self._config().log_kept)
                first = events[-1].seq if events else tail

    @property
    def waiting(self) -> int:
        """How many are acknowledged and not on the bus yet."""
        return len(self._unpublished)

    async def submit(self, stream: str, author: str, text: str) -> Comment:
        """The comment with its place, once it is stored. `Unavailable` when too many wait."""
        if len(self._drafts) >= MAX_WAITING or len(self._unpublished) >= MAX_WAITING:
            raise Unavailable(f"{MAX_WAITING:,} comments are waiting already", retry_after=1)
        trace = current.get()
        future: asyncio.Future[Comment] = asyncio.get_running_loop().create_future()
        kept = trace if trace is not None and trace.by_hand else None
        self._drafts.append((stream, author, text, self._clock.time(), future, kept))
        self._has_drafts.set()
        return await future

    async def write(self) -> None:
        """Store what waits, batch after batch."""
        while True:
            await self._has_drafts.wait()
            self._has_drafts.clear()
            while self._drafts:
                drafts = [self._drafts.popleft() for _ in range(min(BATCH, len(self._drafts)))]
                try:
                    await self._store(drafts)
                except BaseException as error:
                    for *_, future, _trace in drafts:
                        if not future.done():
                            future.set_exception(
                                Unavailable(f"the comment store failed ({type(error).__name__})")
                            )
                    raise

    async def _store(self, drafts: Sequence[Draft]) -> None:
        tails = dict(self.tails)
        comments = []
        for stream, author, text, at, *_ in drafts:
            tails[stream] += 1
            comments.append(Comment(stream, tails[stream], author, text, at))
        await self._rows.add(comments)
        before, self.tails = self.tails, tails
        self.batches += 1
        self.written += len(comments)
        for comment, (*_, future, trace) in zip(comments, drafts, strict=True):
            if not future.done():
                future.set_result(comment)
            self._unpublished.append(event_of(comment))
            self.recent.append((comment.stream, comment.seq))
            if trace is not None:
                self._remember(comment, trace)
        self._has_news.set()
        await self._prune(before)

    def _remember(self, comment: Comment, trace: Trace) -> None:
        self.traces[comment.stream, comment.seq] = trace
        if len(self.traces) > TRACES_KEPT:
            del self.traces[next(iter(self.traces))]

    async def _prune(self, before: dict[str, int]) -> None:
        for stream, tail in self.tails.items():
            if tail // PRUNE_EVERY != before[stream] // PRUNE_EVERY and tail > self._kept:
                await self._rows.prune(stream, tail - self._kept + 1)

    async def publish(self) -> None:
        """Tell the bus what is stored, in the order of each stream."""
        while True:
            if not self._unpublished:
                self._has_news.clear()
                self._published.set()
                await self._has_news.wait()
                self._published.clear()
            batch = [self._unpublished[place] for place in range(min(BATCH, len(self._unpublished)))]
            try:
                await self._put(batch)
                self.published += len(batch)
            except (Unavailable, RedisError, OSError):
                if TRANSPORTS[self._config().transport].resumes:
                    await self._clock.sleep(RETRY_AFTER)
                    continue
                self.never_published += len(batch)
            for _ in batch:
                self._unpublished.popleft()

    async def settled(self) -> None:
        """Return when everything acknowledged is on the bus."""
        if self._unpublished:
            self._published.clear()
            await self._published.wait()

    async def _put(self, batch: Sequence[Event]) -> None:
        config = self._config()
        dispatched = DISTRIBUTIONS[config.distribution].dispatched
        log = TRANSPORTS[config.transport].resumes
        puts: list[tuple[Event, list[str]]] = []
        for event in batch:
            channels = [] if log else [event.stream]
            if dispatched:
                channels = [inbox(server) for server in self._dispatch(event)]
            puts.append((event, channels))
        node = self._gate(BUS)
        if node is None:
            raise Unavailable("there is no bus")
        traced = [self.traces.get((one.stream, one.seq)) for one in batch] if self.traces else []
        token = current.set(next((one for one in traced if one is not None), None))
        try:
            await node.call(
                f"{'append' if log else 'publish'} {len(batch)}",
                lambda: self._bus.append(puts, kept=config.log_kept) if log else self._bus.publish(puts),
                source="service",
            )
        finally:
            current.reset(token)

    def _dispatch(self, event: Event) -> list[str]:
        node = self._gate(DISPATCHER)
        if node is None:
            return []
        try:
            node.touch("dispatch", "ok", source="service")
        except Unavailable:
            return []
        return self._dispatcher.targets(event.stream, self._clock.monotonic())
