"""Connections to a Redis server, handed out for little."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import ConnectionPool
from redis.exceptions import ConnectionError as Unreachable


class QuickPool(ConnectionPool):
    """As `BlockingConnectionPool`: callers beyond `max_connections` wait, at most `timeout` seconds, in order.

    A connection that is open is handed out as it is, without a look at whether the server still holds
    its end: the first word over one that is not fails, and the client opens it anew and asks again.
    That look, a lock and two timers took a quarter of a short command.
    """

    def __init__(self, *, max_connections: int = 50, timeout: float = 20.0, **options: Any) -> None:
        super().__init__(max_connections=max_connections, **options)
        self._timeout = timeout
        self._free = asyncio.Semaphore(max_connections)

    async def get_connection(self, *_: Any, **__: Any) -> Any:
        """An open connection, which nobody else uses until it is released. `ConnectionError` for none in time."""
        if self._free.locked():
            try:
                async with asyncio.timeout(self._timeout):
                    await self._free.acquire()
            except TimeoutError:
                raise Unreachable("No connection available.") from None
        else:
            await self._free.acquire()
        connection = self.get_available_connection()
        try:
            if not connection.is_connected:
                await connection.connect()
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: Any) -> None:
        """Nobody uses it any more."""
        self._in_use_connections.remove(connection)
        self._available_connections.append(connection)
        self._free.release()
