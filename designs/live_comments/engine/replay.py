"""Where a stream ends, and what follows a position in it: from the log, else from the history."""

from __future__ import annotations

from contextlib import suppress

from redis.exceptions import RedisError

from designs.live_comments.config import Config
from designs.live_comments.engine.bus import Bus
from designs.live_comments.engine.comment_writer import CommentWriter
from designs.live_comments.engine.comments import CommentStore, Event, event_of
from designs.live_comments.engine.nodes import BUS, STORE
from designs.live_comments.engine.strategies import TRANSPORTS
from sdlab.lab import EngineContext, Unavailable

FILL = 500


class Replay:
    """Reads for viewers that resume, at most `FILL` comments at a time."""

    def __init__(
        self, context: EngineContext[Config], bus: Bus, store: CommentStore, writer: CommentWriter
    ) -> None:
        self.context = context
        self._bus, self._store, self._writer = bus, store, writer
        self.log_reads = 0
        self.store_reads = 0

    @property
    def possible(self) -> bool:
        """Whether a viewer can go on where it stopped."""
        return TRANSPORTS[self.context.config.transport].resumes

    def tail(self, stream: str) -> int:
        """The position of the newest comment."""
        return self._writer.tails[stream]

    async def newest(self, stream: str, count: int) -> tuple[list[Event], int]:
        """The newest events of the log, oldest first, and the position where they end."""
        found = await self._bus.newest(stream, count)
        return found, found[-1].seq if found else self.tail(stream)

    async def after(self, stream: str, seq: int, *, limit: int = FILL) -> list[Event]:
        """What follows a position without a hole: from the log while it reaches back so far, else from the store."""
        with suppress(Unavailable, RedisError, OSError):
            self.log_reads += 1
            found = await self.context.node(BUS).call(
                "XRANGE", lambda: self._bus.after(stream, seq, limit=limit), source="service"
            )
            if found:
                return found
        self.store_reads += 1
        return await self.stored(stream, seq, limit=limit)

    async def logged(self, stream: str, seq: int) -> list[Event]:
        """What follows a position in the log alone."""
        return await self._bus.after(stream, seq, limit=FILL)

    async def stored(self, stream: str, seq: int, *, limit: int = FILL) -> list[Event]:
        """What follows a position, from the history. `Unavailable` without a store."""
        comments = await self.context.node(STORE).call(
            "SELECT after", lambda: self._store.after(stream, seq, limit=limit), source="service"
        )
        return [event_of(comment) for comment in comments]
