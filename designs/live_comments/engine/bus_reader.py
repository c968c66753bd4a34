"""What the log of the stream on screen has, read from the store in one look."""

from __future__ import annotations

from dataclasses import dataclass

from designs.live_comments.config import Config
from designs.live_comments.engine.bus import Bus
from designs.live_comments.engine.demo_users import DemoUsers
from designs.live_comments.engine.nodes import BUS
from sdlab.lab import EngineContext, Unavailable


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log as it was read: how many entries it has, and the positions of the first and the last (0: none)."""

    stream: str = ""
    entries: int = 0
    first: int = 0
    last: int = 0


class BusReader:
    """Asks the store beside the servers, for the panels."""

    def __init__(self, context: EngineContext[Config], bus: Bus, demo_users: DemoUsers) -> None:
        self._context, self._bus, self._demo_users = context, bus, demo_users
        self.look = context.look(self._read, StoredLog())

    async def _read(self) -> StoredLog:
        node = self._context.node(BUS)
        if node.down:
            raise Unavailable(f"{node.spec.label} is down")
        stream = self._demo_users.stream
        key = self._bus.log_key(stream)
        pipe = self._bus.redis.pipeline(transaction=True)
        pipe.xlen(key)
        pipe.xrange(key, count=1)
        pipe.xrevrange(key, count=1)
        entries, first, last = await pipe.execute()
        return StoredLog(stream, int(entries), _position(first), _position(last))


def _position(found: list[tuple[bytes, object]]) -> int:
    """The position that is the id of an entry."""
    return int(found[0][0].partition(b"-")[0]) if found else 0
