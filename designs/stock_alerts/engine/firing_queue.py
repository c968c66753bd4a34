"""What was found waits here for the notifier: a log with one reader, who says how far it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import orjson

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.nodes import QUEUE
from designs.stock_alerts.engine.ticks import ArmedAlert, Hit, Tick
from sdlab.lab import EngineContext
from sdlab.parts.bell import Bell
from sdlab.parts.event_log import START, EventLog, NewEntry, order_of

PER_MESSAGE = 100


@dataclass(frozen=True, slots=True)
class Message:
    """Alerts that one tick has crossed."""

    id: str
    hits: tuple[Hit, ...]


class FiringQueue:
    """Messages in order. What was acknowledged is gone; what was not is read again."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._redis = context.room.redis
        self.log = EventLog(self._redis, context.room.key("queue"))
        self.position_key = context.room.key("queue-done")
        self.bell = Bell()
        self.tail = START

    async def open(self) -> None:
        """Know where it ends."""
        self.tail = await self.log.tail()

    async def put(self, hits: Sequence[Hit], *, source: str) -> None:
        """One message per tick and `PER_MESSAGE` alerts. `Unavailable` while the queue does not answer."""
        entries = [
            NewEntry(
                {"tick": _tick(tick), "alerts": orjson.dumps([tuple(one.alert) for one in part]).decode()}
            )
            for tick, of_tick in groupby(hits, key=lambda one: one.tick)
            for part in _parts(list(of_tick))
        ]
        positions = await self._context.node(QUEUE).call(
            f"put {len(hits)}", lambda: self.log.append(entries), source=source
        )
        self.tail = positions[-1]
        self.bell.ring()

    async def position(self) -> str:
        """How far the notifier is done."""
        return await self._redis.get(self.position_key) or START

    async def read(self, after: str, *, limit: int, source: str) -> list[Message]:
        """The next messages behind a position."""
        found = await self._context.node(QUEUE).call(
            "read", lambda: self.log.read(after=after, limit=limit), source=source
        )
        return [Message(one.id, hits_of(one.fields["tick"], one.fields["alerts"])) for one in found]

    async def acknowledge(self, position: str, *, source: str) -> None:
        """All up to there is done: it is never read again."""
        milliseconds, sequence = order_of(position)

        async def work() -> None:
            pipe = self._redis.pipeline(transaction=True)
            pipe.set(self.position_key, position)
            await self.log.trim(f"{milliseconds}-{sequence + 1}", within=pipe)
            await pipe.execute()

        await self._context.node(QUEUE).call("acknowledge", work, source=source)


def _parts(hits: list[Hit]) -> list[list[Hit]]:
    return [hits[start : start + PER_MESSAGE] for start in range(0, len(hits), PER_MESSAGE)]


def _tick(tick: Tick) -> str:
    return orjson.dumps([tick.stock, tick.seq, tick.price, tick.at]).decode()


def hits_of(tick: str, alerts: str) -> tuple[Hit, ...]:
    """The hits of a message, as they were put."""
    by = Tick(*orjson.loads(tick))
    return tuple(Hit(ArmedAlert(*one), by) for one in orjson.loads(alerts))
