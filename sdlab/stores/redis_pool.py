"""Connections to Redis that are ready at once: what a call costs is the call.

redis-py's own pool looks before each command whether a connection has anything to be read, by a read that
it cancels in the next turn of the event loop, under a lock and a time limit. That costs more than the
command. What the loop has read of a connection is known without waiting; of one that dies in this very turn
the command itself is told, and is sent again on a new one, as it was before.
"""

from __future__ import annotations

from typing import Any

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import AbstractConnection


class ReadyPool(BlockingConnectionPool):
    """As redis-py's: a caller beyond the most connections waits for one, in order, `timeout` seconds."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._queue = 0

    async def get_connection(
        self, command_name: Any = None, *keys: Any, **options: Any
    ) -> AbstractConnection:
        """A connection that nobody else has and that has nothing to be read."""
        if self._queue or not self.can_get_connection():
            self._queue += 1
            try:
                return await super().get_connection()
            finally:
                self._queue -= 1
        connection = self.get_available_connection()
        try:
            if not quiet(connection):
                await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: AbstractConnection) -> None:
        """Give it back; whoever waits longest gets it."""
        if self._queue or connection.should_reconnect():
            await super().release(connection)
            return
        self._in_use_connections.remove(connection)
        self._available_connections.append(connection)


def quiet(connection: Any) -> bool:
    """Whether it is open, and nothing has come on it that nobody asked for."""
    reader, parser = connection._reader, getattr(connection._parser, "_reader", None)
    return (
        connection.is_connected
        and parser is not None  # of hiredis
        and not parser.has_data()
        and not reader._buffer
        and not reader._eof
        and reader.exception() is None
    )
