"""Transactions that meet, at the isolation level of now; what the database gives up is begun again, and counted.

The levels and what they forbid: https://www.postgresql.org/docs/current/transaction-iso.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.strategies.choices import ISOLATIONS
from sdlab.blocks.windows import SlidingHistogram
from sdlab.lab import EngineContext, Unavailable
from sdlab.stores.sessions import SERIALIZATION_FAILURE, SerializationFailure, Session

T = TypeVar("T")

MOST_TRIES = 8


@dataclass(slots=True)
class Counters:
    """Transactions since the engine was opened. `retried` are 40001, `deadlocks` 40P01, `gave_up` whole requests."""

    committed: int = 0
    under_way: int = 0
    retried: int = 0
    deadlocks: int = 0
    gave_up: int = 0


class Transactions:
    """Runs work on a connection of its own; `lock_ms` is how long rows took to be locked, waiting included."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.counters = Counters()
        self.lock_ms = SlidingHistogram(slices=30)

    async def run(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """What `work` gives, once it is committed; it may run up to `MOST_TRIES` times, so it changes nothing else.

        `Unavailable` when the database gave every try up; what `work` raises undoes the transaction.
        """
        isolation = ISOLATIONS[self._context.config.isolation]
        level = isolation.level
        isolation.begins(self._context.decide)
        for number in range(1, MOST_TRIES + 1):
            self.counters.under_way += 1
            try:
                async with self._context.room.sql.session(isolation=level) as session:
                    result = await work(session)
            except SerializationFailure as failure:
                self._count(failure)
                self._context.decide(f"{level}: try {number} was given up ({failure.sqlstate})")
                continue
            finally:
                self.counters.under_way -= 1
            self.counters.committed += 1
            return result
        self.counters.gave_up += 1
        raise Unavailable(f"the database gave this up {MOST_TRIES} times; it is busy", retry_after=1)

    def _count(self, failure: SerializationFailure) -> None:
        if failure.sqlstate == SERIALIZATION_FAILURE:
            self.counters.retried += 1
        else:
            self.counters.deadlocks += 1

    async def lock(self, session: Session, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """Rows of a `SELECT … FOR UPDATE`: nobody else changes them until the transaction ends."""
        began = self._context.clock.monotonic()
        rows = (await session.execute(query)).all()
        now = self._context.clock.monotonic()
        self.lock_ms.add(now, (now - began) * 1000)
        return rows
