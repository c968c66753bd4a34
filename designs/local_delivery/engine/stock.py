"""Units of stock: the statements about them, who did what to them when, and the vans that fill the shelves."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.models import CART, DECISION, LINE, ORDER, UNIT
from designs.local_delivery.engine.transactions import Transactions
from designs.local_delivery.engine.world import CENTRES, HOT, HOT_CENTRE, HOT_STOCK, ITEMS, first_stock, pars
from sdlab.lab import Conflict, EngineContext, Signal
from sdlab.stores.sessions import Session

STEPS_KEPT = 2_000
MOST_UNITS = 900
FORGOTTEN_AFTER_S = 180.0
Shelf = tuple[int, int]
FREE, RESERVED, PREPARED, PROMISED, SOLD = "free", "reserved", "prepared", "promised", "sold"


class ItemsGone(Conflict):
    """So few are left: by item, with how many there are at the centre that has the most of what was wanted."""

    title = "Gone"

    def __init__(self, gone: Mapping[int, int], *, wanted: Mapping[int, int]) -> None:
        said = [
            f"{ITEMS[item].name}: {left} left, {wanted[item]} wanted"
            if left
            else f"{ITEMS[item].name} is gone"
            for item, left in gone.items()
        ]
        listed = [
            {"item": ITEMS[item].slug, "wanted": wanted[item], "left": left} for item, left in gone.items()
        ]
        super().__init__(f"{'; '.join(said)}. Nothing was taken", gone=listed)
        self.gone = dict(gone)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units that somebody is to get from one centre. `held` are kept by the cart; `barred` are locked by others."""

    centre_id: int
    items: Mapping[int, int]
    cart_id: str = ""
    held: tuple[int, ...] = ()
    barred: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """Something that an order did to units, from `began` to `ended` (seconds of the clock)."""

    order_id: str
    by: str
    kind: str
    text: str
    units: tuple[int, ...]
    began: float
    ended: float


@dataclass(slots=True)
class StepLog:
    """The steps of the last orders, for lanes and evidence; `met` are the newest orders that wanted the same unit."""

    kept: deque[Step] = field(default_factory=lambda: deque(maxlen=STEPS_KEPT))

    def add(self, step: Step) -> None:
        """Another step."""
        self.kept.append(step)

    def of(self, orders: Collection[str]) -> list[Step]:
        """The steps of these orders, in time."""
        return sorted((one for one in self.kept if one.order_id in orders), key=lambda one: one.began)


class Stock:
    """The units of a room. `changed` tells of shelves whose free units are others now: they lie in `dirty`."""

    def __init__(self, context: EngineContext[Config], transactions: Transactions) -> None:
        self._context, self._room = context, context.room
        self.transactions = transactions
        self.steps = StepLog()
        self.changed = Signal()
        self.dirty: set[Shelf] = set()
        self.delivered = 0
        self._next_id = 1
        self._rng = context.room.rng("vans")
        self._most = min(MOST_UNITS, context.room.quota.prepared)

    async def open(self) -> None:
        """Fill the shelves of a new room."""
        highest = sa.select(sa.func.max(UNIT.c.id)).where(UNIT.c.room == self._room.id)
        found = await self._room.sql.read(lambda c: c.execute(highest).scalar_one())
        self._next_id = (found or 0) + 1
        if found is None:
            await self._add(first_stock(self._room.rng("stock"), self._most))
        self.touched((centre, item) for centre in CENTRES for item in ITEMS)

    def touched(self, shelves: Iterable[Shelf]) -> None:
        """The free units of these shelves are others now."""
        self.dirty.update(shelves)
        self.changed()

    async def _add(self, shelves: Sequence[Shelf]) -> None:
        if not shelves:
            return
        shelves = list(shelves)
        self._rng.shuffle(shelves)  # as they come off a van: units of a shelf do not lie on one page
        plain = {"room": self._room.id, "state": FREE, "cart_id": "", "order_id": "", "until": 0.0}
        rows = [
            {**plain, "id": self._next_id + n, "centre_id": centre, "item_id": item}
            for n, (centre, item) in enumerate(shelves)
        ]
        self._next_id += len(rows)
        await self._room.sql.write(lambda c: c.execute(UNIT.insert(), rows) and None)

    # Statements

    def mine(self, ids: Collection[int]) -> sa.ColumnElement[bool]:
        """These units of the room."""
        return sa.and_(UNIT.c.room == self._room.id, UNIT.c.id.in_(list(ids)))

    def free(self, want: Wanted, item: int, *, but: Collection[int] = ()) -> sa.Select[Any]:
        """Units of a shelf that anybody may have, without those that are locked or chosen already."""
        query = sa.select(UNIT.c.id).where(
            UNIT.c.room == self._room.id,
            UNIT.c.centre_id == want.centre_id,
            UNIT.c.item_id == item,
            UNIT.c.state == FREE,
        )
        barred = want.barred | set(but)
        return query.where(UNIT.c.id.not_in(barred)) if barred else query

    def held(self, want: Wanted) -> sa.Select[Any]:
        """Units that the cart still keeps."""
        kept = sa.or_(UNIT.c.state == FREE, sa.and_(UNIT.c.state == RESERVED, UNIT.c.cart_id == want.cart_id))
        return sa.select(UNIT.c.id, UNIT.c.item_id).where(
            self.mine(want.held), UNIT.c.centre_id == want.centre_id, kept
        )

    def counts(self, centres: Collection[int], items: Collection[int]) -> sa.Select[Any]:
        """How many units are free, by centre and item; shelves with none are not in it."""
        return (
            sa.select(UNIT.c.centre_id, UNIT.c.item_id, sa.func.count().label("free"))
            .where(
                UNIT.c.room == self._room.id,
                UNIT.c.centre_id.in_(list(centres)),
                UNIT.c.item_id.in_(list(items)),
                UNIT.c.state == FREE,
            )
            .group_by(UNIT.c.centre_id, UNIT.c.item_id)
        )

    def sell(self, ids: Collection[int], order_id: str, state: str) -> sa.Update:
        """These units bear the order from now on, whatever they bore before."""
        values = {"state": state, "order_id": order_id, "cart_id": "", "until": 0.0}
        return sa.update(UNIT).where(self.mine(ids)).values(values)

    def sell_free(self, ids: Collection[int], order_id: str, state: str, cart_id: str) -> sa.Update:
        """Those of them that are still free, or kept by this cart."""
        free = UNIT.c.state == FREE
        if cart_id:
            free = sa.or_(free, sa.and_(UNIT.c.state == RESERVED, UNIT.c.cart_id == cart_id))
        return self.sell(ids, order_id, state).where(free)

    def let_go(self, ids: Collection[int], of: sa.ColumnElement[bool]) -> sa.Update:
        """Those of them that are as `of` says are free again."""
        return (
            sa.update(UNIT).where(self.mine(ids), of).values(state=FREE, order_id="", cart_id="", until=0.0)
        )

    async def shelves_of(self, ids: Collection[int]) -> list[Shelf]:
        """On which shelves these units lie."""
        query = sa.select(UNIT.c.centre_id, UNIT.c.item_id).where(self.mine(ids)).distinct()
        return [(row[0], row[1]) for row in await self._room.sql.read(lambda c: c.execute(query).all())]

    # Looks

    async def free_at(self, centres: Collection[int], items: Collection[int]) -> Counter[Shelf]:
        """Free units now, by centre and item; nobody's request."""
        query = self.counts(centres, items)
        rows = await self._room.sql.read(lambda c: c.execute(query).all())
        return Counter({(row.centre_id, row.item_id): int(row.free) for row in rows})

    # Vans

    async def restock(self) -> None:
        """Vans bring what is missing on the shelves, but not the hot item; what was delivered long ago is forgotten."""
        wanted = pars(self._most)
        there = await self.free_at(list(CENTRES), list(ITEMS))
        missing = {
            shelf: par - there[shelf]
            for shelf, par in wanted.items()
            if shelf[1] != HOT and there[shelf] < par / 2
        }
        await self._bring(missing)
        await self._forget()

    async def bring_hot(self) -> int:
        """A van fills the shelf of the hot item up; how many it brought."""
        there = (await self.free_at([HOT_CENTRE], [HOT]))[HOT_CENTRE, HOT]
        await self._bring({(HOT_CENTRE, HOT): HOT_STOCK - there})
        return HOT_STOCK - there

    async def _bring(self, missing: Mapping[Shelf, int]) -> None:
        await self._add([shelf for shelf, count in missing.items() for _ in range(count)])
        self.delivered += sum(max(0, one) for one in missing.values())
        self.touched(missing)

    async def _forget(self) -> None:
        room, old = self._room.id, self._context.clock.time() - FORGOTTEN_AFTER_S
        over = sa.select(ORDER.c.id).where(ORDER.c.room == room, ORDER.c.due < old)
        units = sa.select(LINE.c.unit_id).where(LINE.c.room == room, LINE.c.order_id.in_(over))

        def delete(connection: sa.Connection) -> None:
            connection.execute(
                UNIT.delete().where(UNIT.c.room == room, UNIT.c.state == SOLD, UNIT.c.id.in_(units))
            )
            connection.execute(LINE.delete().where(LINE.c.room == room, LINE.c.order_id.in_(over)))
            connection.execute(DECISION.delete().where(DECISION.c.room == room, DECISION.c.at < old))
            connection.execute(ORDER.delete().where(ORDER.c.room == room, ORDER.c.due < old))
            connection.execute(
                CART.delete().where(CART.c.room == room, CART.c.state != "open", CART.c.until < old)
            )

        await self._room.sql.write(delete)


async def rows_of(session: Session, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    """The rows of a query within a transaction."""
    return (await session.execute(query)).all()
