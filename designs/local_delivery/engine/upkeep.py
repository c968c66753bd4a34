"""What ends by itself only if somebody ends it: reservations that are over, and units in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.models import DECISION, ORDER, UNIT
from designs.local_delivery.engine.nodes import COORDINATOR, SWEEPER
from designs.local_delivery.engine.stock import FREE, PREPARED, PROMISED, RESERVED, SOLD, Stock
from designs.local_delivery.engine.strategies.ordering import UNDECIDED_S, undecided
from sdlab.lab import EngineContext, amount
from sdlab.stores.sessions import Session

MOST_SWEPT = 500


@dataclass(slots=True)
class Counters:
    """Since opened. `blocked_s` are the seconds that swept units were blocked for nobody, together."""

    swept: int = 0
    blocked_s: float = 0.0
    confirmed: int = 0
    cancelled: int = 0


class Upkeep:
    """The turns of the sweeper and of the coordinator."""

    def __init__(self, context: EngineContext[Config], stock: Stock) -> None:
        self._context, self._stock = context, stock
        self._room, self._clock = context.room.id, context.clock
        self.counters = Counters()

    async def _any(self, query: sa.Select[Any]) -> bool:
        """Whether there is anything to do; a look, and no transaction."""
        first = query.limit(1)
        return await self._context.room.sql.read(lambda c: c.execute(first).first() is not None)

    async def sweep(self) -> bool:
        """Free what is reserved and over; rows that somebody has locked are left for the next turn. Whether any was."""
        now = self._clock.time()
        mine = sa.and_(UNIT.c.room == self._room, UNIT.c.state == RESERVED, UNIT.c.until <= now)
        if not await self._any(sa.select(UNIT.c.id).where(mine)):
            return False
        over = (
            sa.select(UNIT.c.id, UNIT.c.until, UNIT.c.centre_id, UNIT.c.item_id)
            .where(mine)
            .limit(MOST_SWEPT)
            .with_for_update(skip_locked=True)
        )

        async def free(session: Session) -> list[sa.Row[tuple[int, float, int, int]]]:
            rows = list((await session.execute(over)).all())
            if rows:
                freed = self._stock.let_go([row.id for row in rows], UNIT.c.state == RESERVED)
                await session.execute(freed)
            return rows

        rows = await self._stock.transactions.run(free, source=SWEEPER, name="sweep", counted=False)
        self.counters.swept += len(rows)
        self.counters.blocked_s += sum(now - row.until for row in rows)
        if rows:
            self._stock.touched((row.centre_id, row.item_id) for row in rows)
            self._context.say(f"the sweeper freed {amount(len(rows), 'unit')} of carts whose time was over")
        return bool(rows)

    async def decide_old(self, *, older_than: float = UNDECIDED_S) -> bool:
        """End what was prepared and not decided for so many seconds: with its order sold, without it free.

        Whether there was any.
        """
        query = undecided(self._room, self._clock.time() - older_than)
        if not await self._any(query):
            return False
        promised = sa.select(ORDER.c.id).where(ORDER.c.room == self._room, ORDER.c.state == "promised")

        async def end(session: Session) -> list[tuple[int, bool]]:
            rows = (await session.execute(query)).all()
            taken = await self._decided(session, sorted({row.order_id for row in rows}))
            sure = [row.id for row in rows if taken[row.order_id]]
            free = [row.id for row in rows if not taken[row.order_id]]
            here = UNIT.c.state == PREPARED
            if sure:
                state = sa.case((UNIT.c.order_id.in_(promised), PROMISED), else_=SOLD)
                confirm = UNIT.update().where(self._stock.mine(sure), here)
                await session.execute(confirm.values(state=state, until=0.0))
            if free:
                await session.execute(self._stock.let_go(free, here))
            return [(row.id, taken[row.order_id]) for row in rows]

        done = await self._stock.transactions.run(end, source=COORDINATOR, name="decide", counted=False)
        confirmed = sum(decided for _, decided in done)
        self.counters.confirmed += confirmed
        self.counters.cancelled += len(done) - confirmed
        if done:
            self._stock.touched(await self._stock.shelves_of([one for one, _ in done]))
            said = f"{confirmed} had an order and are sold, {len(done) - confirmed} had none and are {FREE}"
            self._context.say(f"the coordinator ended {amount(len(done), 'unit')} in doubt: {said}")
        return bool(done)

    async def _decided(self, session: Session, orders: Sequence[str]) -> dict[str, bool]:
        """What became of these orders; what nobody has decided is decided here, against them."""
        if not orders:
            return {}
        rows = [
            {"room": self._room, "order_id": one, "taken": False, "at": self._clock.time()} for one in orders
        ]
        against = self._context.room.sql.insert(DECISION).values(rows).on_conflict_do_nothing()
        await session.execute(against)
        query = sa.select(DECISION.c.order_id, DECISION.c.taken).where(
            DECISION.c.room == self._room, DECISION.c.order_id.in_(orders)
        )
        return {row.order_id: row.taken for row in (await session.execute(query)).all()}
