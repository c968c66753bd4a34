"""Stock alerts at work in one room: ticks come in, alerts are set, owners are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.alert_book import AlertBook, StoredAlert
from designs.stock_alerts.engine.alert_request import AlertRequest, PlacedAlert
from designs.stock_alerts.engine.alerts import Alerts
from designs.stock_alerts.engine.claims import CLAIMS, ClaimChecker
from designs.stock_alerts.engine.consumers import MOST_CONSUMERS, Consumer, Matching
from designs.stock_alerts.engine.counters import Counters
from designs.stock_alerts.engine.crowd import Crowd
from designs.stock_alerts.engine.exchange import Exchange, Poller
from designs.stock_alerts.engine.firing_queue import FiringQueue
from designs.stock_alerts.engine.inbox import Inbox, Notification
from designs.stock_alerts.engine.ledger import Ledger
from designs.stock_alerts.engine.market import Market, Quote
from designs.stock_alerts.engine.nodes import EXCHANGE, FLOWS, INBOX, SERVICE, plan
from designs.stock_alerts.engine.notifier import Notifier
from designs.stock_alerts.engine.stocks import BY_SYMBOL, STOCKS, Stock, money, moved
from designs.stock_alerts.engine.store_reader import StoreReader
from designs.stock_alerts.engine.strategies.delivery import Delivery
from designs.stock_alerts.engine.tick_log import PARTITIONS, TickLog
from sdlab.lab import Engine, Invalid, Node, NodeSpec, Room, acting, amount, as_user
from sdlab.lab.actor import VISITOR
from sdlab.parts.event_log import order_of
from sdlab.parts.idempotency import IdempotencyKeys

CHECK_EVERY = 0.25
FLUSH_EVERY = 0.1
SETTLE_EVERY = 0.25
DRAIN_S = 1.0
DRAIN_LOOK_S = 0.02
NUDGE = 0.003  # of the price, what a press moves it by
OPENING_SHARE = 0.004
MOST_TICKS = 500


@dataclass(frozen=True, slots=True)
class Accepted:
    """Ticks that were taken, and where they lie in the log; fewer places while some are late or prices are polled."""

    ticks: int
    places: tuple[str, ...]


class StockAlerts(Engine[Config]):
    """Alerts are rows; ticks, queue and inboxes are streams; sorted thresholds are rebuilt from the rows."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        self.counters = Counters()
        self.market = Market(self.context)
        self.book = AlertBook(self.context)
        self.ledger = Ledger(self.market)
        self.log = TickLog(self.context, self.market)
        self.queue = FiringQueue(self.context)
        self.matching = Matching(self.context, self.book)
        self.inbox = Inbox(self.context, self.ledger, self.counters)
        self.exchange = Exchange(self.context, self.market, self.log, self.ledger, self.counters)
        self.poller = Poller(self.context, self.market, self.log, self.counters)
        self.consumers = [
            Consumer(
                self.context,
                n,
                log=self.log,
                matching=self.matching,
                queue=self.queue,
                market=self.market,
                counters=self.counters,
            )
            for n in range(MOST_CONSUMERS)
        ]
        delivery = Delivery(self.context, self.book, self.inbox, self.counters)
        self.notifier = Notifier(self.context, self.queue, delivery, self.counters)
        self.alerts = Alerts(
            self.context, self.market, self.book, ledger=self.ledger, matching=self.matching, log=self.log
        )
        self.crowd = Crowd(self.context, self.market, self.book, self.matching, self.ledger)
        self.reader = StoreReader(
            self.context, self.market, self.book, log=self.log, queue=self.queue, inbox=self.inbox
        )
        self.checker = ClaimChecker(
            self.context,
            self.ledger,
            log=self.log,
            queue=self.queue,
            inbox=self.inbox,
            poller=self.poller,
            notifier=self.notifier,
        )
        self._keys = IdempotencyKeys(self.context)
        self._flowing = asyncio.Event()
        self._flowing.set()

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    async def open(self) -> None:
        fresh = not await self.room.redis.exists(self.room.key("opened"))
        await self.market.open()
        await self.book.open()
        await self.log.open()
        await self.queue.open()
        if fresh:
            await self._opening_alert()
        self.ledger.arm(await self.book.armed())
        await self.matching.rebuild()
        await self.crowd.open()
        await self.checker.open()
        for worker in (*self.consumers, self.notifier, self.poller):
            self.supervise(worker.id, worker.run)
        self.every("late ticks", FLUSH_EVERY, self.exchange.flush)
        self.every("alerts that become visible", SETTLE_EVERY, self._settle)
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)

    async def _opening_alert(self) -> None:
        """Just above the price that is on the screen, so that there is something to wait for."""
        price = self.market.quotes[self.market.focus].price
        request = AlertRequest("above", moved(price, OPENING_SHARE))
        await as_user(VISITOR.name, self.alerts.place(STOCKS[self.market.focus], request), by_hand=False)
        await self.room.redis.set(self.room.key("opened"), "1")

    async def _settle(self) -> None:
        if await self.matching.finding.settle():
            self.log.bell.ring()

    async def reconfigure(self, before: Config) -> None:
        """Consumers and order change between two ticks; the copy of alerts is rebuilt by the new approach."""
        if (before.order, before.consumers) != (self.config.order, self.config.consumers):
            await self._regroup()
        if before.matching != self.config.matching:
            await self.matching.rebuild()
        if before.alerts != self.config.alerts and self.crowd.built:
            await self.crowd.resize()
        self.poller.fault_changed()

    async def _regroup(self) -> None:
        self._flowing.clear()
        try:
            until = self.clock.monotonic() + DRAIN_S
            while not (drained := await self._drained()) and self.clock.monotonic() < until:
                await self.clock.sleep(DRAIN_LOOK_S)
            if drained:
                await self.log.write_known({n: (q.seq, q.price) for n, q in enumerate(self.market.quotes)})
            self.matching.share_anew()
            for one in self.consumers:
                one.renew()
        finally:
            self._flowing.set()
            self.log.bell.ring()

    async def _drained(self) -> bool:
        done = await self.log.checkpoints()
        tails = [await self.log.log.tail(partition) for partition in range(PARTITIONS)]
        return all(order_of(done[partition][0]) >= order_of(tail) for partition, tail in enumerate(tails))

    async def fault_changed(self, node: Node) -> None:
        """A worker is killed, or brought back."""
        for worker in (*self.consumers, self.notifier, self.poller):
            if worker.id == node.id:
                worker.fault_changed()

    async def close(self) -> None:
        """Whoever listens is let go; what is in the stores stays."""
        self.inbox.close()
        await super().close()

    # What the market does

    async def ticks(self, prices: Sequence[tuple[str, int, int | None]]) -> Accepted:
        """Prices (symbol, cents, the tick's number or none) come in. `NotFound` for an unknown stock."""
        async with self.request("POST ticks", kind="Ticks") as trace:
            known = [(stock_of(symbol).number, price, seq) for symbol, price, seq in prices]
            await self._flowing.wait()
            places = await self.exchange.take(known)
            self.changed()
            trace.sentence = _said_of(prices)
            return Accepted(len(known), tuple(places))

    async def nudge(self, symbol: str, *, up: bool) -> Accepted:
        """By hand: the market moves a little."""
        price = self.market.quotes[stock_of(symbol).number].price
        return await self.ticks([(symbol, moved(price, NUDGE if up else -NUDGE), None)])

    async def look(self, symbol: str) -> None:
        """This stock is on the screen from now on."""
        async with self.request(f"GET stocks/{symbol}", kind="Look at a stock") as trace:
            stock = stock_of(symbol)
            self.node(SERVICE).touch("look", "ok", source="visitor")
            self.decide("candles and ladder follow the screen")
            self.market.focus = stock.number
            trace.sentence = (
                f"{stock.name} is on the screen, at {money(self.market.quotes[stock.number].price)}"
            )

    async def quotes(self) -> list[Quote]:
        """All stocks as they stand."""
        async with self.request("GET stocks", kind="List stocks") as trace:
            self.node(EXCHANGE).touch("prices", "ok", source="visitor")
            self.decide("the newest tick of each stock, by its number")
            trace.sentence = f"{len(self.market.quotes)} stocks"
            return list(self.market.quotes)

    # What people do

    async def set_alert(self, symbol: str, request: AlertRequest, *, key: str | None = None) -> PlacedAlert:
        """Put an alert in force. `Invalid` for one that is met already, or beyond the user's limit."""
        async with self.request("POST stocks/alert", kind="Set an alert") as trace:
            stock = stock_of(symbol)
            self.node(SERVICE).touch("set", "ok", source="visitor")
            placed = await self._keys.once(
                key,
                operation="set alert",
                body=[symbol, request.kind, request.price, request.percent, request.current],
                work=lambda: self.alerts.place(stock, request),
                dump=PlacedAlert.to_json,
                load=PlacedAlert.from_json,
            )
            trace.sentence = f"{acting().name} is told when {stock.symbol} {placed.says}"
            return placed

    async def my_alerts(self, *, below: int | None, limit: int) -> list[StoredAlert]:
        """The acting user's alerts, newest first."""
        async with self.request("GET alerts", kind="List alerts") as trace:
            self.node(SERVICE).touch("list", "ok", source="visitor")
            found = await self.alerts.mine(below=below, limit=limit)
            trace.sentence = f"{acting().name} has {amount(len(found), 'alert')} on this page"
            return found

    async def alert(self, id: int) -> StoredAlert:
        """One of the acting user's. `NotFound` for any other."""
        async with self.request(f"GET alerts/{id}", kind="Look at an alert") as trace:
            self.node(SERVICE).touch("get", "ok", source="visitor")
            found = await self.alerts.one(id)
            trace.sentence = f"alert {id} is {found.status}"
            return found

    async def delete(self, id: int) -> None:
        """Take an alert back. `NotFound` where it is not the acting user's."""
        async with self.request(f"DELETE alerts/{id}", kind="Delete an alert") as trace:
            self.node(SERVICE).touch("delete", "ok", source="visitor")
            await self.alerts.delete(id)
            trace.sentence = f"{acting().name} took alert {id} back"

    async def rearm(self, id: int, *, price: int | None = None) -> PlacedAlert:
        """Put it in force again, at another price (cents) where one is given. `Invalid` when it is met now."""
        title = "move" if price is not None else "re-arm"
        async with self.request(f"POST alerts/{id}/{title}", kind=f"{title.capitalize()} an alert") as trace:
            self.node(SERVICE).touch(title, "ok", source="visitor")
            placed = await self.alerts.rearm(id, price=price)
            trace.sentence = (
                f"{acting().name} is told when {STOCKS[placed.stored.stock].symbol} {placed.says}"
            )
            return placed

    async def notifications(self, *, before: str, limit: int) -> list[tuple[str, Notification]]:
        """What the acting user was told, newest first, behind a position."""
        async with self.request("GET notifications", kind="List notifications") as trace:
            user = acting().name
            found = await self.node(INBOX).call(
                "read",
                lambda: self.inbox.of(user, before=before, limit=limit),
                source=SERVICE,
            )
            self.decide("the places of this user's entries are in a list of its own: nobody else's are read")
            trace.sentence = f"{user} has {amount(len(found), 'notification')} on this page"
            return found

    async def listen(
        self, *, after: str | None, frame: Callable[[str, Notification], bytes], reset: bytes
    ) -> AsyncIterator[bytes]:
        """The acting user's notifications as they come."""
        async with self.request("GET notifications/events", kind="Listen") as trace:
            self.node(INBOX).touch("listen", "ok", source=SERVICE)
            self.decide("whoever names the last event gets what came since, or is told to read anew")
            trace.sentence = f"{acting().name} listens"
        return self.inbox.listen(acting().name, after=after, frame=frame, reset=reset)

    async def arm_crowd(self) -> int:
        """All of the crowd's alerts that have fired are in force again, where they are not met."""
        async with self.request("POST crowd/arm", kind="Re-arm the crowd") as trace:
            self.node(SERVICE).touch("re-arm", "ok", source="visitor")
            count = await self.crowd.arm()
            self.decide("what is met at this moment stays as it is: it would fire at once")
            trace.sentence = f"{amount(count, 'alert')} of the crowd in force again"
            return count


def stock_of(symbol: str) -> Stock:
    """The stock of that symbol. `Invalid` for an unknown one."""
    try:
        return BY_SYMBOL[symbol]
    except KeyError:
        raise Invalid(f"there is no stock {symbol!r}", field="stock") from None


def _said_of(prices: Sequence[tuple[str, int, int | None]]) -> str:
    if len(prices) == 1:
        return f"{prices[0][0]} is at {money(prices[0][1])}"
    return f"{len(prices)} ticks came in"
