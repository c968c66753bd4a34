"""What is stored of the stream on screen: its log and its rows, each read in one look."""

from __future__ import annotations

from dataclasses import dataclass

from designs.live_comments.config import Config
from designs.live_comments.engine.bus import Bus
from designs.live_comments.engine.comments import CommentStore
from designs.live_comments.engine.demo_users import DemoUsers
from designs.live_comments.engine.nodes import BUS, STORE
from sdlab.lab import EngineContext, Unavailable
from sdlab.parts.event_log import order_of


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log as it was read: how many entries it has, and the positions of the first and the last (0: none)."""

    stream: str = ""
    entries: int = 0
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The rows of a stream as they were read: how many there are, and how many of them are hidden."""

    stream: str = ""
    rows: int = 0
    hidden: int = 0


class StoreReader:
    """Asks the stores beside the servers, for the panels."""

    def __init__(
        self, context: EngineContext[Config], bus: Bus, store: CommentStore, demo_users: DemoUsers
    ) -> None:
        self._context, self._bus, self._store, self._demo_users = context, bus, store, demo_users
        self.log = context.look(self._read_log, StoredLog())
        self.rows = context.look(self._read_rows, StoredRows())

    async def _read_log(self) -> StoredLog:
        self._answers(BUS)
        stream = self._demo_users.stream
        key = self._bus.log.key_of(stream)
        pipe = self._bus.redis.pipeline(transaction=True)
        pipe.xlen(key)
        pipe.xrange(key, count=1)
        pipe.xrevrange(key, count=1)
        entries, first, last = await pipe.execute()
        return StoredLog(stream, int(entries), _position(first), _position(last))

    async def _read_rows(self) -> StoredRows:
        self._answers(STORE)
        stream = self._demo_users.stream
        return StoredRows(stream, *await self._store.count(stream))

    def _answers(self, id: str) -> None:
        if (node := self._context.node(id)).down:
            raise Unavailable(f"{node.spec.label} is down")


def _position(found: list[tuple[str, object]]) -> int:
    """The position that is the id of an entry."""
    return order_of(found[0][0])[0] if found else 0
