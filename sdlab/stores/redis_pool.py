"""Connections to Redis that are ready at once, and pack quickly: what a call costs is the call.

redis-py's own pool looks before each command whether a connection has anything to be read, by a read that
it cancels in the next turn of the event loop, under a lock and a time limit. That costs more than the
command. What the loop has read of a connection is known without waiting; of one that dies in this very turn
the command itself is told, and is sent again on a new one, as it was before.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import hiredis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import AbstractConnection, Connection

PLAIN = frozenset({str, bytes, int, float})  # of other types redis-py says whether it sends them


class PacksQuickly:
    """Of a connection: hiredis writes the commands, as it reads the answers."""

    def pack_command(self, *args: Any) -> list[bytes]:
        """One command as it travels."""
        if PLAIN.issuperset(map(type, args)) and " " not in args[0]:
            return [hiredis.pack_command(args)]
        packed: list[bytes] = super().pack_command(*args)  # type: ignore[misc]
        return packed

    def pack_commands(self, commands: Iterable[Iterable[Any]]) -> list[bytes]:
        """Many, together."""
        return [b"".join(part for one in commands for part in self.pack_command(*one))]


@cache
def quick(kind: type) -> type:
    """That class of connections, packing quickly."""
    return type(kind.__name__, (PacksQuickly, kind), {})


class ReadyPool(BlockingConnectionPool):
    """As redis-py's: a caller beyond the most connections waits for one, in order, `timeout` seconds."""

    def __init__(self, *, connection_class: type = Connection, **options: Any) -> None:
        super().__init__(connection_class=quick(connection_class), **options)
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
