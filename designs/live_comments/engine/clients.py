"""Real connections: what one of them is sent, from where it stopped until it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from designs.live_comments.config import Config
from designs.live_comments.engine.claims import ClaimChecker
from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.connections import ConnectionManager
from designs.live_comments.engine.deliveries import Deliveries
from designs.live_comments.engine.demo_users import DemoUsers
from designs.live_comments.engine.feeds import Feed
from designs.live_comments.engine.replay import Replay
from designs.live_comments.engine.viewers import Connection, WireFormat, in_order
from designs.live_comments.engine.written import WireMeter
from sdlab.lab import EngineContext


class Clients:
    """Programs and browsers that hold a connection to one of the servers."""

    def __init__(  # noqa: PLR0917 - its siblings
        self,
        context: EngineContext[Config],
        connections: ConnectionManager,
        replay: Replay,
        deliveries: Deliveries,
        demo_users: DemoUsers,
        checker: ClaimChecker,
    ) -> None:
        self.context = context
        self._connections, self._replay, self._checker = connections, replay, checker
        self._deliveries, self._demo_users = deliveries, demo_users

    async def listen(
        self,
        stream: str,
        wire: WireFormat,
        *,
        after: int | None,
        meter: WireMeter | None = None,
        demo_user: int | None = None,
    ) -> AsyncIterator[bytes]:
        """Bytes for one connection: what it missed behind `after`, then what comes, until it or its server ends.

        `Unavailable` when no server has room; `wire.reset` goes first when `after` is not reached yet.
        Whoever writes to the peer tells `meter` how much. `demo_user` is whose screen it is.
        """
        id, limit = self._connections.new_id(), self.context.config.buffer
        meter = meter or self._deliveries.wire.open(wire.kind)
        connection = Connection(id, stream, wire=wire, limit=limit, meter=meter)
        server = self._connections.pool.route(stream)
        server.accept(connection)
        self._connections.add(connection)
        try:
            if demo_user is not None:
                self._demo_users.screen_opened(demo_user, connection)
                yield wire.greeting(server.id)
            feed = await server.feed(stream)
            connection.seen = feed.last if after is None or not self._replay.possible else after
            if after is not None and after > self._replay.tail(stream):
                connection.seen = feed.last
                yield wire.reset
            async for events in self._missed(connection, feed):
                yield self._written(connection, events)
            while waiting := await connection.waiting.batch():
                if events := connection.new(waiting):
                    self._deliveries.read(events, by=connection.kind)
                    yield self._written(connection, events)
            yield wire.farewell(connection.waiting.ended)
        finally:
            self._connections.remove(connection)
            if demo_user is not None:
                self._demo_users.screen_closed(demo_user, connection)

    async def _missed(self, connection: Connection, feed: Feed) -> AsyncIterator[Sequence[Event]]:
        """What it has missed; before the last of that is written it is among those who get what comes."""
        while not feed.reaches(connection.seen) and not connection.waiting.ended:
            events = await self._replay.after(connection.stream, connection.seen)
            if not events:
                break
            self._deliveries.read(events, by=connection.kind, late=True)
            yield events
        events = feed.since(connection.seen)
        if not connection.waiting.ended:
            feed.add(connection)
        if events:
            self._deliveries.read(events, by=connection.kind, late=True)
            yield events

    def _written(self, connection: Connection, events: Sequence[Event]) -> bytes:
        if in_order(connection.seen, events):
            self._checker.delivered_in_order(len(events))
            connection.seen = events[-1].seq
        else:
            for event in events:
                self._checker.delivered(connection, event, by=connection.server)
        if (server := self._connections.pool.servers.get(connection.server)) is not None:
            server.stats.delivered += len(events)
        connection.meter.delivered(len(events))
        return b"".join(map(connection.wire.frame, events))
