"""The record that the claims are judged by: each tick that came in, held against every alert in force, one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from designs.stock_alerts.engine.market import Market
from designs.stock_alerts.engine.stocks import STOCKS
from designs.stock_alerts.engine.ticks import ArmedAlert, Tick

REMEMBERED = 200_000


@dataclass(slots=True)
class Crossing:
    """An alert that the market has crossed, by which tick."""

    alert: ArmedAlert
    tick: Tick


class _Book:
    """The alerts in force of one stock. `low` and `high` bound the prices at which any can be met."""

    __slots__ = ("armed", "high", "low")

    def __init__(self) -> None:
        self.armed: dict[int, ArmedAlert] = {}
        self.bound()

    def bound(self) -> None:
        self.high = min((one.price for one in self.armed.values() if one.above), default=1 << 60)
        self.low = max((one.price for one in self.armed.values() if not one.above), default=-1)

    def widen(self, alert: ArmedAlert) -> None:
        if alert.above:
            self.high = min(self.high, alert.price)
        else:
            self.low = max(self.low, alert.price)


class Ledger:
    """Knows of every arming whether the market has crossed it: by plain comparison, in the order of arrival.

    It is told of ticks and alerts where they are accepted, and of nothing that consumers, queue or notifier do.
    """

    def __init__(self, market: Market) -> None:
        self._market = market
        self._books = [_Book() for _ in STOCKS]
        self.crossings: dict[tuple[int, int], Crossing] = {}
        self.new: deque[Crossing] = deque()
        self.withdrawn: set[tuple[int, int]] = set()
        self.total = 0

    def arm(self, alerts: Iterable[ArmedAlert]) -> None:
        """From now on these are in force; ticks that came while they were written down count."""
        for alert in alerts:
            book = self._books[alert.stock]
            book.armed[alert.id] = alert
            book.widen(alert)
            quote = self._market.quotes[alert.stock]
            missed = (one for one in quote.recent if quote.seq > alert.since and one.meets(alert))
            if (tick := next(missed, None)) is not None:
                self._cross(book, alert, tick)

    def disarm(self, alert: ArmedAlert) -> None:
        """Its owner has taken it back, or armed it anew."""
        book = self._books[alert.stock]
        if (held := book.armed.get(alert.id)) and held.arming == alert.arming:
            del book.armed[alert.id]
        self.withdrawn.add(alert.key)

    def tick(self, tick: Tick) -> None:
        """A tick came in."""
        book = self._books[tick.stock]
        if book.low < tick.price < book.high:
            return
        for alert in [one for one in book.armed.values() if tick.meets(one)]:
            self._cross(book, alert, tick)
        book.bound()

    def trust(self, keys: Iterable[tuple[int, int]], tick: Tick) -> None:
        """Armings that were crossed before this record began: they wait in the queue."""
        for id, arming in keys:
            alert = ArmedAlert(id, arming, "", tick.stock, True, tick.price, 0, tick.at)
            self.crossings[alert.key] = Crossing(alert, tick)

    def _cross(self, book: _Book, alert: ArmedAlert, tick: Tick) -> None:
        book.armed.pop(alert.id, None)
        crossing = self.crossings[alert.key] = Crossing(alert, tick)
        self.new.append(crossing)
        self.total += 1
        while len(self.crossings) > REMEMBERED:
            del self.crossings[next(iter(self.crossings))]

    @property
    def armed(self) -> int:
        """How many alerts are in force."""
        return sum(len(one.armed) for one in self._books)
