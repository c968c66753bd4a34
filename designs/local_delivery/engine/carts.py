"""Carts: what somebody wants, and the units that are kept for it meanwhile."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.models import CART
from designs.local_delivery.engine.order import items_of
from designs.local_delivery.engine.purchase import Purchase
from designs.local_delivery.engine.reach import Reach
from designs.local_delivery.engine.stock import ItemsGone, Stock, Wanted
from designs.local_delivery.engine.strategies import RESERVATIONS
from designs.local_delivery.engine.strategies.reserving import Keep, Reservation
from sdlab.lab import Conflict, EngineContext, Gone, NotFound, acting

MOST_OPEN = 2_000
OVER = {"ordered": "was ordered", "emptied": "was given back", "expired": "has expired"}


@dataclass(frozen=True, slots=True)
class Cart:
    """See `CartRow`; `items` and `units` by id."""

    id: str
    shopper: str
    x: float
    y: float
    items: Mapping[int, int]
    units: tuple[int, ...]
    centre_id: int
    until: float
    kept_by: str
    state: str = "open"

    def row(self, room: str) -> dict[str, Any]:
        """As a row."""
        plain = {**asdict(self), "room": room, "units": orjson.dumps(self.units).decode()}
        plain["basket"] = orjson.dumps({str(item): count for item, count in self.items.items()}).decode()
        del plain["items"]
        return plain

    def kept(self) -> dict[str, Any]:
        """As plain JSON data."""
        return self.row("")

    @classmethod
    def again(cls, kept: Mapping[str, Any]) -> Cart:
        """What `kept` or a row gave."""
        found = {name: value for name, value in kept.items() if name not in ("room", "basket")}
        items, units = items_of(kept["basket"]), tuple(orjson.loads(found["units"]))
        return cls(**{**found, "items": items, "units": units})


def cart_of(row: sa.Row[Any]) -> Cart:
    """The cart of a row."""
    return Cart.again(dict(row._mapping))


class Carts:
    """The carts of a room. `kept` and `expired` count since opened."""

    def __init__(
        self, context: EngineContext[Config], stock: Stock, reach: Reach, purchase: Purchase
    ) -> None:
        self._context, self._stock, self._reach, self._purchase = context, stock, reach, purchase
        self._room, self._sql, self._clock = context.room.id, context.room.sql, context.clock
        self.kept = self.refused = self.expired = 0

    @property
    def reservation(self) -> Reservation:
        """What keeps units for carts now."""
        return self._purchase.reservation

    async def fill(self, x: float, y: float, items: Mapping[int, int], *, before: Cart | None = None) -> Cart:
        """A cart with all of these, kept at one centre that reaches the place; or the cart with other things in it.

        `ItemsGone` names what there is too little of; then the cart is as it was.
        """
        cart_id = before.id if before else secrets.token_urlsafe(9)
        until = self._clock.time() + self._context.config.reserve_s
        ranked = await self._purchase.ranked(x, y, items, cart=before)
        gone: dict[int, int] = {}
        for centre_id in ranked:
            held = before.units if before and before.centre_id == centre_id else ()
            want = Wanted(centre_id, items, cart_id, held)
            try:
                units = await self.reservation.keep(Keep(want, until, acting().name))
            except ItemsGone as error:
                gone = gone or error.gone
                continue
            if before and before.units and before.centre_id != centre_id:
                await self.reservation.give_back(before.id, before.units)
            cart = Cart(
                cart_id, acting().name, x, y, items, units, centre_id, until, self._context.config.reservation
            )
            await self._put(cart)
            self.kept += bool(units)
            self._stock.touched((centre_id, item) for item in {*items, *(before.items if before else ())})
            return cart
        self.refused += 1
        raise ItemsGone(gone, wanted=items)

    async def _put(self, cart: Cart) -> None:
        row = cart.row(self._room)
        put = self._sql.insert(CART).values(row)
        changed = put.on_conflict_do_update(index_elements=["room", "id"], set_=row)
        await self._sql.write(lambda c: c.execute(changed) and None)

    async def change(self, cart: Cart, items: Mapping[int, int]) -> Cart:
        """Other things in the cart; the time begins anew. `Gone` for a cart that is over."""
        self.check_open(cart)
        return await self.fill(cart.x, cart.y, items, before=cart)

    def check_open(self, cart: Cart) -> None:
        """`Gone` for a cart that was ordered or given back; `Conflict` is for its things."""
        if cart.state != "open":
            self._context.decide(f"the cart is {cart.state}: nothing can be done with it")
            raise Gone(f"this cart {OVER.get(cart.state, 'is over')}")

    async def cart(self, cart_id: str) -> Cart:
        """The cart of that id. `NotFound`."""
        query = sa.select(CART).where(CART.c.room == self._room, CART.c.id == cart_id)
        row = await self._sql.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            raise NotFound("there is no such cart")
        return cart_of(row)

    async def own(self, cart_id: str) -> Cart:
        """The acting user's cart of that id; `NotFound` for another's as for one that never was."""
        found = await self.cart(cart_id)
        if found.shopper != acting().name:
            self._context.decide("the cart is somebody else's: for this user there is none")
            raise NotFound("there is no such cart")
        return found

    async def end(self, cart: Cart, state: str) -> Cart:
        """The cart is over; its units are given back, unless they were ordered."""
        mine = sa.and_(CART.c.room == self._room, CART.c.id == cart.id, CART.c.state == "open")
        done = await self._sql.write(
            lambda c: c.execute(CART.update().where(mine).values(state=state)).rowcount
        )
        if done and cart.units:
            await self.reservation.give_back(cart.id, cart.units)
            self._stock.touched((cart.centre_id, item) for item in cart.items)
        return replace(cart, state=state)

    async def open_carts(self, *, until_before: float | None = None) -> list[Cart]:
        """Carts that nobody has ended, those whose time ends first at the front."""
        query = sa.select(CART).where(CART.c.room == self._room, CART.c.state == "open")
        if until_before is not None:
            query = query.where(CART.c.until <= until_before)
        query = query.order_by(CART.c.until).limit(MOST_OPEN)
        return [cart_of(row) for row in await self._sql.read(lambda c: c.execute(query).all())]

    async def expire(self) -> int:
        """Carts whose time is over are over; how many. What they kept is the sweeper's matter, or the lock store's."""
        now = self._clock.time()
        mine = sa.and_(CART.c.room == self._room, CART.c.state == "open", CART.c.until <= now)
        ended = CART.update().where(mine, CART.c.kept_by == "status").values(state="expired")
        found = int(await self._sql.write(lambda c: c.execute(ended).rowcount))
        self.expired += found
        return found

    async def move(self, before: str) -> None:
        """Carry open carts over to the approach now in force; those whose time is over are let go."""
        old = RESERVATIONS[before](self._context, self._stock)
        for cart in await self.open_carts():
            await old.give_back(cart.id, cart.units)
            if cart.until <= self._clock.time():
                continue
            want = Wanted(cart.centre_id, cart.items, cart.id)
            try:
                units = await self.reservation.keep(Keep(want, cart.until, cart.shopper))
            except Conflict:
                units = ()  # sold in the moment between: the checkout will say so
            await self._put(replace(cart, units=units, kept_by=self._context.config.reservation))
