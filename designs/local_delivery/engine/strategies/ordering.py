"""How an order becomes one: from separate statements to one transaction, and two stores with and without a coordinator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.models import DECISION, LINE, ORDER, UNIT
from designs.local_delivery.engine.nodes import ORDERS
from designs.local_delivery.engine.order import Order
from designs.local_delivery.engine.stock import PREPARED, PROMISED, SOLD, Step, Stock, Wanted
from designs.local_delivery.engine.strategies.picking import choose
from designs.local_delivery.engine.transactions import Beaten
from sdlab.lab import EngineContext, Unavailable
from sdlab.stores.sessions import Isolation, Session

MOST_ATTEMPTS = 6
UNDECIDED_S = 2.0  # so old is what a coordinator takes up


class Died(Unavailable):
    """The order service ended between two writes: what it had written stays written."""

    title = "The service died"


@dataclass(frozen=True, slots=True)
class Sale:
    """An order that is to be written, with what it wants. `units` of it bear `state` afterwards."""

    order: Order
    want: Wanted

    @property
    def state(self) -> str:
        """What its units are afterwards."""
        return PROMISED if self.order.state == "promised" else SOLD


class Ordering(Protocol):
    """Writes an order with its lines, and makes its units sold. `ItemsGone` when they are not to be had."""

    label: str
    tradeoff: str
    does: str

    def __init__(self, context: EngineContext[Config], stock: Stock) -> None: ...

    async def place(self, sale: Sale) -> tuple[int, ...]:
        """The units that it got."""
        ...


class _Base:
    def __init__(self, context: EngineContext[Config], stock: Stock) -> None:
        self._context, self._stock = context, stock
        self._room, self._transactions = context.room.id, stock.transactions

    async def _choose(self, session: Session | None, sale: Sale) -> tuple[int, ...]:
        units = await choose(
            self._context, self._stock, session, sale.want, order_id=sale.order.id, by=sale.order.shopper
        )
        if self._context.config.gap_ms:
            await self._context.clock.sleep(self._context.config.gap_ms / 1000)
        return units

    def _dies(self) -> None:
        """The fault of the order service: some of its orders it does not survive."""
        share = next((one.value for one in self._context.node(ORDERS).faults() if one.kind == "crash"), 0.0)
        if self._context.rng.random() * 100 < share:
            self._context.decide("the service dies here, between two writes")
            raise Died(
                "the service died while it took this order; nobody knows how far it came", retry_after=1
            )

    def _order(self, sale: Sale) -> sa.Insert:
        return sa.insert(ORDER).values(sale.order.row(self._room))

    def _lines(self, sale: Sale, units: tuple[int, ...]) -> sa.Insert:
        """Each unit as a line, with its item as the stock has it."""
        mine = sa.select(sa.literal(self._room), sa.literal(sale.order.id), UNIT.c.id, UNIT.c.item_id)
        names = ["room", "order_id", "unit_id", "item_id"]
        return sa.insert(LINE).from_select(names, mine.where(self._stock.mine(units)))

    async def _write(self, session: Session, sale: Sale, units: tuple[int, ...]) -> None:
        await session.execute(self._order(sale))
        await session.execute(self._lines(sale, units))

    def _note(self, sale: Sale, text: str, units: tuple[int, ...], began: float, kind: str = "write") -> None:
        order = sale.order
        self._stock.steps.add(
            Step(order.id, order.shopper, kind, text, units, began, self._context.clock.time())
        )

    async def _take(
        self, sale: Sale, units: tuple[int, ...], state: str, session: Session | None = None
    ) -> bool:
        """Make those of the units sold that are still free; whether it was all of them."""
        began = self._context.clock.time()
        statement = self._stock.sell_free(units, sale.order.id, state, sale.want.cart_id)
        if state == PREPARED:
            statement = statement.values(until=began)
        done = await (session.execute(statement) if session else self._transactions.alone(statement))
        taken = done.rowcount == len(units)
        self._note(sale, "takes them" if taken else "finds one taken", units if taken else (), began)
        return taken

    async def _until_taken(self, attempt: Callable[[], Awaitable[tuple[int, ...] | None]]) -> tuple[int, ...]:
        for number in range(1, MOST_ATTEMPTS + 1):
            self._transactions.counters.tries += 1
            units = await attempt()
            if units is not None:
                self._transactions.counters.committed += 1
                return units
            self._transactions.counters.beaten += 1
            await self._transactions.rest(number)
        raise Unavailable(f"others were faster {MOST_ATTEMPTS} times", retry_after=1)


class Separate(_Base):
    """Look, then write: each statement on its own."""

    label = "no transaction"
    tradeoff = "Nothing waits and nothing is begun again. Two who look at once sell the same unit."
    does = "SELECT free; INSERT order; INSERT lines; UPDATE units"

    async def place(self, sale: Sale) -> tuple[int, ...]:
        """What was free when it was looked for is sold, whatever happened meanwhile."""
        self._transactions.counters.tries += 1
        units = await self._choose(None, sale)
        self._context.decide("they were free a moment ago: they are sold, and nobody looks again")
        began = self._context.clock.time()
        await self._transactions.alone(self._order(sale))
        self._dies()
        await self._transactions.alone(self._lines(sale, units))
        await self._transactions.alone(self._stock.sell(units, sale.order.id, sale.state))
        self._note(sale, "sells them", units, began)
        self._transactions.counters.committed += 1
        return units


class _OneTransaction(_Base):
    isolation: Isolation = "READ COMMITTED"

    async def place(self, sale: Sale) -> tuple[int, ...]:
        """All of it or nothing."""
        return await self._transactions.run(
            lambda session: self._work(session, sale), isolation=self.isolation, name="order"
        )

    async def _work(self, session: Session, sale: Sale) -> tuple[int, ...]:
        raise NotImplementedError


class SerializableOrder(_OneTransaction):
    """One transaction of the strictest level."""

    label = "one SERIALIZABLE transaction"
    tradeoff = "The database proves that some order of them explains all; else it gives one up (40001)."
    does = "BEGIN; SELECT free; INSERT order, lines; UPDATE units; COMMIT"
    isolation: Isolation = "SERIALIZABLE"

    async def _work(self, session: Session, sale: Sale) -> tuple[int, ...]:
        units = await self._choose(session, sale)
        began = self._context.clock.time()
        self._context.decide("what was read still holds when this commits, or the database gives it up")
        await self._write(session, sale, units)
        self._dies()
        await session.execute(self._stock.sell(units, sale.order.id, sale.state))
        self._note(sale, "sells them", units, began)
        return units


class ConditionalOrder(_OneTransaction):
    """The update says under which condition."""

    label = "conditional update"
    tradeoff = "The plainest level is enough. Who changes fewer rows than it wanted begins again."
    does = "BEGIN; SELECT free; INSERT …; UPDATE … WHERE state = 'free'; COMMIT"

    async def _work(self, session: Session, sale: Sale) -> tuple[int, ...]:
        units = await self._choose(session, sale)
        await self._write(session, sale, units)
        self._dies()
        if not await self._take(sale, units, sale.state, session):
            self._context.decide("fewer rows were still free than wanted: all of it is undone")
            raise Beaten
        self._context.decide("every row was still free when it was written: that is the check")
        return units


class TwoStores(_Base):
    """Orders in one store, stock in the other."""

    label = "two stores, one after the other"
    tradeoff = "Each scales by itself. Whoever dies in between leaves an order whose units are free."
    does = "orders: INSERT; COMMIT · stock: UPDATE … WHERE state = 'free'; COMMIT"

    async def place(self, sale: Sale) -> tuple[int, ...]:
        """The order first, then its stock; what was lost to another is undone by a second write."""
        return await self._until_taken(lambda: self._attempt(sale))

    async def _attempt(self, sale: Sale) -> tuple[int, ...] | None:
        units = await self._choose(None, sale)
        began = self._context.clock.time()
        await self._transactions.run(
            lambda session: self._write(session, sale, units), name="orders", counted=False
        )
        self._note(sale, "writes the order", units, began)
        self._dies()
        if await self._take(sale, units, sale.state):
            self._context.decide("the order is committed in one store, its units in the other")
            return units
        self._context.decide("a unit was another's: the order that is committed already is taken back")
        await self._undo(sale, units)
        return None

    async def _undo(self, sale: Sale, units: tuple[int, ...]) -> None:
        async def delete(session: Session) -> None:
            await session.execute(
                LINE.delete().where(LINE.c.room == self._room, LINE.c.order_id == sale.order.id)
            )
            await session.execute(
                ORDER.delete().where(ORDER.c.room == self._room, ORDER.c.id == sale.order.id)
            )

        await self._transactions.run(delete, name="orders", counted=False)
        await self._transactions.alone(self._stock.let_go(units, UNIT.c.order_id == sale.order.id))


class Coordinated(_Base):
    """Prepare, decide, confirm; a coordinator ends what was begun."""

    label = "two stores, coordinated"
    tradeoff = (
        "Whole in the end, whoever dies. Three commits an order, and units in doubt until somebody looks."
    )
    does = "stock: prepare · orders: INSERT, the decision · stock: confirm"

    async def place(self, sale: Sale) -> tuple[int, ...]:
        """Units are prepared, the order's row decides, then they are sold."""
        return await self._until_taken(lambda: self._attempt(sale))

    async def _attempt(self, sale: Sale) -> tuple[int, ...] | None:
        units = await self._choose(None, sale)
        prepared = sa.and_(UNIT.c.order_id == sale.order.id, UNIT.c.state == PREPARED)
        if not await self._take(sale, units, PREPARED):
            self._context.decide("not all could be prepared: those that were are let go")
            await self._transactions.alone(self._stock.let_go(units, prepared))
            return None
        self._dies()
        began = self._context.clock.time()
        if not await self._transactions.run(
            lambda session: self._decide(session, sale, units), name="orders", counted=False
        ):
            self._context.decide("the coordinator was faster and decided against it: nothing is sold")
            raise Unavailable("this took so long that it was given up", retry_after=1)
        self._note(sale, "decides: writes the order", units, began)
        self._dies()
        confirm = self._stock.sell(units, sale.order.id, sale.state).where(prepared)
        await self._transactions.alone(confirm)
        self._context.decide("prepared, decided, confirmed: three commits, and each may be the last")
        return units

    async def _decide(self, session: Session, sale: Sale, units: tuple[int, ...]) -> bool:
        """The order with its decision, unless the coordinator has decided otherwise."""
        if not await self._first(session, sale.order.id):
            return False
        await self._write(session, sale, units)
        return True

    async def _first(self, session: Session, order_id: str) -> bool:
        row = {"room": self._room, "order_id": order_id, "taken": True, "at": self._context.clock.time()}
        statement = self._context.room.sql.insert(DECISION).values(row).on_conflict_do_nothing()
        return bool((await session.execute(statement)).rowcount)


ORDERINGS: dict[str, type[Ordering]] = {
    "serializable": SerializableOrder,
    "conditional": ConditionalOrder,
    "none": Separate,
    "split": TwoStores,
    "coordinated": Coordinated,
}


def undecided(room: str, before: float) -> sa.Select[Any]:
    """Units that were prepared before that moment and are still."""
    return sa.select(UNIT.c.id, UNIT.c.order_id).where(
        UNIT.c.room == room, UNIT.c.state == PREPARED, UNIT.c.until <= before
    )
