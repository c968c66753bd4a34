"""The crowd: alerts of made-up people around the prices of all stocks. Nobody takes them back."""

from __future__ import annotations

import asyncio
from random import Random

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.alert_book import CHUNK, AlertBook, rows_of
from designs.stock_alerts.engine.consumers import Matching
from designs.stock_alerts.engine.ledger import Ledger
from designs.stock_alerts.engine.market import Market
from designs.stock_alerts.engine.stocks import STOCKS, moved
from designs.stock_alerts.engine.ticks import ArmedAlert
from sdlab.blocks.people import person
from sdlab.lab import EngineContext

PER_USER = 20
BREATH_S = 0.001
EVEN = 0.5
NEAREST, FARTHEST = 0.002, 0.22
KINDS = ("above", "below")


class Crowd:
    """As many alerts as the knob says, from the first traffic on."""

    def __init__(
        self,
        context: EngineContext[Config],
        market: Market,
        book: AlertBook,
        matching: Matching,
        ledger: Ledger,
    ) -> None:
        self._context, self._market, self._book = context, market, book
        self._matching, self._ledger = matching, ledger
        self._changing = asyncio.Lock()
        self.built = False
        self.size = 0

    async def open(self) -> None:
        """Know how many there are."""
        self.size = await self._book.crowd()
        self.built = self.size > 0

    async def ensure(self) -> None:
        """They are there when this returns."""
        if not self.built:
            await self.resize()

    async def resize(self) -> None:
        """As many as the knob says now."""
        async with self._changing:
            wanted = self._context.config.alerts
            if wanted > self.size:
                await self._grow(wanted - self.size)
            elif wanted < self.size:
                armed = await self._book.drop_crowd(self.size - wanted)
                for one in armed:
                    self._ledger.disarm(one)
                await self._matching.rebuild()
            self.size = wanted
            self.built = True

    async def _grow(self, count: int) -> None:
        first = self._book.new_ids(count)
        alerts = await asyncio.to_thread(self._made, first, count)
        for start in range(0, count, CHUNK):
            part = alerts[start : start + CHUNK]
            await self._book.insert(rows_of(part, kinds=KINDS, crowd=True))
            self._ledger.arm(part)
        await self._matching.rebuild()
        self._matching.spread(alerts)

    def _made(self, first: int, count: int) -> list[ArmedAlert]:
        chance, now = Random(f"{self._context.room.seed}:{first}"), self._context.clock.time()
        heads = [(one.seq, one.price) for one in self._market.quotes]
        people = [person(self._context.room.seed, n).handle for n in range(count // PER_USER + 1)]
        made = []
        for number in range(count):
            stock, above = chance.randrange(len(STOCKS)), chance.random() < EVEN
            share = NEAREST + (FARTHEST - NEAREST) * chance.random() ** 2
            seq, price = heads[stock]
            made.append(
                ArmedAlert(
                    first + number, 1, people[number // PER_USER], stock, above,
                    moved(price, share if above else -share), seq, now,
                )
            )  # fmt: skip
        return made

    async def arm(self) -> int:
        """All that have fired and are not met now are in force again; how many."""
        async with self._changing:
            heads = [(one.seq, one.price) for one in self._market.quotes]
            again = await self._book.arm_crowd(heads, now=self._context.clock.time())
            await self._enter(again)
            if len(again) > CHUNK:
                await self._matching.rebuild()
                self._matching.spread(again)
            else:
                self._matching.arm(again)
            return len(again)

    async def _enter(self, alerts: list[ArmedAlert]) -> None:
        """Into the ledger, a part at a time: others get their turn in between."""
        done = 0
        while done < len(alerts):
            self._ledger.arm(alerts[done : done + CHUNK])
            done += CHUNK
            await self._context.clock.sleep(BREATH_S)
