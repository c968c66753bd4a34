"""From a wish to an order: who can deliver, who has it all, and the approach in force writes it."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.models import LINE, ORDER
from designs.local_delivery.engine.nodes import DATABASE, ORDERS
from designs.local_delivery.engine.order import Order, order_of
from designs.local_delivery.engine.reach import Reach
from designs.local_delivery.engine.stock import ItemsGone, Stock, Wanted
from designs.local_delivery.engine.strategies import ALLOCATIONS, ORDERINGS, RESERVATIONS
from designs.local_delivery.engine.strategies.allocating import CandidateCentre, ScoredCentre, short_of
from designs.local_delivery.engine.strategies.ordering import Ordering, Sale
from designs.local_delivery.engine.strategies.reserving import Reservation
from designs.local_delivery.engine.world import CENTRES, MINUTE_S, PROMISE_MIN
from sdlab.lab import Conflict, EngineContext, NotFound, acting

SELL_AT_ONCE = 6


class KeptCart(Protocol):
    """What an order needs to know of the cart that it came from."""

    @property
    def id(self) -> str: ...

    @property
    def units(self) -> tuple[int, ...]: ...

    @property
    def items(self) -> Mapping[int, int]: ...

    @property
    def centre_id(self) -> int: ...


@dataclass(slots=True)
class Counters:
    """Since opened. `units` were sold, `gone` orders refused for want of stock, `far` for want of a centre."""

    orders: int = 0
    units: int = 0
    gone: int = 0
    far: int = 0


@dataclass(frozen=True, slots=True)
class LastChoice:
    """How the last order found its centre: all that are near, and those that had everything, best first."""

    x: float
    y: float
    near: tuple[CandidateCentre, ...]
    scored: tuple[ScoredCentre, ...]
    chosen: int
    items: Mapping[int, int]


class Purchase:
    """Places orders. `last` is the newest choice of a centre."""

    def __init__(self, context: EngineContext[Config], stock: Stock, reach: Reach) -> None:
        self._context, self._stock, self._reach = context, stock, reach
        self._room, self._sql, self._clock = context.room.id, context.room.sql, context.clock
        self._orderings: dict[str, Ordering] = {one: kind(context, stock) for one, kind in ORDERINGS.items()}
        self._reservations: dict[str, Reservation] = {
            one: kind(context, stock) for one, kind in RESERVATIONS.items()
        }
        self.counters = Counters()
        self.in_flight: set[str] = set()
        self._tills = asyncio.Semaphore(SELL_AT_ONCE)
        self.last: LastChoice | None = None

    @property
    def reservation(self) -> Reservation:
        """What keeps units for carts now."""
        return self._reservations[self._context.config.reservation]

    async def ranked(
        self, x: float, y: float, items: Mapping[int, int], *, cart: KeptCart | None = None
    ) -> list[int]:
        """Centres that have all of it and are there within the hour, the best first.

        `Conflict` when no centre is, `ItemsGone` when none has it.
        """
        candidates = await self._reach.candidates(x, y, source=ORDERS)
        if not candidates:
            self.counters.far += 1
            self._context.decide("no open centre is there within the hour: nothing is promised")
            raise Conflict("no centre can be there within the hour", gone=[])
        stock = await self._free([one.centre_id for one in candidates], items, cart)
        able = [
            one for one in candidates if all(stock[one.centre_id, item] >= n for item, n in items.items())
        ]
        if not able:
            short = short_of([one.centre_id for one in candidates], stock, items)
            self._context.decide(f"none of {len(candidates)} centres has all of it")
            self.counters.gone += 1
            raise ItemsGone(short, wanted=items)
        scored = ALLOCATIONS[self._context.config.allocation].rank(self._context, able, stock, items)
        order = [one.candidate.centre_id for one in scored]
        if cart is not None and cart.centre_id in order:
            order.sort(key=lambda one: one != cart.centre_id)  # where its units are kept, first
        self.last = LastChoice(x, y, tuple(candidates), tuple(scored), order[0], items)
        return order

    async def _free(
        self, centres: Sequence[int], items: Mapping[int, int], cart: KeptCart | None
    ) -> Counter[tuple[int, int]]:
        found: Counter[tuple[int, int]] = await self._context.node(DATABASE).call(
            "count", lambda: self._stock.free_at(centres, items), source=ORDERS
        )
        if cart is not None and cart.units and self._context.config.reservation == "status":
            for item, count in cart.items.items():
                found[cart.centre_id, item] += count
        return found

    async def order(
        self, x: float, y: float, items: Mapping[int, int], *, cart: KeptCart | None = None
    ) -> Order:
        """An order with all of it, from one centre; see `ranked`. What a cart keeps is taken first."""
        gone: dict[int, int] = {}
        ranked = await self.ranked(x, y, items, cart=cart)
        for centre_id in ranked:
            cart_id = cart.id if cart else ""
            barred = await self.reservation.barred(centre_id, list(items), cart_id)
            held = cart.units if cart and cart.centre_id == centre_id else ()
            order = self._new(x, y, items, ranked=ranked, centre_id=centre_id, cart_id=cart_id)
            try:
                units = await self._sell(Sale(order, Wanted(centre_id, items, cart_id, held, barred)))
            except ItemsGone as error:
                gone = gone or error.gone
                continue
            self._placed(order, units)
            return order
        self.counters.gone += 1
        self._context.decide("what was counted a moment ago is sold by now")
        raise ItemsGone(gone, wanted=items)

    async def _sell(self, sale: Sale) -> tuple[int, ...]:
        """By the approach in force; so many at once, as more would only be in each other's way."""
        async with self._tills:
            self.in_flight.add(sale.order.id)
            try:
                return await self._ordering.place(sale)
            finally:
                self.in_flight.discard(sale.order.id)

    @property
    def _ordering(self) -> Ordering:
        return self._orderings[self._context.config.ordering]

    def _new(
        self, x: float, y: float, items: Mapping[int, int], *, ranked: list[int], centre_id: int, cart_id: str
    ) -> Order:
        now, config = self._clock.time(), self._context.config
        late = ALLOCATIONS[config.allocation].late
        return Order(
            id=secrets.token_urlsafe(9),
            shopper=acting().name,
            x=x,
            y=y,
            items=dict(items),
            centres=tuple(ranked),
            centre_id=centre_id,
            cart_id=cart_id,
            state="promised" if late else "waiting",
            placed=now,
            due=now + PROMISE_MIN * MINUTE_S,
            queued=now,
            courier_s=config.courier_min * MINUTE_S,
        )

    def _placed(self, order: Order, units: Sequence[int]) -> None:
        self.counters.orders += 1
        self.counters.units += len(units)
        if order.state == "promised":
            self._reach.pool += 1
        else:
            self._reach.lines[order.centre_id] += 1
        if self._reach.is_open(order.centre_id):  # it may have closed since: the order stands
            self._context.node(CENTRES[order.centre_id].node).touch("order", "ok", source=ORDERS)
        self._stock.touched((order.centre_id, item) for item in order.items)
        if self.last is not None:
            self.last = replace(self.last, chosen=order.centre_id)

    async def find(self, order_id: str) -> Order | None:
        """The order of that id."""
        query = sa.select(ORDER).where(ORDER.c.room == self._room, ORDER.c.id == order_id)
        row = await self._sql.read(lambda c: c.execute(query).one_or_none())
        return order_of(row) if row is not None else None

    async def of_cart(self, cart_id: str) -> Order | None:
        """The order that a cart became."""
        query = sa.select(ORDER).where(ORDER.c.room == self._room, ORDER.c.cart_id == cart_id).limit(1)
        row = await self._sql.read(lambda c: c.execute(query).first())
        return order_of(row) if row is not None else None

    async def own(self, order_id: str) -> Order:
        """The acting user's order of that id; `NotFound` for another's as for one that never was."""
        found = await self.find(order_id)
        if found is None or found.shopper != acting().name:
            self._context.decide("there is no order of that id for this user")
            raise NotFound("there is no such order")
        self._context.decide("the row says how far it is; when it arrives follows from its times")
        return found

    async def units_of(self, order_id: str) -> list[int]:
        """The units of its lines."""
        query = sa.select(LINE.c.unit_id).where(LINE.c.room == self._room, LINE.c.order_id == order_id)
        return await self._sql.read(lambda c: list(c.execute(query).scalars()))
