"""Local delivery at work in one room: what is there, a cart, an order, and the way of the order to the door."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from designs.local_delivery.config import Config
from designs.local_delivery.engine.carts import Cart, Carts
from designs.local_delivery.engine.claims import CHECK_EVERY_S, CLAIMS, ClaimChecker
from designs.local_delivery.engine.dispatch import Dispatch
from designs.local_delivery.engine.looking import Looking, Shelves
from designs.local_delivery.engine.nodes import (
    ALLOCATOR,
    AVAILABILITY,
    COORDINATOR,
    FLOWS,
    ORDERS,
    REPLICATOR,
    SWEEPER,
    plan,
)
from designs.local_delivery.engine.order import Order, in_words
from designs.local_delivery.engine.purchase import Purchase
from designs.local_delivery.engine.reach import Reach
from designs.local_delivery.engine.reader import StoreReader
from designs.local_delivery.engine.replicas import Replicas
from designs.local_delivery.engine.shoppers import SAM, YOU, Shoppers, both_at_once
from designs.local_delivery.engine.stock import Stock
from designs.local_delivery.engine.strategies import ORDERINGS, PICKINGS
from designs.local_delivery.engine.transactions import Transactions
from designs.local_delivery.engine.upkeep import Upkeep
from designs.local_delivery.engine.workers import Workers
from designs.local_delivery.engine.world import BY_SLUG, CENTRES, ride_min
from sdlab.lab import Engine, Invalid, Node, NodeSpec, Room, acting, as_user
from sdlab.parts.idempotency import IdempotencyKeys
from sdlab.parts.ttl_locks import NamedLocks

MOST_OF_ONE, MOST_ITEMS = 9, 8
PAGE_S, RESTOCK_S, ALLOCATE_S, DECIDE_S, EXPIRE_S = 0.3, 20.0, 0.5, 0.5, 1.0


class LocalDelivery(Engine[Config]):
    """Units, orders and carts are rows; counts in replicas and locks are keys; only answers are in memory."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.keys = IdempotencyKeys(context)
        self._busy = NamedLocks()
        self.transactions = Transactions(context)
        self.stock = Stock(context, self.transactions)
        self.reach = Reach(context)
        self.replicas = Replicas(context, self.stock)
        self.looking = Looking(context, self.stock, self.reach, self.replicas)
        self.purchase = Purchase(context, self.stock, self.reach)
        self.carts = Carts(context, self.stock, self.reach, self.purchase)
        self.upkeep = Upkeep(context, self.stock)
        self.dispatch = Dispatch(context, self.stock, self.reach)
        self.shoppers = Shoppers(context, self.stock, self.reach, self.looking, self.carts, self.purchase)
        self.checker = ClaimChecker(context, self.stock, self.purchase, self.carts, self.dispatch)
        self.reader = StoreReader(context, self.replicas, self.carts, self.shoppers)
        self.workers = Workers(context)
        self.stock.changed.connect(self.replicas.noticed)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.stock.open()
        await self.dispatch.refresh()
        await self.replicas.fill()
        self.looking.sources.reset(self.config.kept_s)
        await self.shoppers.open()
        self.workers.add(SWEEPER, lambda: self.config.sweep_s, self.upkeep.sweep)
        self.workers.add(ALLOCATOR, lambda: ALLOCATE_S, self.dispatch.allocate)
        self.workers.add(COORDINATOR, lambda: DECIDE_S, self.upkeep.decide_old)
        self.workers.add(REPLICATOR, lambda: self.config.lag_ms / 1000, self.replicas.follow)
        self.workers.sync()
        self.supervise("pickers", self.dispatch.picking)
        self.every("shoppers on the page", PAGE_S, self.shoppers.refresh)
        self.every("carts that are over", EXPIRE_S, self.carts.expire)
        self.every("vans", RESTOCK_S, self.stock.restock)
        self.every("claims", CHECK_EVERY_S, self.checker.check, yields=True)

    async def close(self) -> None:
        """End the workers, then the work beside them."""
        await self.workers.stop()
        await super().close()

    async def reconfigure(self, before: Config) -> None:
        if self.config.reservation != before.reservation:
            await self.carts.move(before.reservation)
        if before.ordering == "coordinated" != self.config.ordering:
            await self._decide_all()
        if (self.config.availability, self.config.kept_s) != (before.availability, before.kept_s):
            self.looking.sources.reset(self.config.kept_s)
        if self.config.availability == "regions" != before.availability:
            await self.replicas.fill()
        self.workers.sync()
        self.shoppers.wrote()
        await self.shoppers.refresh()

    async def _decide_all(self) -> None:
        """Nobody will be there to end what is in doubt."""
        await self.upkeep.decide_old(older_than=0.0)

    async def fault_changed(self, node: Node) -> None:
        """A worker is ended or started where it is killed or brought back."""
        self.workers.sync()
        self.shoppers.wrote()

    # What is there

    async def availability(self, x: float, y: float, items: Collection[int]) -> Shelves:
        """What can be had at a place within the hour."""
        async with self.request("GET availability") as trace:
            self.node(AVAILABILITY).touch("look", "ok", source="visitor")
            found = await self.looking.shelves(x, y, items)
            some = sum(found.left(one) > 0 for one in found.items)
            trace.sentence = (
                f"{trace.by} looked: {some} of {len(found.items)} things from {len(found.centres)} centres, "
                f"says the {found.source}"
            )
            return found

    async def move_pin(self, x: float, y: float) -> None:
        """Both on the page shop at another address."""
        async with self.request("move the pin") as trace:
            self.node(AVAILABILITY).touch("look", "ok", source="visitor")
            await self.shoppers.move(x, y)
            trace.sentence = f"the pin is at another address: {len(self.shoppers.near)} centres are near it"
        self.changed()

    # Carts

    async def fill_cart(
        self, x: float, y: float, items: Mapping[int, int], *, key: str | None = None
    ) -> Cart:
        """A cart with all of these, kept for a while. `Conflict` says exactly what is gone."""
        async with self.request("POST carts") as trace:
            self.node(ORDERS).touch("fill", "ok", source="visitor")
            check_items(items)
            cart = await self.keys.once(
                key,
                operation="cart",
                body={"x": x, "y": y, "items": _plain(items)},
                work=lambda: self.carts.fill(x, y, items),
                dump=Cart.kept,
                load=Cart.again,
            )
            trace.sentence = f"{trace.by} has {in_words(items)} in the cart{_kept(cart)}"
            return cart

    async def change_cart(self, cart_id: str, items: Mapping[int, int]) -> Cart:
        """Other things in one's own cart; the time begins anew. Without things it is given back."""
        async with self.request("PUT carts") as trace:
            self.node(ORDERS).touch("change", "ok", source="visitor")
            async with self._busy.hold(cart_id):
                cart = await self.carts.own(cart_id)
                if not items:
                    self.carts.check_open(cart)
                    self.decide("nothing is wanted any more: everything is given back")
                    trace.sentence = f"{trace.by} emptied the cart"
                    return await self.carts.end(cart, "emptied")
                check_items(items)
                cart = await self.carts.change(cart, items)
            trace.sentence = f"{trace.by} has {in_words(items)} in the cart{_kept(cart)}"
            return cart

    async def give_back(self, cart_id: str) -> Cart:
        """Empty one's own cart."""
        async with self.request("DELETE carts") as trace:
            self.node(ORDERS).touch("give back", "ok", source="visitor")
            async with self._busy.hold(cart_id):
                cart = await self.carts.own(cart_id)
                self.carts.check_open(cart)
                self.decide("the cart is open and one's own: what it keeps is free again")
                trace.sentence = f"{trace.by} gave {in_words(cart.items)} back"
                return await self.carts.end(cart, "emptied")

    async def cart(self, cart_id: str) -> Cart:
        """One's own cart. `NotFound`."""
        async with self.request("GET carts") as trace:
            self.node(ORDERS).touch("cart", "ok", source="visitor")
            cart = await self.carts.own(cart_id)
            self.decide("the cart's row says what it keeps, and until when")
            trace.sentence = f"{trace.by} looked at the cart: {in_words(cart.items)}"
            return cart

    # Orders

    async def order(
        self, x: float, y: float, items: Mapping[int, int], *, cart_id: str = "", key: str | None = None
    ) -> Order:
        """All of it within the hour, or nothing. `Conflict` says exactly what is gone; `NotFound` for another's cart."""
        async with self.request("POST order") as trace:
            self.node(ORDERS).touch("order", "ok", source="visitor")
            check_items(items)
            order = await self.keys.once(
                key,
                operation="order",
                body={"x": x, "y": y, "items": _plain(items), "cart_id": cart_id},
                work=lambda: self._order(x, y, items, cart_id),
                dump=Order.kept,
                load=Order.again,
            )
            ride = ride_min(order.centre_id, order.x, order.y)
            centre = CENTRES[order.centre_id].name
            trace.sentence = (
                f"{trace.by} ordered {order.said}: from {centre}, {ride:.0f} min along the streets"
            )
            return order

    async def _order(self, x: float, y: float, items: Mapping[int, int], cart_id: str) -> Order:
        if not cart_id:
            return await self.purchase.order(x, y, items)
        async with self._busy.hold(cart_id):
            cart = await self.carts.own(cart_id)
            # Also of an open one: who served it may have died between the order and the end of the cart.
            if before := await self.purchase.of_cart(cart_id):
                self.decide("this cart was ordered before: its order again")
                await self.carts.end(cart, "ordered")
                return before
            self.carts.check_open(cart)
            order = await self.purchase.order(x, y, items, cart=cart)
            await self.carts.end(cart, "ordered")
            return order

    async def find_order(self, order_id: str) -> Order:
        """One's own order. `NotFound`."""
        async with self.request("GET orders") as trace:
            self.node(ORDERS).touch("order", "ok", source="visitor")
            order = await self.purchase.own(order_id)
            trace.sentence = (
                f"{trace.by} looked where the order is: {order.state} at {CENTRES[order.centre_id].name}"
            )
            return order

    # The two on the page

    async def put(self, name: str, item: int, change: int) -> None:
        """One more or fewer of something in the cart of one of the two."""
        cart, wanted = self.shoppers.of(name).cart, self.shoppers.wanted(name, item, change)
        if cart is None:
            if not wanted:
                return
            work = self.fill_cart(self.shoppers.x, self.shoppers.y, wanted)
        else:
            work = self.change_cart(cart.id, wanted)
        await self._does(name, work)

    async def pay(self, name: str) -> None:
        """One of the two orders what is in the cart."""
        cart = self.shoppers.of(name).cart
        if cart is None:
            raise Invalid("the cart is empty", field="cart")
        await self._does(name, self.order(cart.x, cart.y, cart.items, cart_id=cart.id))

    async def empty(self, name: str) -> None:
        """One of the two empties the cart."""
        cart = self.shoppers.of(name).cart
        if cart is not None:
            await self._does(name, self.give_back(cart.id))

    async def _does(self, name: str, work: object) -> None:
        by_hand = acting().by_hand
        try:
            await self.shoppers.did(name, as_user(name, work, by_hand=by_hand))  # type: ignore[arg-type]
        finally:
            await self.shoppers.settle()

    async def race(self, item: int) -> None:
        """Both order one of something at the same moment, without a cart."""
        x, y = self.shoppers.x, self.shoppers.y
        await both_at_once(
            self._does(YOU, self.order(x, y, {item: 1})), self._does(SAM, self.order(x, y, {item: 1}))
        )

    async def bring_hot(self) -> int:
        """A van fills up the shelf of the hot item; how many it brought."""
        return await self.stock.bring_hot()

    def in_force(self) -> tuple[str, str, str]:
        """The statements that sell, the end of the one that picks, and what it means."""
        picking = PICKINGS[self.config.picking]
        return ORDERINGS[self.config.ordering].does, picking.does, picking.how


def check_items(items: Mapping[int, int]) -> None:
    """`Invalid` for nothing, too many kinds, or too many of one."""
    if not 0 < len(items) <= MOST_ITEMS:
        raise Invalid(f"1 to {MOST_ITEMS} kinds of things", field="items")
    if any(not 0 < count <= MOST_OF_ONE for count in items.values()):
        raise Invalid(f"1 to {MOST_OF_ONE} of each thing", field="items")


def ids_of(slugs: Mapping[str, int]) -> dict[int, int]:
    """Items by id. `Invalid` for one that is not sold here."""
    unknown = [one for one in slugs if one not in BY_SLUG]
    if unknown:
        raise Invalid(f"{unknown[0]} is not sold here", field="items")
    return {BY_SLUG[slug].id: count for slug, count in slugs.items()}


def _plain(items: Mapping[int, int]) -> dict[str, int]:
    return {str(item): count for item, count in items.items()}


def _kept(cart: Cart) -> str:
    if not cart.units:
        return ": nothing is kept for it"
    return f": {len(cart.units)} kept at {CENTRES[cart.centre_id].name}"
