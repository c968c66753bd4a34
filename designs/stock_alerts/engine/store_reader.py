"""What panels show of the stores, read in one look at each."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.alert_book import AlertBook, StoredAlert
from designs.stock_alerts.engine.firing_queue import FiringQueue
from designs.stock_alerts.engine.inbox import Inbox, Notification
from designs.stock_alerts.engine.market import Market
from designs.stock_alerts.engine.models import ARMED
from designs.stock_alerts.engine.tick_log import PARTITIONS, TickLog
from sdlab.lab import EngineContext
from sdlab.lab.actor import VISITOR
from sdlab.parts.event_log import START

SHOWN_KEYS = 8
SHOWN_USERS = 8
MINE = 24
NOTES = 6
NEWEST = 3


@dataclass(frozen=True, slots=True)
class PartitionLook:
    """A partition: entries it keeps, all that were ever added, how many were read, and the newest stocks in it."""

    kept: int = 0
    added: int = 0
    read: int = 0
    newest: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyLook:
    """The dedupe key of a notification, and the seconds that it has left; none where there is no key."""

    key: str
    user: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class RedisLook:
    """What is in Redis now."""

    partitions: tuple[PartitionLook, ...] = (PartitionLook(),) * PARTITIONS
    messages: int = 0
    inbox: int = 0
    keys: tuple[KeyLook, ...] = ()
    days: tuple[tuple[str, int], ...] = ()
    mine: tuple[Notification, ...] = ()


@dataclass(frozen=True, slots=True)
class RowsLook:
    """What is in the table of alerts now; the newest alerts of the visitor, and how many of all are in force."""

    armed: int = 0
    fired: int = 0
    stock: int = 0
    price: int = 0
    around: tuple[tuple[bool, int, int, int], ...] = ()
    mine: tuple[StoredAlert, ...] = ()
    in_force: int = 0


class StoreReader:
    """Asks both stores, for the panels and the product."""

    def __init__(
        self,
        context: EngineContext[Config],
        market: Market,
        book: AlertBook,
        *,
        log: TickLog,
        queue: FiringQueue,
        inbox: Inbox,
    ) -> None:
        self._room = context.room
        self._market, self._book, self._log, self._queue, self._inbox = market, book, log, queue, inbox
        self._places: list[str] = []
        self._told: tuple[Notification, ...] = ()
        self.redis = context.look(self._read_redis, RedisLook())
        self.rows = context.look(self._read_rows, RowsLook())

    async def _read_redis(self) -> RedisLook:
        told = [one for _, one in zip(range(SHOWN_KEYS), reversed(self._inbox.recent), strict=False)]
        users = [one for _, one in zip(range(SHOWN_USERS), reversed(self._inbox.today), strict=False)]
        pipe = self._room.redis.pipeline(transaction=False)
        for partition in range(PARTITIONS):
            key = self._log.log.key_of(partition)
            pipe.xlen(key)
            pipe.xrevrange(key, count=NEWEST)
        pipe.hgetall(self._log.checkpoint_key)
        pipe.xlen(self._queue.log.key_of())
        pipe.xlen(self._inbox.key)
        pipe.lrange(self._inbox.own_key(VISITOR.name), 0, NOTES - 1)
        for one in told:
            pipe.pttl(self._room.key("sent", *one.key))
        for user in users:
            pipe.get(self._inbox.day_key(user))
        for partition in range(PARTITIONS):
            pipe.execute_command("XINFO", "STREAM", self._log.log.key_of(partition))
        answers = await pipe.execute(raise_on_error=False)
        streams, rest = answers[: 2 * PARTITIONS], answers[2 * PARTITIONS :]
        read = {int(p): int(one.partition("/")[2]) for p, one in rest[0].items()}
        ttls, rest = rest[4 : 4 + len(told)], [*rest[:4], *rest[4 + len(told) :]]
        counts, infos = rest[4 : 4 + len(users)], rest[4 + len(users) :]
        return RedisLook(
            partitions=tuple(
                PartitionLook(
                    streams[2 * p],
                    _added(infos[p]),
                    read.get(p, 0),
                    tuple(int(fields["k"]) for _, fields in streams[2 * p + 1]),
                )
                for p in range(PARTITIONS)
            ),
            messages=rest[1],
            inbox=rest[2],
            keys=tuple(
                KeyLook(f"{one.alert}:{one.arming}", one.user, ttl / 1000 if ttl >= 0 else None)
                for one, ttl in zip(told, ttls, strict=True)
            ),
            days=tuple((user, int(count or 0)) for user, count in zip(users, counts, strict=True)),
            mine=await self._mine(rest[3]),
        )

    async def _mine(self, places: list[str]) -> tuple[Notification, ...]:
        """What the visitor was told, at these places of the inbox; entries never change, so that none is read twice."""
        if places != self._places:
            self._told = tuple(one for _, one in await self._inbox.at(places))
            self._places = places
        return self._told

    async def _read_rows(self) -> RowsLook:
        quote = self._market.quotes[self._market.focus]
        stock, price = quote.stock.number, quote.price

        def work(connection: Connection) -> tuple[dict[str, int], list[tuple[bool, int, int, int]]]:
            return self._book.counts(connection), self._book.around(connection, stock, price)

        counts, around = await self._room.sql.read(work)
        mine = await self._book.of(VISITOR.name, limit=MINE)
        in_force = sum(one.status == ARMED for one in mine)
        if len(mine) == MINE:  # there may be more of them
            in_force = await self._book.count_of(VISITOR.name)
        return RowsLook(
            counts.get("armed", 0), counts.get("fired", 0), stock, price, tuple(around), tuple(mine), in_force
        )


def _added(info: object) -> int:
    """How many entries a stream ever had; of one that is not there, none."""
    if isinstance(info, Exception) or not info:
        return 0
    pairs = info if isinstance(info, dict) else dict(zip(info[::2], info[1::2], strict=True))  # type: ignore[index]
    named = {(one.decode() if isinstance(one, bytes) else one): value for one, value in pairs.items()}
    return int(named.get("entries-added", 0))


__all__ = ["START", "KeyLook", "PartitionLook", "RedisLook", "RowsLook", "StoreReader"]
