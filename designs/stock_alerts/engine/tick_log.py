"""The log of ticks: partitions, and how far each was read. Redis streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.market import Market
from designs.stock_alerts.engine.nodes import LOG
from designs.stock_alerts.engine.stocks import STOCKS
from designs.stock_alerts.engine.ticks import Tick
from sdlab.lab import EngineContext
from sdlab.parts.bell import Bell
from sdlab.parts.event_log import START, EventLog, NewEntry

PARTITIONS = 8
KEPT = 5_000  # of each partition
Known = dict[int, tuple[int, int]]  # of a stock: the number and the price of the tick that was taken last


@dataclass(frozen=True, slots=True)
class LoggedTick:
    """A tick, and where it lies."""

    partition: int
    position: str
    tick: Tick


def home_of(stock: int) -> int:
    """The partition of a stock, by its name.

    >>> home_of(0) == home_of(0)
    True
    """
    return crc32(STOCKS[stock].symbol.encode()) % PARTITIONS


class TickLog:
    """Appends ticks, reads them in order, and keeps with each checkpoint the prices that were known then."""

    def __init__(self, context: EngineContext[Config], market: Market) -> None:
        self._context, self._market = context, market
        self._redis = context.room.redis
        self.log = EventLog(self._redis, context.room.key("ticks"), partitions=PARTITIONS)
        self.checkpoint_key = context.room.key("checkpoint")
        self.known_key = context.room.key("known")
        self.bell = Bell()
        self._tails = dict.fromkeys(range(PARTITIONS), START)

    async def open(self) -> None:
        """A price that was never taken is the one that the market opened with."""
        self._tails = {partition: await self.log.tail(partition) for partition in range(PARTITIONS)}
        pipe = self._redis.pipeline(transaction=False)
        for quote in self._market.quotes:
            pipe.hsetnx(self.known_key, str(quote.stock.number), f"{quote.seq}:{quote.price}")
        await pipe.execute()

    async def append(self, ticks: Sequence[Tick], partitions: Sequence[int], *, source: str) -> list[str]:
        """Put them at the end of these partitions; their places, as `partition/position`."""
        entries = [
            NewEntry({"k": str(t.stock), "q": str(t.seq), "c": str(t.price), "t": repr(t.at)}, partition)
            for t, partition in zip(ticks, partitions, strict=True)
        ]

        async def work() -> list[str]:
            pipe = self._redis.pipeline(transaction=False)
            for one in ticks:
                self._market.keep(pipe, one)
            await pipe.execute()
            return await self.log.append(entries, kept=KEPT)

        positions = await self._context.node(LOG).call(f"append {len(ticks)}", work, source=source)
        self._tails |= dict(zip(partitions, positions, strict=True))
        return [f"{p}/{position}" for p, position in zip(partitions, positions, strict=True)]

    def ahead_of(self, places: Mapping[int, tuple[str, int]]) -> bool:
        """Whether anything was appended behind one of these places."""
        return any(self._tails[partition] != position for partition, (position, _) in places.items())

    async def checkpoints(self) -> dict[int, tuple[str, int]]:
        """How far each partition was read: the position, and how many entries that were."""
        stored = await self._redis.hgetall(self.checkpoint_key)
        found = {int(partition): one.partition("/") for partition, one in stored.items()}
        return {
            partition: (found[partition][0], int(found[partition][2])) if partition in found else (START, 0)
            for partition in range(PARTITIONS)
        }

    async def known(self, stocks: Sequence[int]) -> Known:
        """The newest price of each that any consumer has written down."""
        if not stocks:
            return {}
        stored = await self._redis.hmget(self.known_key, [str(one) for one in stocks])
        found: Known = {}
        for stock, one in zip(stocks, stored, strict=True):
            quote = self._market.quotes[stock]
            seq, _, price = one.partition(":") if one else ("0", "", str(quote.opened))
            found[stock] = (int(seq), int(price))
        return found

    async def write_known(self, known: Known) -> None:
        """For whoever takes the next tick of these stocks."""
        await self._redis.hset(self.known_key, mapping=_as_text(known))

    async def read(
        self, after: Mapping[int, tuple[str, int]], *, limit: int, source: str
    ) -> list[LoggedTick]:
        """Up to `limit` ticks of each of these partitions behind where they were read."""

        async def work() -> list[LoggedTick]:
            pipe = self._redis.pipeline(transaction=False)
            for partition, (position, _) in after.items():
                pipe.xrange(self.log.key_of(partition), f"({position}", "+", count=limit)
            answers = await pipe.execute()
            return [
                LoggedTick(partition, position, Tick(int(e["k"]), int(e["q"]), int(e["c"]), float(e["t"])))
                for partition, found in zip(after, answers, strict=True)
                for position, e in found
            ]

        return await self._context.node(LOG).call("read", work, source=source)

    async def checkpoint(self, places: Mapping[int, tuple[str, int]], known: Known) -> None:
        """All up to these places is dealt with, and these were the prices; in one step."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(self.checkpoint_key, mapping={str(p): f"{at}/{count}" for p, (at, count) in places.items()})
        if known:
            pipe.hset(self.known_key, mapping=_as_text(known))
        await pipe.execute()


def _as_text(known: Known) -> dict[str, str]:
    return {str(stock): f"{seq}:{price}" for stock, (seq, price) in known.items()}
