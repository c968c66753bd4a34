"""Performs what the workloads want: the market moves, people set alerts and arm them again."""

from __future__ import annotations

from typing import Any

from designs.stock_alerts.engine.alert_request import AlertRequest
from designs.stock_alerts.engine.engine import StockAlerts
from designs.stock_alerts.engine.stocks import STOCKS, moved
from designs.stock_alerts.engine.ticks import Tick
from sdlab.lab import LabError, Operation, Traffic, as_user, performs


class StockAlertsTraffic(Traffic[StockAlerts]):
    """Stock 0 of an operation is the one on the screen; the others follow it in the list."""

    def __init__(self, engine: StockAlerts) -> None:
        super().__init__(engine)
        self._anchors: dict[int, int] = {}

    def _stock(self, pick: int) -> int:
        return (self.engine.market.focus + pick) % len(STOCKS)

    def _anchor(self, stock: int) -> int:
        """Where a stock stood when it first swung."""
        return self._anchors.setdefault(stock, self.engine.market.quotes[stock].price)

    async def _moves(self, prices: list[tuple[int, int]]) -> dict[str, Any]:
        await self.engine.crowd.ensure()
        accepted = await self.engine.ticks([(STOCKS[stock].symbol, price, None) for stock, price in prices])
        return {"places": list(accepted.places)}

    @performs("tick")
    async def tick(self, operation: Operation) -> dict[str, Any]:
        """Each stock moves by so many of its own standard deviations."""
        found = []
        for pick, deviations in operation.args["moves"]:
            stock = self._stock(pick)
            price = self.engine.market.quotes[stock].price
            found.append((stock, moved(price, STOCKS[stock].wild * deviations)))
        return await self._moves(found)

    @performs("swing")
    async def swing(self, operation: Operation) -> dict[str, Any]:
        """Stocks go to a share above or below where they stood when they first swung."""
        found = []
        for pick in operation.args["stocks"]:
            stock = self._stock(pick)
            found.append((stock, moved(self._anchor(stock), operation.args["share"])))
        return await self._moves(found)

    @performs("set")
    async def set(self, operation: Operation) -> dict[str, Any]:
        """Somebody wants to be told when a stock has moved by so much, or is a share above where it first swung."""
        await self.engine.crowd.ensure()
        stock = self._stock(operation.args["stock"])
        if "share" in operation.args:
            request = AlertRequest("above", moved(self._anchor(stock), operation.args["share"]))
        else:
            percent = operation.args["percent"]
            request = AlertRequest("pct_up" if percent > 0 else "pct_down", percent=abs(percent))
        placed = await self.engine.set_alert(STOCKS[stock].symbol, request)
        return {"alert": placed.stored.id, "user": placed.stored.user}

    @performs("rearm")
    async def rearm(self, operation: Operation) -> dict[str, Any]:
        """Alerts on a stock that have fired are armed again by their owners, where they are not met."""
        await self.engine.crowd.ensure()
        stock, again = self._stock(operation.args["stock"]), 0
        limit, user = operation.args["count"], operation.args.get("user", "")
        quote = self.engine.market.quotes[stock]
        for one in await self.engine.book.fired_of(stock, limit=2 * limit, user=user):
            met = Tick(stock, one.since + 1, quote.price, 0.0).meets(one.armed)
            if met or again >= limit:
                continue
            try:
                await as_user(one.user, self.engine.rearm(one.id), by_hand=False)
                again += 1
            except LabError:
                pass  # it is met by now, or somebody was faster
        return {"again": again}

    @performs("arm_crowd")
    async def arm_crowd(self, operation: Operation) -> dict[str, Any]:
        """All of the crowd's that have fired are armed again."""
        await self.engine.crowd.ensure()
        return {"again": await self.engine.arm_crowd()}

    async def honours(self, answer: Any) -> bool:
        """Ticks that were taken are in the log; an alert that was set is in the table."""
        if "alert" in answer:
            return await self.engine.book.one(answer["user"], answer["alert"]) is not None
        log = self.engine.log.log
        for place in answer.get("places", ()):
            partition, _, position = place.partition("/")
            if not await log.has(position, partition=int(partition)):
                return False
        return True
