"""A server that holds connections: a map from stream to viewers, fed by the bus."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from designs.live_comments.bus import READERS, Reader
from designs.live_comments.comments import Event
from designs.live_comments.strategies import DISTRIBUTIONS
from designs.live_comments.streams import STREAMS
from designs.live_comments.viewers import UNKNOWN, Buffered, Connection, Pane, SlowReader, Viewer, in_order
from sdlab.lab import Unavailable

if TYPE_CHECKING:
    from designs.live_comments.hub import Hub

RING = 512
FILL = 500
AGAIN_AFTER = 0.1
BETWEEN_PORTIONS = 0.002
SUBSCRIBED_WITHIN = 2.0
DROPPED = "your buffer is full: you read slower than comments come"


class Feed:
    """One stream on one server: the place it has reached, the newest events, and who watches.

    `passed` is the newest event that came before the feed had a place.
    """

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.last = UNKNOWN
        self.passed = UNKNOWN
        self.ring: deque[Event] = deque(maxlen=RING)
        self.crowd: dict[int, Viewer] = {}
        self.buffered: dict[int, Buffered | Pane] = {}
        self.ready = asyncio.Event()

    @property
    def watched(self) -> int:
        """How many viewers."""
        return len(self.crowd) + len(self.buffered)

    def reaches(self, seen: int) -> bool:
        """Whether everything behind `seen` is at hand."""
        return seen >= self.last or (bool(self.ring) and self.ring[0].seq <= seen + 1)

    def since(self, seen: int) -> list[Event]:
        """What is at hand behind `seen`, oldest first."""
        missing = min(len(self.ring), max(0, self.last - seen))
        return [self.ring[place] for place in range(len(self.ring) - missing, len(self.ring))]

    def add(self, viewer: Viewer) -> None:
        """From now on this viewer is given what comes."""
        if isinstance(viewer, Buffered | Pane):
            self.buffered[viewer.id] = viewer
        else:
            self.crowd[viewer.id] = viewer

    def remove(self, viewer: Viewer) -> None:
        """It is given nothing any more."""
        self.crowd.pop(viewer.id, None)
        self.buffered.pop(viewer.id, None)


class Server:
    """Reads what its viewers need and gives it to them. `connections` counts those that are still catching up."""

    def __init__(self, id: str, hub: Hub) -> None:
        self.id = id
        self._hub = hub
        self.feeds: dict[str, Feed] = {}
        self.held: dict[int, Viewer] = {}
        self.received = 0
        self.useful = 0
        self.delivered = 0
        self.dropped = 0
        self.stalled_s = 0.0
        self.heard = 0
        self._tokens = itertools.count(1)
        self.reader: Reader = READERS[hub.config().transport](hub.bus, id)
        self._task: asyncio.Task[None] | None = None
        self.up = False

    @property
    def connections(self) -> int:
        """How many viewers it holds."""
        return len(self.held)

    # Life

    def start(self) -> None:
        """Read from now on."""
        self.up = True
        self._task = asyncio.create_task(self._run(), name=f"live-comments {self.id}")

    async def stop(self, reason: str) -> list[Viewer]:
        """Break all connections; the viewers that it held."""
        self.up = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.reader.close()
        held = list(self.held.values())
        for viewer in held:
            viewer.server, viewer.lost_at = "", f"{self.id} ended"
            if isinstance(viewer, Buffered):
                viewer.empty()
            if isinstance(viewer, Connection):
                viewer.close(reason)
        for feed in self.feeds.values():
            feed.ready.set()
        self.feeds.clear()
        self.held.clear()
        return held

    async def _run(self) -> None:
        while True:
            try:
                events = await self.reader.read(self._channels(), self._places)
                self._confirm()
                heard = self.reader.heard
                if events:
                    await self.take(events)
                self.heard = heard
            except (RedisError, Unavailable, OSError):
                await asyncio.sleep(AGAIN_AFTER)
            except Exception as error:
                self._hub.crashed(f"{self.id}", error)
                await asyncio.sleep(AGAIN_AFTER)

    def _channels(self) -> set[str]:
        distribution = DISTRIBUTIONS[self._hub.config().distribution]
        return distribution.channels(self.id, self.feeds, STREAMS)

    def _places(self) -> dict[str, int]:
        return {feed.stream: feed.last for feed in self.feeds.values() if feed.last != UNKNOWN}

    def _confirm(self) -> None:
        """Channels keep nothing: a feed is ready once they are listened to. One with a log begins for itself."""
        if self._hub.resumes:
            return
        listening = self.reader.channels
        for feed in self.feeds.values():
            if not feed.ready.is_set() and (
                feed.stream in listening or (listening and not listening & STREAMS.keys())
            ):
                feed.ready.set()

    async def settled(self) -> None:
        """Return when everything that was on the bus before has been given to the viewers here."""
        token = next(self._tokens)
        while self.up and not await self.reader.wake(token):  # noqa: ASYNC110 - the place is read, and nobody announces it
            await asyncio.sleep(0.001)
        while self.up and (self.heard < token if not self._hub.resumes else await self._lags()):  # noqa: ASYNC110 - the place is read, and nobody announces it
            await asyncio.sleep(0.001)

    async def _lags(self) -> bool:
        return any(
            [feed.last < await self._hub.tail(feed.stream) for feed in self.feeds.values() if feed.watched]
        )

    # Viewers

    async def feed(self, stream: str) -> Feed:
        """The feed of a stream; subscribes to it first. `Unavailable` when the server ends meanwhile."""
        feed = self.feeds.get(stream)
        if feed is None:
            feed = self.feeds[stream] = Feed(stream)
            if self._hub.resumes:
                await self._begin(feed)
            self._hub.watching(self)
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
        """Stand at the end of the log; look again when the reader has passed by something meanwhile."""
        try:
            while True:
                newest = await self._hub.bus.newest(feed.stream, RING)
                last = newest[-1].seq if newest else await self._hub.tail(feed.stream)
                if last >= feed.passed:
                    break
        except BaseException:
            if self.feeds.get(feed.stream) is feed:
                del self.feeds[feed.stream]
            raise
        else:
            feed.ring.extend(newest)
            feed.last = last
        finally:
            feed.ready.set()  # others wait for the same feed: they go on, or find it gone

    def hold(self, viewer: Viewer) -> None:
        """Accept a connection."""
        viewer.server = self.id
        self.held[viewer.id] = viewer

    def let_go(self, viewer: Viewer) -> None:
        """A viewer is gone; nobody needs its stream here any more if it was the last one."""
        self.held.pop(viewer.id, None)
        feed = self.feeds.get(viewer.stream)
        if feed is not None:
            feed.remove(viewer)
            if not feed.watched and not any(one.stream == feed.stream for one in self.held.values()):
                del self.feeds[viewer.stream]
                self._hub.watching(self)
        viewer.server = ""

    # Events

    async def take(self, events: Sequence[Event]) -> None:
        """Events as they came from the bus, in the order of each stream."""
        runs: dict[str, list[Event]] = {}
        for event in events:
            feed = self.feeds.get(event.stream)
            self.received += 1
            if feed is None:
                continue
            if not feed.watched and feed.last == UNKNOWN:
                feed.passed = max(feed.passed, event.seq)
                continue
            self.useful += 1
            runs.setdefault(event.stream, []).append(event)
        for stream, run in runs.items():
            if (feed := self.feeds.get(stream)) is not None:
                await self._advance(feed, run)

    async def _advance(self, feed: Feed, run: Sequence[Event]) -> None:
        new = [event for event in run if event.seq > feed.last]
        if not new:
            return
        if self._hub.resumes and not in_order(feed.last, new):
            while feed.last < new[-1].seq:
                missing = await self._hub.after(feed.stream, feed.last, limit=FILL)
                missing = [event for event in missing if event.seq > feed.last]
                if not missing:
                    return  # the log and the store have no more yet; the next event asks again
                await self._fan_out(feed, missing)
            return
        await self._fan_out(feed, new)

    async def _fan_out(self, feed: Feed, events: Sequence[Event]) -> None:
        """Give events to everybody; to real connections in portions, so that a burst is no slowness of theirs."""
        portion = len(events)
        if any(isinstance(one, Connection) for one in feed.buffered.values()):
            portion = max(1, self._hub.config().buffer // 2)
        for start in range(0, len(events), portion):
            if start:
                await asyncio.sleep(BETWEEN_PORTIONS)
            await self._fan_out_now(feed, events[start : start + portion])

    async def _fan_out_now(self, feed: Feed, events: Sequence[Event]) -> None:
        if self._hub.waits:
            await self._make_room(feed, len(events))
        events = [event for event in events if event.seq > feed.last]
        if not events:
            return
        feed.ring.extend(events)
        before, feed.last = feed.last, events[-1].seq
        count = self._to_crowd(feed, before, events) + self._to_buffers(feed, events)
        self._hub.delivered(self, feed.stream, events, count)

    def _to_crowd(self, feed: Feed, before: int, events: Sequence[Event]) -> int:
        last, plain = events[-1].seq, in_order(before, events)
        odd = []
        for viewer in feed.crowd.values():
            if viewer.seen == before and plain:
                viewer.seen = last
            else:
                odd.append(viewer)
        even = len(feed.crowd) - len(odd)
        self._hub.truth.saw_all(even * len(events))
        count = even * len(events)
        for viewer in odd:
            for event in events:
                if event.seq > viewer.seen:
                    self._hub.truth.saw(viewer, event.seq, by=self.id)
                    count += 1
        return count

    def _to_buffers(self, feed: Feed, events: Sequence[Event]) -> int:
        count = 0
        for viewer in list(feed.buffered.values()):
            for event in events:
                if isinstance(viewer, Pane):
                    if event.seq > viewer.seen:
                        count += 1
                        self._hub.show(viewer, event, by=self.id)
                elif event.seq <= viewer.seen:
                    continue
                elif viewer.push(event):
                    count += 1
                    self._hub.truth.buffered(viewer)
                else:
                    self._drop(viewer)
                    break
        return count

    def _drop(self, viewer: Buffered) -> None:
        """End a connection whose buffer is full; it is told so, and where to go on."""
        self.dropped += 1
        viewer.dropped += 1
        viewer.empty()
        viewer.lost_at = f"{self.id} dropped it: its buffer was full"
        if isinstance(viewer, Connection):
            viewer.close(DROPPED)
        self.let_go(viewer)
        self._hub.was_dropped(viewer)

    async def _make_room(self, feed: Feed, needed: int) -> None:
        """Wait for everyone whose buffer has no room: what no server should do."""
        for viewer in list(feed.buffered.values()):
            if not isinstance(viewer, Buffered):
                continue
            began = self._hub.now()
            while (
                viewer.id in feed.buffered and len(viewer.waiting) + min(needed, viewer.limit) > viewer.limit
            ):
                viewer.room.clear()
                await viewer.room.wait()
            seconds = self._hub.now() - began
            self.stalled_s += seconds
            self._hub.truth.waited(self.id, viewer, seconds, self.connections - 1)


def catch_up(viewer: Viewer, events: Sequence[Event], hub: Hub, *, by: str) -> int:
    """Give a viewer that reads at once what it missed; how many comments that were."""
    count = 0
    for event in events:
        if event.seq <= viewer.seen:
            continue
        count += 1
        if isinstance(viewer, Pane):
            hub.show(viewer, event, by=by)
        elif isinstance(viewer, SlowReader | Connection):
            raise TypeError("a viewer with a buffer reads what it missed at its own pace")
        else:
            hub.truth.saw(viewer, event.seq, by=by)
    return count
