"""The market as its feed tells it: prices, the newest ticks, and candles of the stock on the screen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.stocks import STOCKS, Stock, moved
from designs.stock_alerts.engine.ticks import Tick
from sdlab.lab import EngineContext

RECENT = 512
CANDLES = 40
CANDLE_S = 2.0
BEFORE = 6  # ticks per candle of the time before anybody came
TAPE = 8


@dataclass(slots=True)
class Candle:
    """Prices of `CANDLE_S` seconds, from `start` (Unix s)."""

    start: float
    open: int
    high: int
    low: int
    close: int

    def take(self, price: int) -> None:
        """One price more."""
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price


@dataclass(slots=True)
class Quote:
    """A stock as it stands: the newest tick's number and price, and what came before."""

    stock: Stock
    seq: int = 0
    price: int = 0
    at: float = 0.0
    opened: int = 0
    recent: deque[Tick] = field(default_factory=lambda: deque(maxlen=RECENT))
    candles: deque[Candle] = field(default_factory=lambda: deque(maxlen=CANDLES))


class Market:
    """Quotes of all stocks. They are kept in Redis with each tick; the price process of a fresh room follows its seed."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._key = context.room.key("quotes")
        self.quotes: list[Quote] = []
        self.focus = 0
        self.accepted = 0
        self._reserved: list[int] = []

    async def open(self) -> None:
        """Stand where the market stood; of a fresh room, where its seed puts it."""
        stored = await self._context.room.redis.hgetall(self._key)
        self.quotes = [self._quote(stock, stored.get(str(stock.number))) for stock in STOCKS]
        self._reserved = [one.seq for one in self.quotes]

    def _quote(self, stock: Stock, stored: str | None) -> Quote:
        quote, now = Quote(stock), self._context.clock.time()
        chance = self._context.room.rng(f"history {stock.symbol}")
        price = stock.base
        first = now - now % CANDLE_S - CANDLES * CANDLE_S
        for number in range(CANDLES):
            candle = Candle(first + number * CANDLE_S, price, price, price, price)
            for _ in range(BEFORE):
                price = moved(price, chance.gauss(0, stock.wild))
                candle.take(price)
            quote.candles.append(candle)
        quote.price, quote.at = price, now
        if stored:
            seq, _, kept = stored.partition(":")
            quote.seq, quote.price = int(seq), int(kept)
        quote.opened = quote.price
        return quote

    def reserve(self, stock: int) -> int:
        """The number of the next tick of a stock."""
        self._reserved[stock] += 1
        return self._reserved[stock]

    def claims(self, stock: int, seq: int) -> None:
        """A tick that bears a number of its own: later ones have larger ones."""
        self._reserved[stock] = max(self._reserved[stock], seq)

    def keep(self, pipe: object, tick: Tick) -> None:
        """Within a pipeline: the stock's newest tick."""
        if tick.seq > self.quotes[tick.stock].seq:
            pipe.hset(self._key, str(tick.stock), f"{tick.seq}:{tick.price}")  # type: ignore[attr-defined]

    def accept(self, tick: Tick) -> None:
        """A tick has come in. One that is older than the newest changes no price, and shows in its candle."""
        quote = self.quotes[tick.stock]
        quote.recent.append(tick)
        self.accepted += 1
        if tick.seq > quote.seq:
            quote.seq, quote.price, quote.at = tick.seq, tick.price, tick.at
        start = tick.at - tick.at % CANDLE_S
        newest = quote.candles[-1]
        if start > newest.start:
            newest = Candle(start, newest.close, newest.close, newest.close, newest.close)
            quote.candles.append(newest)
        newest.take(tick.price)
        if tick.seq < quote.seq:
            newest.close = quote.price
