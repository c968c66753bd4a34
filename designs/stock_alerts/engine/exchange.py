"""The price feed's side: ticks come in, some of them late or twice, and a poller may ask instead."""

from __future__ import annotations

from collections.abc import Sequence

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.counters import Counters
from designs.stock_alerts.engine.ledger import Ledger
from designs.stock_alerts.engine.market import Market
from designs.stock_alerts.engine.nodes import DOUBLE, EXCHANGE, LATE, POLLER
from designs.stock_alerts.engine.strategies.feeds import FEEDS
from designs.stock_alerts.engine.strategies.ordering import ORDERS
from designs.stock_alerts.engine.tick_log import TickLog
from designs.stock_alerts.engine.ticks import Tick
from designs.stock_alerts.engine.worker import UNREACHABLE, Worker
from sdlab.lab import EngineContext, amount

LATEST_S = 0.6
LATE_KEPT = 500
LOOK_S = 0.05


class Exchange:
    """What the market says goes to the log by the feed in force, and is entered into market and ledger as it comes in."""

    def __init__(
        self,
        context: EngineContext[Config],
        market: Market,
        log: TickLog,
        ledger: Ledger,
        counters: Counters,
    ) -> None:
        self._context, self._market, self._log = context, market, log
        self._ledger, self._counters = ledger, counters
        self._turn = 0
        self._late: list[tuple[float, Tick]] = []

    def share(self, kind: str) -> float:
        """By chance so often, as the fault says; 0 without it."""
        faults = {one.kind: one.value for one in self._context.node(EXCHANGE).faults()}
        return faults.get(kind, 0.0) / 100

    async def take(self, prices: Sequence[tuple[int, int, int | None]]) -> list[str]:
        """Stock, price, and the tick's number where it bears one. Their places in the log; fewer, where some are late."""
        self._context.node(EXCHANGE).touch(f"{len(prices)} ticks", "ok", source="visitor")
        now, late, double = self._context.clock.time(), self.share(LATE.kind), self.share(DOUBLE.kind)
        arriving: list[Tick] = []
        for stock, price, seq in prices:
            if seq is None:
                seq = self._market.reserve(stock)
            else:
                self._market.claims(stock, seq)
            tick = Tick(stock, seq, price, now)
            if late and self._context.rng.random() < late and len(self._late) < LATE_KEPT:
                self._counters.late += 1
                self._late.append((now + self._context.rng.uniform(0.1, LATEST_S), tick))
                continue
            arriving.append(tick)
            if double and self._context.rng.random() < double:
                self._counters.duplicates += 1
                arriving.append(tick)
        return await self._arrive(arriving)

    async def flush(self) -> None:
        """Late ticks whose time has come; they bear the time at which they come in."""
        now = self._context.clock.time()
        due = [one for one in self._late if one[0] <= now]
        if not due:
            return
        self._late = [one for one in self._late if one[0] > now]
        try:
            await self._arrive([Tick(tick.stock, tick.seq, tick.price, now) for _, tick in due])
        except UNREACHABLE:
            self._late += due

    async def _arrive(self, ticks: Sequence[Tick]) -> list[str]:
        if not ticks:
            self._context.decide("all of them are on their way: the feed is late")
            return []
        self._turn += len(ticks)
        feed = FEEDS[self._context.config.feed]
        places = await feed.take(self._context, ticks, self._log, self._turn)
        for tick in ticks:
            self._market.accept(tick)
            self._ledger.tick(tick)
        self._counters.ticks.add(self._context.clock.monotonic(), len(ticks))
        self._log.bell.ring()
        return places


class Poller(Worker):
    """Asks for the prices of now; what was between two looks it never sees."""

    def __init__(
        self, context: EngineContext[Config], market: Market, log: TickLog, counters: Counters
    ) -> None:
        super().__init__(context, POLLER)
        self._market, self._log, self._counters = market, log, counters
        self._seen: dict[int, int] = {}
        self.polled_at = 0.0

    def forget(self) -> None:
        self._seen = {}

    async def live(self) -> None:
        """A look every few seconds."""
        while True:
            await self.context.clock.sleep(self.context.config.poll_s)
            if FEEDS[self.context.config.feed].polls:
                await self.look()

    async def look(self) -> None:
        """All prices at one moment; those that changed go to the log."""

        async def ask() -> list[Tick]:
            return [
                Tick(one.stock.number, one.seq, one.price, one.at)
                for one in self._market.quotes
                if self._seen.get(one.stock.number) != one.seq
            ]

        async with self.context.request("poll prices", by="poller", by_hand=False) as trace:
            at = self.context.clock.time()
            ticks = await self.context.node(EXCHANGE).call("all prices", ask, source=POLLER)
            self.context.decide("only the price of now is there: what came and went in between is not")
            trace.sentence = f"the poller found {amount(len(ticks), 'price')} changed"
            if ticks:
                order = ORDERS[self.context.config.order]
                partitions = order.partitions(
                    self.context, [one.stock for one in ticks], self._counters.polls
                )
                await self._log.append(ticks, partitions, source=POLLER)
                self._seen |= {one.stock: one.seq for one in ticks}
                self._log.bell.ring()
            self._counters.polls += 1
            self.polled_at = at
