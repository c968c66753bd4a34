"""Who watches where: servers, crowds, routing and reconnecting."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from random import Random

from redis.exceptions import RedisError

from designs.live_comments.bus import Bus
from designs.live_comments.comments import CommentRows, Event, event_of
from designs.live_comments.config import BUS, DISPATCHER, STORE, VIEWERS, Config, server_ids
from designs.live_comments.deliveries import Deliveries
from designs.live_comments.dispatcher import Dispatcher
from designs.live_comments.intake import Intake
from designs.live_comments.pollers import Pollers
from designs.live_comments.servers import FILL, Feed, Server, catch_up
from designs.live_comments.slow_readers import SlowReaders
from designs.live_comments.strategies import DELIVERIES, DISTRIBUTIONS, ROUTINGS, SLOW_VIEWERS, TRANSPORTS
from designs.live_comments.truth import Truth
from designs.live_comments.viewers import UNKNOWN, Buffered, Connection, Pane, SlowReader, Viewer
from sdlab.lab import Clock, Node, TooMany, Unavailable
from sdlab.lab.trace import current

MAX_CROWD = 10_000
TICK = 0.05
HEARTBEAT = 0.5
BACK_AFTER, BACK_WITHIN = 0.2, 0.8
RETRY_AFTER = 0.5
BACK_AT_ONCE = 3000
ROUNDS = 50


class Hub:
    """All servers of a room and all who watch."""

    def __init__(
        self,
        *,
        bus: Bus,
        rows: CommentRows,
        intake: Intake,
        truth: Truth,
        dispatcher: Dispatcher,
        clock: Clock,
        rng: Random,
        config: Callable[[], Config],
        gate: Callable[[str], Node | None],
        crashed: Callable[[str, BaseException], None],
        changed: Callable[[], None],
    ) -> None:
        self.bus, self.rows, self.truth, self.dispatcher = bus, rows, truth, dispatcher
        self.config, self.gate, self.crashed, self.changed = config, gate, crashed, changed
        self._intake, self._clock, self._rng = intake, clock, rng
        self.servers: dict[str, Server] = {}
        self.viewers: dict[int, Viewer] = {}
        self.deliveries = Deliveries(clock=clock, config=config)
        self.counted = self.deliveries.counted
        self.arrivals = itertools.count(1)
        self.slow = SlowReaders(self)
        self._crowds: dict[str, dict[int, Viewer]] = defaultdict(dict)
        self._returning: deque[tuple[float, Viewer]] = deque()
        self._pollers = Pollers(self)
        self._busy = asyncio.Event()
        self._calm = asyncio.Event()

    # Answers in force

    def now(self) -> float:
        """Seconds that only grow."""
        return self._clock.monotonic()

    @property
    def resumes(self) -> bool:
        """Whether a viewer can go on where it stopped."""
        return TRANSPORTS[self.config().transport].resumes

    @property
    def waits(self) -> bool:
        """Whether servers wait for slow viewers."""
        return SLOW_VIEWERS[self.config().slow_viewer].waits

    @property
    def pushes(self) -> bool:
        """Whether servers push; otherwise viewers poll."""
        return DELIVERIES[self.config().delivery].pushes

    @property
    def returning(self) -> int:
        """How many viewers are between two servers."""
        return len(self._returning)

    @property
    def crowd(self) -> int:
        """How many simulated viewers there are, slow ones too."""
        return sum(map(len, self._crowds.values())) + len(self.slow)

    def watching_stream(self, stream: str) -> int:
        """How many simulated viewers of the crowd watch a stream."""
        return len(self._crowds[stream])

    async def tail(self, stream: str) -> int:
        """The place of the newest comment."""
        return self._intake.tails[stream]

    # Life

    def start(self) -> None:
        """All servers read."""
        for id in server_ids(self.config()):
            self._start(id)

    def _start(self, id: str) -> None:
        node = self.gate(id)
        self.servers[id] = Server(id, self)
        if node is not None and not node.down:
            self.servers[id].start()
            self.watching(self.servers[id])

    async def stop(self) -> None:
        """All connections end."""
        for server in list(self.servers.values()):
            self._lost(await server.stop("the lab was closed"), soon=True)
        self.servers.clear()

    async def rebuild(self) -> None:
        """The answers have changed: servers begin anew, and everybody reconnects."""
        await self.stop()
        self._pollers.clear()
        self._returning.clear()
        self.dispatcher.table.clear()
        self.start()
        for viewer in list(self.viewers.values()):
            if not isinstance(viewer, Buffered):
                self._comes_back(viewer, soon=True)

    async def kill(self, id: str) -> int:
        """A server ends: its connections break, and its viewers look for another. How many those were."""
        server = self.servers[id]
        if not server.up:
            return 0
        held = await server.stop(f"{id} ended")
        self._lost(held)
        return len(held)

    async def revive(self, id: str) -> None:
        """A server that ended is started again, empty."""
        if id in self.servers and not self.servers[id].up:
            self._start(id)

    def _lost(self, held: Iterable[Viewer], *, soon: bool = False) -> None:
        for viewer in held:
            if isinstance(viewer, SlowReader):
                self.slow.lost(viewer)
            elif not isinstance(viewer, Connection):
                self._comes_back(viewer, soon=soon)

    def _comes_back(self, viewer: Viewer, *, soon: bool = False) -> None:
        after = 0.0 if soon else BACK_AFTER + self._rng.random() * BACK_WITHIN
        self._returning.append((self.now() + after, viewer))
        self._calm.clear()
        self._busy.set()

    # Routing

    def route(self, stream: str) -> Server:
        """Where a viewer of that stream is sent. `Unavailable` when no server has room."""
        config = self.config()
        free = [one for one in self.servers.values() if one.up and one.connections < config.capacity]
        if not free:
            self.counted.refused += 1
            raise Unavailable("no server has room for one more connection", retry_after=1)
        return ROUTINGS[config.routing].choose(stream, free, self._rng)

    async def connect(self, viewer: Viewer, *, resume: bool) -> None:
        """A viewer that reads at once gets a server, what it missed if anybody has it, and then what comes."""
        server = self.route(viewer.stream)
        server.hold(viewer)
        try:
            feed = await server.feed(viewer.stream)
            if resume and viewer.seen != UNKNOWN and self.resumes:
                await self._fill(viewer, feed, server)
            elif not resume or viewer.seen == UNKNOWN:
                viewer.seen = max(viewer.seen, feed.last)
            if viewer.server != server.id:
                raise Unavailable("left meanwhile")
        except Exception:
            if viewer.server == server.id:
                server.let_go(viewer)
            raise
        feed.add(viewer)

    async def _fill(self, viewer: Viewer, feed: Feed, server: Server) -> None:
        for _ in range(ROUNDS):
            if feed.reaches(viewer.seen):
                break
            missed = await self.after(viewer.stream, viewer.seen, limit=FILL)
            if not missed:
                break
            self.deliveries.add(server, missed, catch_up(viewer, missed, self, by=server.id), late=True)
        if not server.up:
            raise Unavailable(f"{server.id} has just ended")
        missed = feed.since(viewer.seen)
        self.deliveries.add(server, missed, catch_up(viewer, missed, self, by=server.id), late=True)

    async def after(self, stream: str, seq: int, *, limit: int) -> list[Event]:
        """What follows a place without a hole: from the log while it reaches back so far, else from the store."""
        node = self.gate(BUS)
        if node is not None:
            with suppress(Unavailable, RedisError, OSError):
                self.counted.log_reads += 1
                found = await node.call(
                    "XRANGE", lambda: self.bus.after(stream, seq, limit=limit), source="service"
                )
                if found:
                    return found
        self.counted.store_reads += 1
        return await self.stored(stream, seq, limit=limit)

    async def stored(self, stream: str, seq: int, *, limit: int) -> list[Event]:
        """What follows a place, from the history. `Unavailable` without a store."""
        store = self.gate(STORE)
        if store is None:
            raise Unavailable("there is no comment store")
        comments = await store.call(
            "SELECT after", lambda: self.rows.after(stream, seq, limit=limit), source="service"
        )
        return [event_of(comment) for comment in comments]

    # Crowds

    async def arrive(self, stream: str, count: int) -> int:
        """So many simulated viewers come to a stream; how many there was room for. `TooMany` beyond 10,000."""
        room = MAX_CROWD - self.crowd
        if room <= 0:
            raise TooMany(f"{MAX_CROWD:,} simulated viewers are here already")
        for _ in range(min(count, room)):
            viewer = Viewer(next(self.arrivals), stream)
            self.viewers[viewer.id] = viewer
            self._crowds[stream][viewer.id] = viewer
            await self.enter(viewer)
        return min(count, room)

    async def enter(self, viewer: Viewer) -> None:
        """Connect, or begin to poll; whoever finds no room tries again."""
        if not self.pushes:
            self._pollers.add(viewer)
            self._busy.set()
            return
        try:
            await self.connect(viewer, resume=False)
        except Unavailable:
            self._comes_back(viewer)

    async def leave(self, stream: str, count: int) -> int:
        """So many of those who have watched a stream for longest go."""
        crowd = self._crowds[stream]
        gone = list(itertools.islice(crowd.values(), count))
        for viewer in gone:
            del crowd[viewer.id]
            self.part(viewer)
        return len(gone)

    def part(self, viewer: Viewer) -> None:
        """A viewer leaves for good, or until it joins again."""
        self.viewers.pop(viewer.id, None)
        if viewer.server and (server := self.servers.get(viewer.server)):
            server.let_go(viewer)

    def come_slowly(self, stream: str, count: int, *, pace: float) -> None:
        """Viewers come who read `pace` comments per second."""
        self.slow.come(stream, count, pace=pace)
        self._busy.set()

    def was_dropped(self, viewer: Buffered) -> None:
        """A server ended the connection of somebody slow, and told them."""
        self.counted.dropped += 1
        self.counted.told += 1
        if isinstance(viewer, SlowReader):
            self.slow.lost(viewer)

    # Beside

    async def run(self) -> None:
        """Bring viewers back, let slow ones read, answer polls, report to the dispatcher; rest when there is nothing."""
        before, beat = self.now(), 0.0
        while True:
            dispatched = DISTRIBUTIONS[self.config().distribution].dispatched
            if not (self._returning or self._pollers or self.slow or dispatched):
                self._busy.clear()
                self._calm.set()
                await self._busy.wait()
                before = self.now()
            await self._come_back()
            now = self.now()
            await self.slow.read(now - before)
            await self._pollers.ask(now - before)
            before = now
            if dispatched and now - beat >= HEARTBEAT:
                beat = now
                await self._beat()
            if not self._returning:
                self._calm.set()
            await self._clock.sleep(TICK)

    async def settled(self) -> None:
        """Return when nobody is between two servers."""
        if self._returning:
            self._calm.clear()
            await self._calm.wait()

    async def _come_back(self) -> None:
        now = self.now()
        for _ in range(min(BACK_AT_ONCE, len(self._returning))):
            due, viewer = self._returning.popleft()
            if viewer.id not in self.viewers or viewer.server:
                continue
            if due > now:
                self._returning.append((due, viewer))
            elif not self.pushes:
                self._pollers.add(viewer)
            else:
                try:
                    await self.connect(viewer, resume=True)
                    self.counted.reconnects += 1
                except (Unavailable, RedisError):
                    self._returning.append((self.now() + RETRY_AFTER, viewer))

    async def _beat(self) -> None:
        for server in self.servers.values():
            if server.up:
                self.watching(server)
                await self._sweep(server)

    async def _sweep(self, server: Server) -> None:
        """Ask the log for what the dispatcher did not send."""
        if not self.resumes:
            return
        for feed in list(server.feeds.values()):
            if feed.last < self._intake.tails[feed.stream]:
                with suppress(Unavailable, RedisError):
                    found = await self.bus.after(feed.stream, feed.last, limit=FILL)
                    await server.take(found)

    def watching(self, server: Server) -> None:
        """A server's streams have changed, or it is time to say so again."""
        if not DISTRIBUTIONS[self.config().distribution].dispatched:
            return
        node = self.gate(DISPATCHER)
        if node is not None and not node.down:
            node.touch("report", "ok", source=server.id)
            self.dispatcher.report(server.id, server.feeds, self.now())
        self._busy.set()

    # What became of it

    def show(self, pane: Pane, event: Event, *, by: str) -> None:
        """Something appears on a pane of the page."""
        self.truth.saw(pane, event.seq, by=by)
        pane.shown.append(event)
        self.changed()

    def delivered(self, server: Server, stream: str, events: Sequence[Event], count: int) -> None:
        """A server gave these events to its viewers: `count` deliveries in all."""
        traces = self._intake.traces
        traced = next((t for one in events if (t := traces.get((stream, one.seq)))), None) if traces else None
        token = current.set(traced)
        try:
            for id, source, words in (
                (server.id, BUS, f"{len(events)} of {stream}"),
                (VIEWERS, server.id, f"{count} deliveries"),
            ):
                node = self.gate(id)
                if node is not None and not node.down:
                    node.touch(words, "ok", source=source)
        finally:
            current.reset(token)
        self.deliveries.add(server, events, count)
