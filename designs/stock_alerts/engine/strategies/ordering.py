"""Who takes a tick, and what is known of the price before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.counters import Counters
from designs.stock_alerts.engine.tick_log import PARTITIONS, Known, TickLog, home_of
from designs.stock_alerts.engine.ticks import Move, Tick
from sdlab.lab import EngineContext


class Order(Protocol):
    """Chooses a partition, and turns a consumer's ticks into moves of a price.

    One that is `numbered` compares a tick's number with the moment at which an alert was armed; one that is
    `exact` takes the ticks of a stock in order, so that it knows which of them it had before that. `known`
    are the prices that this consumer has seen in this life; what `moves` adds is kept with the checkpoint.
    """

    label: str
    tradeoff: str
    exact: bool
    numbered: bool

    def partitions(self, context: EngineContext[Config], stocks: Sequence[int], turn: int) -> list[int]: ...

    async def moves(
        self, ticks: Sequence[Tick], known: Known, log: TickLog, counters: Counters
    ) -> list[Move]: ...


class PartitionPerStock:
    """A stock is always in the same partition, and a partition has one consumer."""

    label = "One partition per stock"
    tradeoff = "The order of a stock is kept; a stock that everybody trades is one consumer's work."
    exact = numbered = True

    def partitions(self, context: EngineContext[Config], stocks: Sequence[int], turn: int) -> list[int]:
        homes = [home_of(one) for one in stocks]
        context.decide(f"the stock's name says which partition: {homes[0]}; one consumer reads it, in order")
        return homes

    async def moves(
        self, ticks: Sequence[Tick], known: Known, log: TickLog, counters: Counters
    ) -> list[Move]:
        known |= await log.known([one for one in {tick.stock for tick in ticks} if one not in known])
        found = []
        for tick in ticks:
            seq, price = known[tick.stock]
            if tick.seq == seq:
                continue
            found.append(Move(price, tick))
            if tick.seq > seq:
                known[tick.stock] = (tick.seq, tick.price)
            else:
                counters.excursions += 1  # it was there and gone: it may cross, and the newest price stays
        return found


class AnyConsumer:
    """Ticks go round the partitions; every consumer compares with the price that somebody wrote last."""

    label = "Any consumer, any tick"
    tradeoff = "Even load whatever is traded; an old tick that comes last looks like a move of now."
    exact = numbered = False

    def partitions(self, context: EngineContext[Config], stocks: Sequence[int], turn: int) -> list[int]:
        taken = _in_turn(len(stocks), turn)
        context.decide(f"the next partition in turn: {taken[0]}, whatever the stock; nobody keeps its order")
        return taken

    async def moves(
        self, ticks: Sequence[Tick], known: Known, log: TickLog, counters: Counters
    ) -> list[Move]:
        shared = await log.known(list({tick.stock for tick in ticks}))
        found = []
        for tick in ticks:
            found.append(Move(shared[tick.stock][1], tick))
            shared[tick.stock] = (tick.seq, tick.price)
        await log.write_known(shared)
        return found


class AnyNewest:
    """The same, but a tick that is older than the last one taken is left out."""

    label = "Any consumer, late ones dropped"
    tradeoff = "Nothing old looks new; a spike whose tick was overtaken is never seen."
    exact = False
    numbered = True

    def partitions(self, context: EngineContext[Config], stocks: Sequence[int], turn: int) -> list[int]:
        taken = _in_turn(len(stocks), turn)
        context.decide(f"the next partition in turn: {taken[0]}; if a newer tick overtakes it, it is dropped")
        return taken

    async def moves(
        self, ticks: Sequence[Tick], known: Known, log: TickLog, counters: Counters
    ) -> list[Move]:
        shared = await log.known(list({tick.stock for tick in ticks}))
        found = []
        for tick in ticks:
            seq, price = shared[tick.stock]
            if tick.seq < seq:
                counters.dropped_late += 1
                continue
            found.append(Move(price, tick))
            shared[tick.stock] = (tick.seq, tick.price)
        await log.write_known(shared)
        return found


def _in_turn(count: int, turn: int) -> list[int]:
    return [(turn + number) % PARTITIONS for number in range(count)]


ORDERS: dict[str, Order] = {
    "partitioned": PartitionPerStock(),
    "any": AnyConsumer(),
    "any_newest": AnyNewest(),
}
