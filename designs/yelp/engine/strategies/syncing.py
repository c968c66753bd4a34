"""How the index hears of a changed place."""

from __future__ import annotations

from typing import Protocol

from designs.yelp.config import Config
from designs.yelp.engine.place import Place
from sdlab.lab import EngineContext


class Feed(Protocol):
    """What the ways to the index are made of."""

    async def commit(self, place: Place) -> None:
        """The database has it."""

    async def commit_with_index(self, place: Place) -> None:
        """The index has it before the database commits; neither, when the index does not answer."""

    async def commit_with_news(self, place: Place) -> None:
        """The database has it, and the news of it, in one transaction."""

    async def send(self, place: Place) -> bool:
        """A message is on its way; nobody waits for it. False when it was lost, which the sender never learns."""


class Syncing(Protocol):
    """Brings a change to the database, and in some way to the index."""

    label: str
    tradeoff: str

    @staticmethod
    async def change(context: EngineContext[Config], feed: Feed, place: Place) -> None:
        """The change is acknowledged when this returns."""
        ...


class InTransaction:
    """The index is written before the database commits."""

    label = "inside the transaction"
    tradeoff = "Found at once. An edit takes as long as the index, and fails when that is down."

    @staticmethod
    async def change(context: EngineContext[Config], feed: Feed, place: Place) -> None:
        await feed.commit_with_index(place)
        context.decide("the index took it before the database committed: both have it, or none")


class ByQueue:
    """A message after the commit."""

    label = "a message in a queue"
    tradeoff = "The edit waits for nobody. A message that is lost leaves the index wrong, and nobody knows."

    @staticmethod
    async def change(context: EngineContext[Config], feed: Feed, place: Place) -> None:
        await feed.commit(place)
        await feed.send(place)
        context.decide("committed, and a message sent behind it: nobody looks whether it arrives")


class ByCapture:
    """News in the same transaction, read by a worker."""

    label = "change capture"
    tradeoff = (
        "Late by the worker's pace, and never lost: what is in the outbox is read until it is in the index."
    )

    @staticmethod
    async def change(context: EngineContext[Config], feed: Feed, place: Place) -> None:
        await feed.commit_with_news(place)
        context.decide("the change and the news of it were one transaction: a worker will find it")


SYNCS: dict[str, type[Syncing]] = {"same": InTransaction, "queue": ByQueue, "capture": ByCapture}
