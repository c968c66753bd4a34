"""Commands for Redis packed by hiredis, as the synchronous client of redis-py has it: 4 to 8 times as fast as in Python."""

from __future__ import annotations

from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection


class Packing:
    """Put before a class of connections. What hiredis does not take is packed, or refused, as without it."""

    def pack_command(self, *args: Any) -> list[bytes]:
        """The command in Redis's protocol. `DataError` for a value that is no text, bytes or number."""
        try:
            name = args[0].encode() if isinstance(args[0], str) else args[0]
            words = tuple(name.split()) if b" " in name else (name,)
            return [hiredis.pack_command(words + args[1:])]
        except TypeError:
            packed: list[bytes] = super().pack_command(*args)  # type: ignore[misc]
            return packed


def packing(connection: type[AbstractConnection]) -> type[AbstractConnection]:
    """That class of connections, with commands packed by hiredis."""
    return type(f"Packing{connection.__name__}", (Packing, connection), {})
