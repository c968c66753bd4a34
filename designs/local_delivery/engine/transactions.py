"""Transactions, each on a connection of its own: begun again when the database gives them up, and counted.

The levels and what they forbid: https://www.postgresql.org/docs/current/transaction-iso.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.nodes import DATABASE, ORDERS
from sdlab.blocks.windows import SlidingHistogram
from sdlab.lab import EngineContext, Unavailable
from sdlab.stores.sessions import SERIALIZATION_FAILURE, Isolation, SerializationFailure, Session

T = TypeVar("T")

MOST_TRIES = 10
FIRST_REST_S, LONGEST_REST_S = 0.004, 0.25
BY_INDEX = sa.text("SET LOCAL enable_seqscan = off")


class Beaten(Exception):
    """A row was another's by the time it was to be changed: the transaction is undone and begun again."""


@dataclass(slots=True)
class Counters:
    """Transactions that sell or keep units. `conflicts` are 40001, `beaten` changed fewer rows than they wanted."""

    tries: int = 0
    committed: int = 0
    conflicts: int = 0
    deadlocks: int = 0
    beaten: int = 0
    gave_up: int = 0

    @property
    def retried_pct(self) -> float:
        """Of a hundred tries, how many had to be made again."""
        again = self.conflicts + self.deadlocks + self.beaten
        return 100 * again / self.tries if self.tries else 0.0


class Transactions:
    """Runs work on a connection of its own."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.counters = Counters()
        self.ms = SlidingHistogram(slices=30)

    async def run(
        self,
        work: Callable[[Session], Awaitable[T]],
        *,
        isolation: Isolation = "READ COMMITTED",
        source: str = ORDERS,
        name: str = "transaction",
        counted: bool = True,
    ) -> T:
        """What `work` gives, once it is committed; it may run up to `MOST_TRIES` times, so it changes nothing else.

        `Unavailable` when every try was given up; what else `work` raises undoes the transaction.
        """
        for number in range(1, MOST_TRIES + 1):
            self.counters.tries += counted
            began = self._context.clock.monotonic()
            try:
                found = await self._context.node(DATABASE).call(
                    name, lambda: self._once(work, isolation), source=source
                )
            except SerializationFailure as failure:
                self._count(failure)
                self._context.decide(f"{isolation}: try {number} was given up ({failure.sqlstate})")
            except Beaten:
                self.counters.beaten += 1
                self._context.decide(f"try {number} found a row that was another's by then: undone")
            else:
                now = self._context.clock.monotonic()
                self.ms.add(now, (now - began) * 1000)
                self.counters.committed += counted
                return found
            await self.rest(number)
        self.counters.gave_up += 1
        raise Unavailable(f"given up {MOST_TRIES} times: too many want the same", retry_after=1)

    async def _once(self, work: Callable[[Session], Awaitable[T]], isolation: Isolation) -> T:
        sql = self._context.room.sql
        async with sql.session(isolation=isolation) as session:
            if isolation == "SERIALIZABLE" and sql.row_locks:
                # A scan of the whole table counts as a read of every row: all would collide with all.
                await session.execute(BY_INDEX)
            return await work(session)

    async def rest(self, number: int) -> None:
        """Before another try: longer the more there were, and by chance, so that not all come back together."""
        most = min(LONGEST_REST_S, FIRST_REST_S * 2**number)
        await self._context.clock.sleep(self._context.rng.random() * most)

    def _count(self, failure: SerializationFailure) -> None:
        if failure.sqlstate == SERIALIZATION_FAILURE:
            self.counters.conflicts += 1
        else:
            self.counters.deadlocks += 1

    async def alone(self, statement: sa.Executable, parameters: Any = None) -> Any:
        """A statement that is a transaction of its own; its rows, or its result where it gives none."""

        async def do(session: Session) -> Any:
            result = await session.execute(statement, parameters)
            return result.all() if result.returns_rows else result

        return await self._context.node(DATABASE).call(
            "statement", lambda: self._once(do, "READ COMMITTED"), source=ORDERS
        )
