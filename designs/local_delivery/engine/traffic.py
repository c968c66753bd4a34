"""Performs the operations of workloads: people look, fill carts, walk away, order; Sam shops on the page."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from designs.local_delivery.engine.engine import LocalDelivery, ids_of
from designs.local_delivery.engine.order import Order
from designs.local_delivery.engine.shoppers import SAM
from designs.local_delivery.engine.world import BY_SLUG, CENTRES, ITEMS
from sdlab.lab import Conflict, NotFound, Operation, Traffic, acting_as, performs

MOST_CARTS = 1_000


class LocalDeliveryTraffic(Traffic[LocalDelivery]):
    """Remembers whose cart is which; operations name the nth of them. An answer promises its order, or its cart."""

    def __init__(self, engine: LocalDelivery) -> None:
        super().__init__(engine)
        self._carts: OrderedDict[str, tuple[str, float, float, Mapping[int, int]]] = OrderedDict()

    def _place(self, args: Mapping[str, Any]) -> tuple[float, float]:
        """Where the operation is: somewhere, or at the pin on the page."""
        shoppers = self.engine.shoppers
        return (args["x"], args["y"]) if "x" in args else (shoppers.x, shoppers.y)

    @performs("look")
    async def look(self, operation: Operation) -> dict[str, Any]:
        """Look what there is."""
        x, y = self._place(operation.args)
        found = await self.engine.availability(x, y, list(ITEMS))
        return {"centres": len(found.centres)}

    @performs("order")
    async def order(self, operation: Operation) -> dict[str, Any]:
        """Order without a cart."""
        x, y = self._place(operation.args)
        return _said(await self.engine.order(x, y, ids_of(operation.args["items"])))

    @performs("fill")
    async def fill(self, operation: Operation) -> dict[str, Any]:
        """Fill a cart and leave it there, for now."""
        x, y = self._place(operation.args)
        items = ids_of(operation.args["items"])
        cart = await self.engine.fill_cart(x, y, items)
        self._carts[cart.id] = (operation.actor, x, y, items)
        while len(self._carts) > MOST_CARTS:
            self._carts.popitem(last=False)
        return {"cart": cart.id, "units": list(cart.units), "until": cart.until}

    @performs("pay")
    async def pay(self, operation: Operation) -> dict[str, Any]:
        """One of those who have a cart orders what is in it."""
        if not self._carts:
            raise Conflict("nobody has a cart")
        cart_id = list(self._carts)[operation.args["nth"] % len(self._carts)]
        actor, x, y, items = self._carts.pop(cart_id)
        with acting_as(actor, by_hand=False):
            return _said(await self.engine.order(x, y, items, cart_id=cart_id))

    @performs("restock")
    async def restock(self, operation: Operation) -> dict[str, Any]:
        """A van with the hot item."""
        return {"brought": await self.engine.bring_hot()}

    @performs("close")
    async def close(self, operation: Operation) -> dict[str, Any]:
        """A centre closes, if it is open."""
        centre = CENTRES[operation.args["centre"]]
        if self.engine.reach.is_open(centre.id):
            await self.engine.set_fault(centre.node, "down")
        return {}

    @performs("sam")
    async def sam(self, operation: Operation) -> dict[str, Any]:
        """Sam, on the page, puts one more into the cart; `change` below 0 puts one back."""
        await self.engine.put(SAM, BY_SLUG[operation.args["item"]].id, operation.args["change"])
        return {}

    @performs("sam_pays")
    async def sam_pays(self, operation: Operation) -> dict[str, Any]:
        """Sam orders what is in the cart."""
        if self.engine.shoppers.sam.cart is None:
            raise Conflict("Sam's cart is empty")
        await self.engine.pay(SAM)
        return {}

    async def honours(self, answer: Any) -> bool:
        """An order is there with all of its units; a cart keeps its units until it is ordered or its time is over."""
        if not isinstance(answer, Mapping):
            return True
        if "order" in answer:
            found = await self.engine.purchase.find(answer["order"])
            units = await self.engine.purchase.units_of(answer["order"])
            return found is not None and len(units) == sum(found.items.values())
        if "cart" in answer:
            return await self._keeps(answer)
        return True

    async def _keeps(self, answer: Mapping[str, Any]) -> bool:
        try:
            cart = await self.engine.carts.cart(answer["cart"])
        except NotFound:
            return False
        if cart.state != "open" or answer["until"] <= self.engine.clock.time():
            return True
        if await self.engine.purchase.of_cart(cart.id):
            return True  # it became an order, and nobody came to say so
        owned = await self.engine.carts.reservation.owned(cart.id, cart.units)
        return owned == set(cart.units) == set(answer["units"])


def _said(order: Order) -> dict[str, Any]:
    return {"order": order.id}
