"""Setting, arming again and taking back alerts of the acting user."""

from __future__ import annotations

from dataclasses import replace

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.alert_book import AlertBook, StoredAlert
from designs.stock_alerts.engine.alert_request import AlertRequest, PlacedAlert
from designs.stock_alerts.engine.consumers import Matching
from designs.stock_alerts.engine.ledger import Ledger
from designs.stock_alerts.engine.market import Market
from designs.stock_alerts.engine.models import ARMED
from designs.stock_alerts.engine.nodes import ALERTS, SERVICE
from designs.stock_alerts.engine.stocks import Stock, money
from designs.stock_alerts.engine.tick_log import TickLog
from sdlab.lab import Conflict, EngineContext, Invalid, NotFound, acting


class Alerts:
    """Each alert is checked against the price of now and bears the number of the newest tick: only later ones count."""

    def __init__(
        self,
        context: EngineContext[Config],
        market: Market,
        book: AlertBook,
        *,
        ledger: Ledger,
        matching: Matching,
        log: TickLog,
    ) -> None:
        self._context, self._market, self._book = context, market, book
        self._ledger, self._matching, self._log = ledger, matching, log

    async def place(self, stock: Stock, request: AlertRequest) -> PlacedAlert:
        """Write it down, then put it in force."""
        request.check()
        user, limit = acting().name, self._context.config.limit
        node = self._context.node(ALERTS)
        if await node.call("count", lambda: self._book.count_of(user), source=SERVICE) >= limit:
            self._context.decide(f"{user} has {limit} alerts in force: no more")
            raise Invalid(f"you have {limit} alerts in force, which is the limit", field="stock")
        quote = self._market.quotes[stock.number]
        price = request.threshold(quote.price)
        now = self._context.clock.time()
        stored = StoredAlert(
            self._book.new_ids(1), user, stock.number, request.kind, request.above, price, request.percent, ARMED,
            1, quote.seq, now, now, None, None,
        )  # fmt: skip
        self._context.decide(
            f"at {money(quote.price)} it is not met: in force at {money(price)}, for ticks after number {quote.seq}"
        )
        row = {name: getattr(stored, name) for name in StoredAlert.__slots__}
        await node.call("INSERT", lambda: self._book.insert([{**row, "crowd": False}]), source=SERVICE)
        self._in_force(stored)
        return PlacedAlert(stored)

    async def mine(self, *, below: int | None, limit: int) -> list[StoredAlert]:
        """The acting user's, newest first."""
        user = acting().name
        self._context.decide("the rows of this user and of nobody else")
        return await self._context.node(ALERTS).call(
            "SELECT", lambda: self._book.of(user, below=below, limit=limit), source=SERVICE
        )

    async def one(self, id: int) -> StoredAlert:
        """The acting user's alert of that number."""
        user = acting().name
        found = await self._context.node(ALERTS).call(
            "SELECT", lambda: self._book.one(user, id), source=SERVICE
        )
        if found is None:
            self._context.decide("no row of this user has that number")
            raise NotFound("you have no such alert")
        self._context.decide("the row is this user's")
        return found

    async def delete(self, id: int) -> None:
        """Out of the table, and out of force."""
        found = await self.one(id)
        await self._context.node(ALERTS).call(
            "DELETE", lambda: self._book.delete(found.user, id), source=SERVICE
        )
        self._matching.disarm([found.armed])
        self._ledger.disarm(found.armed)

    async def rearm(self, id: int, *, price: int | None) -> PlacedAlert:
        """At its own price or at another; a percentage counts from the price of now."""
        found = await self.one(id)
        quote = self._market.quotes[found.stock]
        seq, now_at = quote.seq, quote.price
        if price is None and found.status == ARMED:
            self._context.decide("it is in force: nothing to do")
            raise Conflict("it is in force already")
        if price is not None:
            above = price > now_at
            request = AlertRequest("above" if above else "below", price, None)
        else:
            kept = None if found.percent is not None else found.price
            above, request = found.above, AlertRequest(found.kind, kept, found.percent)
        wanted = request.threshold(now_at)
        now = self._context.clock.time()
        changed = await self._context.node(ALERTS).call(
            "UPDATE",
            lambda: self._book.arm_again(
                found, kind=request.kind, above=above, price=wanted, since=seq, now=now
            ),
            source=SERVICE,
        )
        if not changed:
            self._context.decide("somebody changed the row meanwhile")
            raise Conflict("it has changed meanwhile; look again")
        self._context.decide(f"in force at {money(wanted)}, for ticks after number {seq}")
        again = replace(
            found, kind=request.kind, above=above, price=wanted, since=seq, armed_at=now, status=ARMED,
            percent=found.percent if price is None else None, arming=found.arming + 1, fired_at=None, fired_price=None,
        )  # fmt: skip
        self._matching.disarm([found.armed])
        self._ledger.disarm(found.armed)
        self._in_force(again)
        return PlacedAlert(again)

    def _in_force(self, stored: StoredAlert) -> None:
        self._ledger.arm([stored.armed])
        self._matching.arm([stored.armed])
        self._log.bell.ring()
