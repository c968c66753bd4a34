"""How bitmaps and sets hear of a change: through the outbox of its transaction, or by a write of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from designs.tagging_service.config import Config
from designs.tagging_service.engine.index_feed import Change, IndexFeed
from sdlab.lab import EngineContext
from sdlab.stores.sessions import Session


class Upkeep(Protocol):
    """`note` is done in the transaction, `after` when it has committed, before anybody is told.

    `keeps`: what is committed is known to be waiting until it is brought.
    """

    label: str
    tradeoff: str
    keeps: bool

    async def note(self, feed: IndexFeed, session: Session, changes: Sequence[Change]) -> None: ...

    async def after(
        self, context: EngineContext[Config], feed: IndexFeed, changes: Sequence[Change]
    ) -> None: ...


class Outbox:
    """The change and the news of it are one transaction."""

    label = "Outbox, in the transaction"
    tradeoff = "What was committed arrives, also after a crash; one row more to write and read."
    keeps = True

    async def note(self, feed: IndexFeed, session: Session, changes: Sequence[Change]) -> None:
        feed.context.decide("the change is written down in its own transaction, for the other copies")
        await feed.note(session, changes)

    async def after(self, context: EngineContext[Config], feed: IndexFeed, changes: Sequence[Change]) -> None:
        context.decide("the change stands in the outbox: it is brought from there, in order")
        await feed.catch_up()


class DualWrite:
    """Commit, then write to the others."""

    label = "A write to each copy"
    tradeoff = "No outbox; who dies in between, or is overtaken, leaves the copies apart for good."
    keeps = False

    async def note(self, feed: IndexFeed, session: Session, changes: Sequence[Change]) -> None:
        feed.context.decide("nobody writes the change down: the other copies are told after the commit")

    async def after(self, context: EngineContext[Config], feed: IndexFeed, changes: Sequence[Change]) -> None:
        context.decide("the commit is done; bitmaps and sets are written now, by nobody if this dies here")
        await feed.bring_at_once(changes)


UPKEEPS: dict[str, Upkeep] = {"outbox": Outbox(), "dual": DualWrite()}
