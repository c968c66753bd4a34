"""How prices get from the exchange into the system: each tick as it comes, or a look every few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.nodes import EXCHANGE
from designs.stock_alerts.engine.strategies.ordering import ORDERS
from designs.stock_alerts.engine.tick_log import TickLog
from designs.stock_alerts.engine.ticks import Tick
from sdlab.lab import EngineContext


class Feed(Protocol):
    """Takes ticks of the exchange; the places in the log where they are now."""

    label: str
    tradeoff: str
    polls: bool

    async def take(
        self, context: EngineContext[Config], ticks: Sequence[Tick], log: TickLog, turn: int
    ) -> list[str]: ...


class Push:
    """Every tick goes to the log."""

    label = "Push, each tick"
    tradeoff = "Nothing is missed and nothing waits; the system takes as many ticks as the market makes."
    polls = False

    async def take(
        self, context: EngineContext[Config], ticks: Sequence[Tick], log: TickLog, turn: int
    ) -> list[str]:
        context.decide("the exchange pushes: every tick goes to the log")
        partitions = ORDERS[context.config.order].partitions(context, [one.stock for one in ticks], turn)
        return await log.append(ticks, partitions, source=EXCHANGE)


class Poll:
    """The exchange keeps its prices until the poller asks."""

    label = "Poll, every few seconds"
    tradeoff = "Works with a source that only answers; an alert waits for the next look, and a spike is gone by then."
    polls = True

    async def take(
        self, context: EngineContext[Config], ticks: Sequence[Tick], log: TickLog, turn: int
    ) -> list[str]:
        context.decide(f"nobody is told: the poller asks every {context.config.poll_s} s")
        return []


FEEDS: dict[str, Feed] = {"push": Push(), "poll": Poll()}
