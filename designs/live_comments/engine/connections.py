"""Everybody who watches: how they get a server, and another one when theirs has ended."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Iterable

from redis.exceptions import RedisError

from designs.live_comments.config import Config
from designs.live_comments.engine.deliveries import Deliveries
from designs.live_comments.engine.feeds import Feed
from designs.live_comments.engine.polling import Polling
from designs.live_comments.engine.replay import Replay
from designs.live_comments.engine.server_pool import ServerPool
from designs.live_comments.engine.servers import Server
from designs.live_comments.engine.strategies import DELIVERY_METHODS
from designs.live_comments.engine.viewers import TICK, UNKNOWN, BufferedViewer, DemoUser, Viewer
from sdlab.lab import EngineContext, Unavailable

BACK_AFTER, BACK_WITHIN = 0.2, 0.8
RETRY_AFTER = 0.5
BACK_AT_ONCE = 3000
ROUNDS = 50


class ConnectionManager:
    """Connects viewers that read at once, or lets them poll. Those with a buffer connect by themselves.

    `by_stream` counts all who watch; `connecting` are those whose server does not deliver to them yet.
    """

    def __init__(
        self,
        context: EngineContext[Config],
        pool: ServerPool,
        replay: Replay,
        deliveries: Deliveries,
        polling: Polling,
    ) -> None:
        self.context = context
        self.pool, self._replay, self._deliveries, self._polling = pool, replay, deliveries, polling
        self.viewers: dict[int, Viewer] = {}
        self.by_stream: Counter[str] = Counter()
        self.connecting: set[int] = set()
        self._rng = context.room.rng("reconnects")
        self._ids = itertools.count(1)
        self._returning: deque[tuple[float, Viewer]] = deque()
        self._some_return = asyncio.Event()
        self._all_back = asyncio.Event()

    @property
    def pushes(self) -> bool:
        """Whether servers push; otherwise viewers poll."""
        return DELIVERY_METHODS[self.context.config.delivery].pushes

    @property
    def returning(self) -> int:
        """How many viewers are between two servers."""
        return len(self._returning)

    def new_id(self) -> int:
        """The number of the next viewer."""
        return next(self._ids)

    def add(self, viewer: Viewer) -> None:
        """A viewer is here, and has no server yet."""
        self.viewers[viewer.id] = viewer
        self.by_stream[viewer.stream] += 1

    def remove(self, viewer: Viewer) -> None:
        """A viewer leaves for good."""
        viewer.gone = True
        if self.viewers.pop(viewer.id, None) is not None:
            self.by_stream[viewer.stream] -= 1
        self.pool.release(viewer)
        if isinstance(viewer, BufferedViewer):
            viewer.waiting.clear()  # a server that waits for room in it waits no more

    async def enter(self, viewer: Viewer) -> None:
        """Connect, or begin to poll; whoever finds no room tries again."""
        if isinstance(viewer, DemoUser):
            DELIVERY_METHODS[self.context.config.delivery].begin(viewer.title, self.context.decide)
        if not self.pushes:
            self._polling.add(viewer)
            return
        try:
            await self._connect(viewer, resume=False)
        except Unavailable:
            self._return([viewer])

    async def kill(self, id: str) -> int:
        """A server ends, and its viewers look for another. How many those were."""
        held = await self.pool.end(id)
        self.context.decide(f"{id} ends, and the {len(held):,} that it held look for another server")
        self._return(held)
        return len(held)

    async def restart(self) -> None:
        """The answers have changed: servers begin anew, and everybody reconnects at once."""
        await self.pool.restart()
        self._polling.clear()
        self._returning.clear()
        self._return(self.viewers.values(), soon=True)

    async def settled(self) -> None:
        """Return when nobody is between two servers."""
        if self._returning:
            self._all_back.clear()
            await self._all_back.wait()

    async def run(self) -> None:
        """Bring viewers back to a server; rest while nobody needs one."""
        while True:
            if not self._returning:
                self._all_back.set()
                self._some_return.clear()
                await self._some_return.wait()
            await self._come_back()
            if not self._returning:
                self._all_back.set()
            await self.context.clock.sleep(TICK)

    def _return(self, viewers: Iterable[Viewer], *, soon: bool = False) -> None:
        now = self.context.clock.monotonic()
        for viewer in viewers:
            if not isinstance(viewer, BufferedViewer):
                after = 0.0 if soon else BACK_AFTER + self._rng.random() * BACK_WITHIN
                self._returning.append((now + after, viewer))
        if self._returning:
            self._all_back.clear()
            self._some_return.set()

    async def _come_back(self) -> None:
        clock = self.context.clock
        now = clock.monotonic()
        for _ in range(min(BACK_AT_ONCE, len(self._returning))):
            due, viewer = self._returning.popleft()
            if viewer.gone or viewer.server:
                continue
            if due > now:
                self._returning.append((due, viewer))
            elif not self.pushes:
                self._polling.add(viewer)
            else:
                try:
                    await self._connect(viewer, resume=True)
                    self._deliveries.counters.reconnects += 1
                except (Unavailable, RedisError):
                    self._returning.append((clock.monotonic() + RETRY_AFTER, viewer))

    async def _connect(self, viewer: Viewer, *, resume: bool) -> None:
        """A viewer gets a server, what it missed if that can be read, and then what comes."""
        server = self.pool.route(viewer.stream)
        server.accept(viewer)
        self.connecting.add(viewer.id)
        try:
            feed = await server.feed(viewer.stream)
            if resume and viewer.seen != UNKNOWN and self._replay.possible:
                await self._catch_up(viewer, feed, server)
            elif not resume or viewer.seen == UNKNOWN:
                viewer.seen = max(viewer.seen, feed.last)
            if viewer.server != server.id:
                raise Unavailable("left meanwhile")
        except Exception:
            if viewer.server == server.id:
                server.release(viewer)
            raise
        finally:
            self.connecting.discard(viewer.id)
        feed.add(viewer)

    async def _catch_up(self, viewer: Viewer, feed: Feed, server: Server) -> None:
        for _ in range(ROUNDS):
            if feed.reaches(viewer.seen):
                break
            missed = await self._replay.after(viewer.stream, viewer.seen)
            if not missed:
                break
            count = self._deliveries.deliver(viewer, missed, by=server.id)
            self._deliveries.caught_up(server.stats, missed, count)
        if not server.up:
            raise Unavailable(f"{server.id} has just ended")
        missed = feed.since(viewer.seen)
        count = self._deliveries.deliver(viewer, missed, by=server.id)
        self._deliveries.caught_up(server.stats, missed, count)
