"""The servers of a room: which of them are up, and which one a viewer is sent to."""

from __future__ import annotations

from contextlib import suppress

from redis.exceptions import RedisError

from designs.live_comments.config import Config
from designs.live_comments.engine.bus import READERS, Bus
from designs.live_comments.engine.deliveries import Deliveries
from designs.live_comments.engine.dispatcher import Dispatcher
from designs.live_comments.engine.fan_out import FanOut
from designs.live_comments.engine.nodes import server_ids
from designs.live_comments.engine.replay import Replay
from designs.live_comments.engine.servers import Server
from designs.live_comments.engine.strategies import ROUTINGS
from designs.live_comments.engine.viewers import Viewer
from sdlab.lab import EngineContext, Unavailable


class ServerPool:
    """Starts, ends and finds servers."""

    def __init__(  # noqa: PLR0917 - its siblings
        self,
        context: EngineContext[Config],
        bus: Bus,
        replay: Replay,
        dispatcher: Dispatcher,
        deliveries: Deliveries,
        fan_out: FanOut,
    ) -> None:
        self.context = context
        self._bus, self._replay, self._dispatcher = bus, replay, dispatcher
        self._deliveries, self._fan_out = deliveries, fan_out
        self._rng = context.room.rng("routing")
        self.servers: dict[str, Server] = {}

    def start(self) -> None:
        """All servers read."""
        for id in server_ids(self.context.config):
            self._start(id)

    def _start(self, id: str) -> None:
        reader = READERS[self.context.config.transport](self._bus, id)
        server = Server(self.context, id, reader, self._replay, self._dispatcher, self._fan_out)
        self.servers[id] = server
        node = self.context.nodes.get(id)
        if node is not None and not node.down:
            server.start()
            self._dispatcher.report(id, server.feeds)

    async def stop(self) -> None:
        """All connections end."""
        for server in list(self.servers.values()):
            await server.stop("the lab was closed")
        self.servers.clear()

    async def restart(self) -> None:
        """The answers have changed: all servers begin anew, without viewers."""
        await self.stop()
        self._dispatcher.table.clear()
        self.start()

    async def end(self, id: str) -> list[Viewer]:
        """A server ends and its connections break; the viewers that it held."""
        server = self.servers[id]
        return await server.stop(f"{id} ended") if server.up else []

    def revive(self, id: str) -> None:
        """A server that ended is started again, empty."""
        if id in self.servers and not self.servers[id].up:
            self._start(id)

    def route(self, stream: str) -> Server:
        """Where a viewer of that stream is sent. `Unavailable` when no server has room."""
        config = self.context.config
        free = [one for one in self.servers.values() if one.up and one.connections < config.capacity]
        if not free:
            self._deliveries.counters.no_room += 1
            raise Unavailable("no server has room for one more connection", retry_after=1)
        return ROUTINGS[config.routing].choose(stream, free, self._rng, self.context.decide)

    def release(self, viewer: Viewer) -> None:
        """A viewer leaves the server that holds it, if one does."""
        if viewer.server and (server := self.servers.get(viewer.server)):
            server.release(viewer)

    async def report(self) -> None:
        """Every server tells the dispatcher what it needs, and asks the log for what it was not sent."""
        if not self._dispatcher.used:
            return
        for server in list(self.servers.values()):
            if server.up:
                self._dispatcher.report(server.id, server.feeds)
                await self._sweep(server)

    async def _sweep(self, server: Server) -> None:
        if not self._replay.possible:
            return
        for feed in list(server.feeds.values()):
            if feed.last < self._replay.tail(feed.stream):
                with suppress(Unavailable, RedisError):
                    await server.take(await self._replay.logged(feed.stream, feed.last))
