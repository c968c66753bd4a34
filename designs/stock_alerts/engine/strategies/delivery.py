"""Telling somebody once: what is marked and when, when a message is acknowledged, and how many a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.alert_book import AlertBook
from designs.stock_alerts.engine.counters import Counters
from designs.stock_alerts.engine.inbox import TWICE, Inbox
from designs.stock_alerts.engine.nodes import ALERTS, NOTIFIER
from designs.stock_alerts.engine.ticks import Hit
from sdlab.lab import EngineContext

Between = Callable[[str], None]  # a place where the process may die


class Once(Protocol):
    """Sends what was found; `between("unmarked")` stands between its first lasting step and the next."""

    label: str
    tradeoff: str

    async def send(self, hits: Sequence[Hit], parts: Delivery, between: Between) -> None: ...


class Delivery:
    """What sending needs: the table, the inbox, and the counters."""

    def __init__(
        self, context: EngineContext[Config], book: AlertBook, inbox: Inbox, counters: Counters
    ) -> None:
        self.context, self.book, self.inbox, self.counters = context, book, inbox, counters

    async def deliver(self, hits: Sequence[Hit], *, ttl_s: int) -> list[str]:
        """Send them, up to the cap in force."""
        cap = CAPS[self.context.config.cap]
        cap.explain(self.context)
        return await self.inbox.deliver(hits, ttl_s=ttl_s, per_day=cap.per_day)

    async def mark(self, hits: Sequence[Hit]) -> set[tuple[int, int]]:
        """Say in the table that they have fired; those that had not before."""
        now = self.context.clock.time()
        return await self.context.node(ALERTS).call(
            f"UPDATE {len(hits)}", lambda: self.book.fire(hits, now=now), source=NOTIFIER
        )


class SendAnyway:
    """Whatever is in the queue is sent."""

    label = "Nothing"
    tradeoff = "Nothing to ask and nothing to keep; whatever is found or read twice is sent twice."

    async def send(self, hits: Sequence[Hit], parts: Delivery, between: Between) -> None:
        parts.context.decide("nobody asks whether it was sent before")
        await parts.deliver(hits, ttl_s=0)
        between("unmarked")
        await parts.mark(hits)


class StatusFirst:
    """The row says that it has fired, then it is sent."""

    label = "Status in SQL"
    tradeoff = "Lasts for ever; who dies between the update and the sending has told nobody, and nobody will be told."

    async def send(self, hits: Sequence[Hit], parts: Delivery, between: Between) -> None:
        won = await parts.mark(hits)
        chosen = _first_of(hits, won)
        parts.counters.twice_by_status += len(hits) - len(chosen)
        parts.context.decide(f"the update changed {len(won)} rows from armed to fired: these are sent")
        between("unmarked")
        if chosen:
            await parts.deliver(chosen, ttl_s=0)


class KeyWithTtl:
    """A key in Redis, set in the same step in which the inbox is written."""

    label = "Redis key with TTL"
    tradeoff = "One fast step; when its time is over, a late duplicate is a new alert."

    async def send(self, hits: Sequence[Hit], parts: Delivery, between: Between) -> None:
        parts.context.decide("the key says whether it was sent, and is set together with the sending")
        codes = await parts.deliver(hits, ttl_s=parts.context.config.ttl_s)
        parts.counters.twice_by_key += codes.count(TWICE)
        between("unmarked")
        await parts.mark(hits)


class KeyAndStatus:
    """The row is looked at, the key is set with the sending, then the row is changed."""

    label = "Key, then status"
    tradeoff = "The key guards the moment, the row the time after; a look and an update for each batch."

    async def send(self, hits: Sequence[Hit], parts: Delivery, between: Between) -> None:
        open_ = await parts.context.node(ALERTS).call(
            f"SELECT {len(hits)}", lambda: parts.book.still_armed(hits), source=NOTIFIER
        )
        chosen = [one for one in hits if one.alert.key in open_]
        parts.counters.twice_by_status += len(hits) - len(chosen)
        if not chosen:
            parts.context.decide("the rows say that all of these have fired")
            return
        codes = await parts.deliver(chosen, ttl_s=parts.context.config.ttl_s)
        parts.counters.twice_by_key += codes.count(TWICE)
        parts.context.decide(
            f"{len(chosen)} are armed; the key lets {len(codes) - codes.count(TWICE)} of them pass"
        )
        between("unmarked")
        await parts.mark(chosen)


def _first_of(hits: Sequence[Hit], won: set[tuple[int, int]]) -> list[Hit]:
    left, chosen = set(won), []
    for one in hits:
        if one.alert.key in left:
            left.remove(one.alert.key)
            chosen.append(one)
    return chosen


class Ack(Protocol):
    """When a message is acknowledged; `between("unacked")` stands between that and the sending."""

    label: str
    tradeoff: str

    async def handle(
        self,
        context: EngineContext[Config],
        send: Callable[[], Awaitable[None]],
        acknowledge: Callable[[], Awaitable[None]],
        between: Between,
    ) -> None: ...


class AckAfter:
    """Only what was sent is acknowledged."""

    label = "After it was sent"
    tradeoff = "Nothing is lost; what was sent and not yet acknowledged comes again."

    async def handle(
        self,
        context: EngineContext[Config],
        send: Callable[[], Awaitable[None]],
        acknowledge: Callable[[], Awaitable[None]],
        between: Between,
    ) -> None:
        await send()
        context.decide("it is sent: now the queue may forget it")
        between("unacked")
        await acknowledge()


class AckBefore:
    """It is acknowledged as it is taken."""

    label = "As soon as it is taken"
    tradeoff = "Never comes twice; who dies with it in hand has lost it."

    async def handle(
        self,
        context: EngineContext[Config],
        send: Callable[[], Awaitable[None]],
        acknowledge: Callable[[], Awaitable[None]],
        between: Between,
    ) -> None:
        await acknowledge()
        context.decide("the queue has forgotten it, and it is not sent yet")
        between("unacked")
        await send()


class CapOff:
    """Whoever asks is told."""

    label = "No cap"
    tradeoff = "Every alert is told; one who set many is rung for each of them."
    per_day = 0

    def explain(self, context: EngineContext[Config]) -> None:
        """Why nothing is counted."""
        context.decide("nobody counts how many a user gets")


class CapOn:
    """Fifty notifications per user and day; what is beyond is kept quietly."""

    label = "50 a day"
    tradeoff = (
        "Nobody is rung all day, and the gateway's bill has a bound; the 51st may be the one that mattered."
    )
    per_day = 50

    def explain(self, context: EngineContext[Config]) -> None:
        """What is counted."""
        context.decide(f"a counter of the day per user lets {self.per_day} pass")


ONCE: dict[str, Once] = {
    "off": SendAnyway(),
    "status": StatusFirst(),
    "key": KeyWithTtl(),
    "both": KeyAndStatus(),
}
ACKS: dict[str, Ack] = {"after": AckAfter(), "before": AckBefore()}
CAPS: dict[str, CapOff | CapOn] = {"off": CapOff(), "on": CapOn()}
