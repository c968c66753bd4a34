"""What must hold, and the checker that looks for it in the rows, apart from the code that sells."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.carts import Cart, Carts
from designs.local_delivery.engine.dispatch import Dispatch
from designs.local_delivery.engine.models import LINE, ORDER, UNIT
from designs.local_delivery.engine.nodes import ALLOCATOR, COORDINATOR, ORDERS, SWEEPER
from designs.local_delivery.engine.order import Order, items_of
from designs.local_delivery.engine.purchase import Purchase
from designs.local_delivery.engine.stock import PREPARED, PROMISED, RESERVED, SOLD, Step, Stock
from designs.local_delivery.engine.strategies import RESERVATIONS
from designs.local_delivery.engine.world import CENTRES, ITEMS, MINUTE_S, PROMISE_MIN, ride_min
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    cause_step,
    fault_steps,
    read_step,
    setting_steps,
    unknown_cause,
    write_step,
)

CHECK_EVERY_S = 0.5
SETTLED_S = 4.0  # so old an order is when it has to be whole: a coordinator may be at it before
LOOKED_BACK_S = 12.0
IN_DOUBT_S = 4.0  # more: a coordinator that works has decided by then
BACK_WITHIN_S = 3.0  # beyond the sweeper's interval
SURE_S = 0.5
STEPS_SHOWN = 8
DOUBLES_AT_ONCE = 3
MOST_DOUBLES = 500
CLAIMS = (
    Claim("sold_once", "nothing sold twice", "A unit of stock is in at most one order"),
    Claim(
        "whole",
        "orders are whole",
        "An order has all of its units or is none, and every sold unit has its order",
    ),
    Claim("comes_back", "carts give back", "What was kept in a cart and not bought is free again in time"),
    Claim("in_time", "within the hour", "What was promised arrives within the hour, by the streets' times"),
)


@dataclass(frozen=True, slots=True)
class RowsRead:
    """What was found in one look at the rows."""

    doubles: dict[int, int]
    wholes: Sequence[sa.Row[Any]]
    orphans: Sequence[sa.Row[Any]]
    reserved: Sequence[sa.Row[Any]]


class ClaimChecker:
    """Looks into the rows of stock, orders and carts.

    `oversold` are sales of units that were sold before, `halves` orders, `late` promises that were broken.
    """

    def __init__(
        self,
        context: EngineContext[Config],
        stock: Stock,
        purchase: Purchase,
        carts: Carts,
        dispatch: Dispatch,
    ) -> None:
        self._context, self._stock, self._purchase = context, stock, purchase
        self._carts, self._dispatch = carts, dispatch
        self._room, self._sql, self._clock = context.room.id, context.room.sql, context.clock
        self._checking = asyncio.Lock()
        self._doubles: set[int] = set()
        self._extra: dict[int, int] = {}
        self._broken: set[str] = set()
        self._whole_until = 0.0
        self._late: set[str] = set()
        self._overdue_carts: deque[str] = deque(maxlen=512)
        self._left: list[Order] = []
        self.oversold = self.halves = self.late = self.on_time = self.stuck = 0
        dispatch.left.connect(self._has_left)

    def _has_left(self) -> None:
        self._left += self._dispatch.gone
        self._dispatch.gone = []

    async def check(self) -> None:
        """Look at what has happened since the last time; all rows are read in one go."""
        async with self._checking:
            now = self._clock.time()
            until = now - SETTLED_S
            since = max(0.0, min(self._whole_until, until) - LOOKED_BACK_S)
            rows = await self._sql.read(lambda c: self._read(c, since, until, now))
            self._whole_until = until
            await self._check_doubles(rows.doubles)
            self._check_whole(rows.wholes, now)
            self._check_orphans(rows.orphans, now)
            self._check_reserved(rows.reserved, now)
            await self._check_carts(now)
            self._check_arrivals()

    def _read(self, connection: sa.Connection, since: float, until: float, now: float) -> RowsRead:
        doubles = {row.unit_id: int(row.extra) for row in connection.execute(self._doubled())}
        return RowsRead(
            doubles,
            connection.execute(self._wholes(since, until, set(doubles))).all(),
            connection.execute(self._orphans(until)).all(),
            connection.execute(self._overdue(now)).all(),
        )

    # Sold once

    def _doubled(self) -> sa.Select[Any]:
        of = sa.select(LINE.c.unit_id, (sa.func.count() - 1).label("extra")).where(LINE.c.room == self._room)
        return of.group_by(LINE.c.unit_id).having(sa.func.count() > 1)

    async def _check_doubles(self, found: dict[int, int]) -> None:
        monitor = self._context.monitors["sold_once"]
        fresh = sorted(set(found) - self._doubles)
        self._doubles |= set(found)
        self._extra |= found
        self.oversold = sum(self._extra.values())
        if not fresh and self._purchase.counters.orders:
            monitor.passed()
        for unit in fresh[:DOUBLES_AT_ONCE]:
            monitor.violated(await self._sold_twice(unit))

    async def _sold_twice(self, unit: int) -> list[EvidenceView]:
        query = sa.select(LINE.c.order_id).where(LINE.c.room == self._room, LINE.c.unit_id == unit)
        orders = await self._sql.read(lambda c: list(c.execute(query).scalars()))
        steps = [one for one in self._stock.steps.of(orders) if unit in one.units]
        now = self._clock.time()
        seen = read_step(
            "lines of orders", f"unit {unit} is looked for", now, now, saw=f"{len(orders)} orders"
        )
        return [*(_shown(one, unit, lost=one.kind == "write") for one in steps[-STEPS_SHOWN:]), seen]

    # Whole or not at all

    def _check_whole(self, rows: Sequence[sa.Row[Any]], now: float) -> None:
        monitor = self._context.monitors["whole"]
        for row in rows:
            wanted = sum(items_of(row.basket).values())
            if row.id in self._purchase.in_flight:
                continue
            if row.lines == wanted == row.bears:
                monitor.passed()
            elif row.id not in self._broken and not self._is_double(row):
                self._broken.add(row.id)
                self.halves += 1
                said = f"{wanted} wanted, {row.lines} lines, {row.bears} units bear it"
                told = write_step(row.shopper, "orders", row.placed, row.placed, wrote=row.id)
                monitor.violated(self._half(row.id, [told], said, now))

    def _is_double(self, row: sa.Row[Any]) -> bool:
        """What is wrong with it is that a unit was sold twice: that is another claim's."""
        return bool(row.doubles)

    def _wholes(self, since: float, until: float, doubles: set[int]) -> sa.Select[Any]:
        bears = sa.and_(UNIT.c.order_id == ORDER.c.id, UNIT.c.state.in_((SOLD, PROMISED, PREPARED)))
        double = UNIT.c.id.in_(sorted(doubles)[-MOST_DOUBLES:]) if doubles else sa.false()
        joined = ORDER.outerjoin(
            LINE, sa.and_(LINE.c.room == ORDER.c.room, LINE.c.order_id == ORDER.c.id)
        ).outerjoin(UNIT, sa.and_(UNIT.c.room == LINE.c.room, UNIT.c.id == LINE.c.unit_id))
        return (
            sa.select(
                ORDER.c.id,
                ORDER.c.shopper,
                ORDER.c.placed,
                ORDER.c.basket,
                sa.func.count(LINE.c.unit_id).label("lines"),
                sa.func.sum(sa.case((bears, 1), else_=0)).label("bears"),
                sa.func.sum(sa.case((double, 1), else_=0)).label("doubles"),
            )
            .select_from(joined)
            .where(ORDER.c.room == self._room, ORDER.c.placed > since, ORDER.c.placed <= until)
            .group_by(ORDER.c.id, ORDER.c.shopper, ORDER.c.placed, ORDER.c.basket)
        )

    def _orphans(self, until: float) -> sa.Select[Any]:
        """Units that bear an order which there is not, or that are in doubt for too long."""
        unknown = ~sa.exists().where(ORDER.c.room == self._room, ORDER.c.id == UNIT.c.order_id)
        sold = sa.and_(UNIT.c.state.in_((SOLD, PROMISED)), unknown)
        doubt = sa.and_(UNIT.c.state == PREPARED, UNIT.c.until <= until - IN_DOUBT_S)
        bears = sa.select(UNIT.c.order_id, UNIT.c.state).where(
            UNIT.c.room == self._room, UNIT.c.order_id != ""
        )
        return bears.where(sa.or_(sold, doubt)).limit(8)

    def _check_orphans(self, rows: Sequence[sa.Row[Any]], now: float) -> None:
        for row in rows:
            if row.order_id in self._broken or row.order_id in self._purchase.in_flight:
                continue
            self._broken.add(row.order_id)
            self.halves += 1
            said = (
                "prepared, and nobody decides"
                if row.state == PREPARED
                else "sold in an order that is not there"
            )
            self._context.monitors["whole"].violated(self._half(row.order_id, [], said, now))

    def _half(self, order_id: str, told: list[EvidenceView], said: str, now: float) -> list[EvidenceView]:
        """What an order did, as it is kept, else that it was `told`; and the faults since its beginning."""
        steps = [
            _shown(one, lost=one.kind == "write") for one in self._stock.steps.of([order_id])[-STEPS_SHOWN:]
        ]
        known = steps or told
        return [
            *known,
            *((known and self._faults((ORDERS, COORDINATOR), known[0].t, now)) or [unknown_cause(now)]),
            read_step("rows", "of order, lines and units", now, now, saw=said, lost=True),
        ]

    def _faults(self, nodes: Sequence[str], since: float, until: float) -> list[EvidenceView]:
        return fault_steps(map(self._context.nodes.get, nodes), since, until)

    # What was kept comes back

    async def _check_carts(self, now: float) -> None:
        monitor = self._context.monitors["comes_back"]
        for cart in await self._carts.open_carts(until_before=now):
            if cart.kept_by == "status" or cart.id in self._overdue_carts:
                continue
            keeps = RESERVATIONS[cart.kept_by](self._context, self._stock)
            if cart.units and await keeps.owned(cart.id, cart.units):
                if now - cart.until > BACK_WITHIN_S:
                    self._overdue_carts.append(cart.id)
                    self.stuck += len(cart.units)
                    monitor.violated(self._kept_for_good(cart, now))
                continue
            monitor.passed()
            await self._carts.end(cart, "expired")

    def _overdue(self, now: float) -> sa.Select[Any]:
        """Rows that say reserved although their time is long over."""
        allowed = self._context.config.sweep_s + BACK_WITHIN_S
        columns = (UNIT.c.cart_id, UNIT.c.until, UNIT.c.id, UNIT.c.centre_id, UNIT.c.item_id)
        mine = sa.and_(UNIT.c.room == self._room, UNIT.c.state == RESERVED, UNIT.c.until <= now - allowed)
        return sa.select(*columns).where(mine).limit(64)

    def _check_reserved(self, rows: Sequence[sa.Row[Any]], now: float) -> None:
        monitor = self._context.monitors["comes_back"]
        if not rows and self._carts.kept:
            monitor.passed()
        for row in rows:
            if row.cart_id in self._overdue_carts:
                continue
            self._overdue_carts.append(row.cart_id)
            self.stuck += sum(one.cart_id == row.cart_id for one in rows)
            thing = f"{ITEMS[row.item_id].name} at {CENTRES[row.centre_id].name}"
            monitor.violated(
                [
                    cause_step("a cart", f"its time is over: {thing}", row.until),
                    *(self._faults([SWEEPER], row.until, now) or [unknown_cause(now)]),
                    read_step(
                        "rows",
                        f"unit {row.id}, {now - row.until:.0f} s later",
                        now,
                        now,
                        saw="reserved",
                        lost=True,
                    ),
                ]
            )

    def _kept_for_good(self, cart: Cart, now: float) -> list[EvidenceView]:
        units = ", ".join(map(str, cart.units))
        kept = cart.until - self._context.config.reserve_s
        why = setting_steps(self._context.settings, kept, cart.until, reservation=cart.kept_by)
        if cart.kept_by != "forever":
            why = self._faults([SWEEPER], cart.until, now)
        return [
            cause_step(cart.shopper, f"the time of the cart is over: units {units}", cart.until),
            *(why or [unknown_cause(now)]),
            read_step(
                "lock store",
                f"{now - cart.until:.0f} s after its time",
                now,
                now,
                saw="still locked",
                lost=True,
            ),
        ]

    # Within the hour

    def _check_arrivals(self) -> None:
        left, self._left = self._left, []
        monitor, now = self._context.monitors["in_time"], self._clock.time()
        for order in left:
            if order.id in self._late:
                continue
            ride = ride_min(order.centre_id, order.x, order.y) * MINUTE_S
            arrives = order.picked + order.courier_s + ride
            if arrives <= order.due + SURE_S * MINUTE_S:
                self.on_time += 1
                monitor.passed()
                continue
            self._broke(order)
            monitor.violated(self._too_late(order, arrives, ride, now))
        for order in self._dispatch.active:
            if order.due + SURE_S < now and order.id not in self._late:
                self._broke(order)
                monitor.violated(self._too_late(order, 0.0, 0.0, now))

    def _broke(self, order: Order) -> None:
        self._late.add(order.id)
        self.late += 1

    def _too_late(self, order: Order, arrives: float, ride: float, now: float) -> list[EvidenceView]:
        centre = CENTRES[order.centre_id]
        promised = write_step(
            "order service",
            f"promises {order.shopper} an hour",
            order.placed,
            order.placed,
            wrote=f"{PROMISE_MIN:.0f} min",
        )
        moves = [one for one in self._dispatch.moves if one.order_id == order.id]
        causes = [
            cause_step(CENTRES[one.source].name, "is closed: the order has to go elsewhere", one.at)
            for one in moves
        ]
        causes += self._faults((centre.node, ALLOCATOR), order.placed, now)
        if not arrives:
            seen = read_step(
                centre.name,
                f"has it {_minutes(now - order.placed)} later",
                now,
                now,
                saw=order.state,
                lost=True,
            )
            return [promised, *causes, seen]
        late = _minutes(arrives - order.due)
        return [
            promised,
            *causes,
            read_step(
                "streets", f"from {centre.name} to the door", order.picked, order.picked,
                saw=f"{_minutes(ride)} of riding: {late} too late", lost=True,
            ),
        ]  # fmt: skip


def _minutes(seconds: float) -> str:
    return f"{seconds / MINUTE_S:.0f} min"


def _shown(step: Step, unit: int = 0, *, lost: bool = False) -> EvidenceView:
    units = f"unit {unit}" if unit else f"{len(step.units)} units"
    if step.kind == "write":
        return write_step(step.by, step.text, step.began, step.ended, wrote=units, lost=lost)
    return read_step(step.by, step.text, step.began, step.ended, saw=units)
