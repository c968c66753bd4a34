"""A server that holds connections: a map from stream to viewers, fed by the bus."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

from redis.exceptions import RedisError

from designs.live_comments.config import Config
from designs.live_comments.engine.bus import Reader
from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.dispatcher import Dispatcher
from designs.live_comments.engine.fan_out import FanOut
from designs.live_comments.engine.feeds import RING, Feed, ServerStats
from designs.live_comments.engine.replay import Replay
from designs.live_comments.engine.strategies import DISTRIBUTIONS
from designs.live_comments.engine.streams import STREAMS
from designs.live_comments.engine.viewers import UNKNOWN, BufferedViewer, Connection, Viewer, in_order
from sdlab.lab import EngineContext, Unavailable

AGAIN_AFTER = 0.1
BETWEEN_PORTIONS = 0.002
SUBSCRIBED_WITHIN = 2.0
DROPPED = "your buffer is full: you read slower than comments come"


class Server:
    """Reads what its viewers need and delivers it. `connections` counts those that are still catching up."""

    def __init__(  # noqa: PLR0917 - its siblings
        self,
        context: EngineContext[Config],
        id: str,
        reader: Reader,
        replay: Replay,
        dispatcher: Dispatcher,
        fan_out: FanOut,
    ) -> None:
        self.context = context
        self.id = id
        self.reader = reader
        self._replay, self._dispatcher, self._fan_out = replay, dispatcher, fan_out
        self.stats = ServerStats(id)
        self.feeds: dict[str, Feed] = {}
        self.viewers: dict[int, Viewer] = {}
        self.up = False
        self._done = 0
        self._tokens = itertools.count(1)
        self._task: asyncio.Task[None] | None = None

    @property
    def connections(self) -> int:
        """How many viewers it holds."""
        return len(self.viewers)

    # Life

    def start(self) -> None:
        """Read from now on."""
        self.up = True
        self._task = asyncio.create_task(self._run(), name=f"live-comments {self.id}")

    async def stop(self, farewell: str) -> list[Viewer]:
        """Break all connections; the viewers that it held."""
        self.up = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.reader.close()
        held = list(self.viewers.values())
        for viewer in held:
            viewer.disconnected(f"{self.id} ended", farewell=farewell, at=self.context.clock.time())
        for feed in self.feeds.values():
            feed.ready.set()
        self.feeds.clear()
        self.viewers.clear()
        return held

    async def _run(self) -> None:
        while True:
            try:
                events = await self.reader.read(self._channels(), self._positions)
                self._confirm()
                token = self.reader.token
                if events:
                    await self.take(events)
                self._done = token
            except (RedisError, Unavailable, OSError):
                await asyncio.sleep(AGAIN_AFTER)
            except Exception as error:
                self.context.crashed(self.id, error)
                await asyncio.sleep(AGAIN_AFTER)

    def _channels(self) -> set[str]:
        distribution = DISTRIBUTIONS[self.context.config.distribution]
        return distribution.channels(self.id, self.feeds, STREAMS)

    def _positions(self) -> dict[str, int]:
        return {feed.stream: feed.last for feed in self.feeds.values() if feed.last != UNKNOWN}

    def _confirm(self) -> None:
        """Channels keep nothing: a feed is ready once they are listened to. One with a log begins for itself."""
        if self._replay.possible:
            return
        listening = self.reader.channels
        for feed in self.feeds.values():
            if not feed.ready.is_set() and (
                feed.stream in listening or (listening and not listening & STREAMS.keys())
            ):
                feed.ready.set()

    async def settled(self) -> None:
        """Return when everything that was on the bus before has been delivered to the viewers here."""
        token = next(self._tokens)
        while self.up and not await self.reader.wake(token):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.001)
        while self.up and (self._lags() if self._replay.possible else self._done < token):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.001)

    def _lags(self) -> bool:
        return any(feed.last < self._replay.tail(feed.stream) for feed in self.feeds.values() if feed.watched)

    # Viewers

    async def feed(self, stream: str) -> Feed:
        """The feed of a stream; subscribes to it first. `Unavailable` when the server ends meanwhile."""
        feed = self.feeds.get(stream)
        if feed is None:
            feed = self.feeds[stream] = Feed(stream)
            if self._replay.possible:
                await self._begin(feed)
            self._dispatcher.report(self.id, self.feeds)
            await self.reader.wake()
        if not feed.ready.is_set():
            try:
                async with asyncio.timeout(SUBSCRIBED_WITHIN):
                    await feed.ready.wait()
            except TimeoutError:
                raise Unavailable(f"{self.id} could not subscribe to {stream}") from None
        if not self.up or self.feeds.get(stream) is not feed:
            raise Unavailable(f"{self.id} has just ended")
        return feed

    async def _begin(self, feed: Feed) -> None:
        """Begin at the end of the log; look again when the reader has begun, or gone on, behind that meanwhile."""
        try:
            while True:
                newest, last = await self._replay.newest(feed.stream, RING)
                if last >= max(feed.passed, self.reader.position(feed.stream)):
                    break
        except BaseException:
            if self.feeds.get(feed.stream) is feed:
                del self.feeds[feed.stream]
            raise
        else:
            feed.begin(newest, last)
        finally:
            feed.ready.set()  # others wait for the same feed: they go on, or find it gone

    def accept(self, viewer: Viewer) -> None:
        """Hold its connection."""
        viewer.server = self.id
        self.viewers[viewer.id] = viewer

    def release(self, viewer: Viewer) -> None:
        """A viewer is gone; nobody needs its stream here any more if it was the last one."""
        self.viewers.pop(viewer.id, None)
        feed = self.feeds.get(viewer.stream)
        if feed is not None:
            feed.remove(viewer)
            if not feed.watched and not any(one.stream == feed.stream for one in self.viewers.values()):
                del self.feeds[viewer.stream]
                self._dispatcher.report(self.id, self.feeds)
        viewer.server = ""

    # Events

    async def take(self, events: Sequence[Event]) -> None:
        """Events as they came from the bus, in the order of each stream."""
        runs: dict[str, list[Event]] = {}
        for event in events:
            feed = self.feeds.get(event.stream)
            self.stats.received += 1
            if feed is None:
                continue
            if not feed.watched and feed.last == UNKNOWN:
                feed.passed = max(feed.passed, event.seq)
                continue
            self.stats.useful += 1
            runs.setdefault(event.stream, []).append(event)
        for stream, run in runs.items():
            if (feed := self.feeds.get(stream)) is not None:
                await self._advance(feed, run)

    async def _advance(self, feed: Feed, run: Sequence[Event]) -> None:
        new = [event for event in run if event.seq > feed.last]
        if not new:
            return
        if not self._replay.possible or in_order(feed.last, new):
            await self._deliver(feed, new)
            return
        while feed.last < new[-1].seq:
            missing = await self._replay.after(feed.stream, feed.last)
            missing = [event for event in missing if event.seq > feed.last]
            if not missing:
                return  # the log and the store have no more yet; the next event asks again
            await self._deliver(feed, missing)

    async def _deliver(self, feed: Feed, events: Sequence[Event]) -> None:
        """To everybody; to real connections in portions, so that a burst is no slowness of theirs."""
        portion = len(events)
        if any(isinstance(one, Connection) for one in feed.individual.values()):
            portion = max(1, self.context.config.buffer // 2)
        for start in range(0, len(events), portion):
            if start:
                await asyncio.sleep(BETWEEN_PORTIONS)
            part = events[start : start + portion]
            for viewer in await self._fan_out.run(self.stats, feed, part, connections=self.connections):
                self._drop(viewer)

    def _drop(self, viewer: BufferedViewer) -> None:
        """End a connection whose buffer is full; its farewell says so, and it resumes from what it has."""
        self.stats.dropped += 1
        viewer.dropped += 1
        self.release(viewer)
        viewer.server = self.id
        now = self.context.clock.time()
        viewer.disconnected(f"{self.id} dropped it: its buffer was full", farewell=DROPPED, at=now)
