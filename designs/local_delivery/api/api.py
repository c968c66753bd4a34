"""The endpoints of local delivery: what is there, carts, orders."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from designs.local_delivery.api.schemas import (
    AvailabilityOut,
    CartBody,
    CartOut,
    ChangeBody,
    ItemBody,
    OrderBody,
    OrderOut,
    availability_out,
    cart_out,
    order_out,
)
from designs.local_delivery.engine.engine import LocalDelivery, ids_of
from designs.local_delivery.engine.reach import place_of
from designs.local_delivery.engine.world import BY_SLUG
from sdlab.api.kit import IdempotencyKey
from sdlab.api.problems import documented
from sdlab.lab import Invalid
from sdlab.rooms.http import EngineOf, acting_user

EngineHere = Annotated[LocalDelivery, EngineOf("local-delivery", LocalDelivery)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{6,40}$", description="as it was given")]
MOST_ASKED = 500


def router() -> APIRouter:
    """Everything below `/api/local-delivery`."""
    routes = APIRouter(dependencies=[Depends(acting_user)])
    _add_availability(routes)
    _add_carts(routes)
    _add_orders(routes)
    return routes


def _items(asked: list[ItemBody]) -> dict[int, int]:
    """Things by id; one that is named twice is wanted as often."""
    found: dict[str, int] = {}
    for one in asked:
        found[one.item] = found.get(one.item, 0) + one.quantity
    return ids_of(found)


def _add_availability(routes: APIRouter) -> None:
    @routes.get("/availability", summary="What can be had within the hour", responses=documented(503))
    async def availability(
        engine: EngineHere,
        lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
        long: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
        items: Annotated[
            str, Query(max_length=MOST_ASKED, description="things with commas between them; all without")
        ] = "",
    ) -> AvailabilityOut:
        """422 for a place outside of the city, or for a thing that is not sold here."""
        asked = [one.strip() for one in items.split(",") if one.strip()] or list(BY_SLUG)
        x, y = place_of(lat, long)
        return availability_out(await engine.availability(x, y, list(ids_of(dict.fromkeys(asked, 1)))))


def _add_carts(routes: APIRouter) -> None:
    @routes.post("/carts", summary="Fill a cart", status_code=201, responses=documented(409, 503))
    async def fill(engine: EngineHere, body: CartBody, idempotency_key: IdempotencyKey = None) -> CartOut:
        """409 says in `gone` exactly which things are gone, with how many are left; then nothing is kept."""
        x, y = place_of(body.lat, body.long)
        return cart_out(await engine.fill_cart(x, y, _items(body.items), key=idempotency_key))

    @routes.get("/carts/{id}", summary="One's own cart", responses=documented(404))
    async def cart(engine: EngineHere, id: Id) -> CartOut:
        """404 for another's as for one that there is not."""
        return cart_out(await engine.cart(id))

    @routes.put("/carts/{id}", summary="Change a cart", responses=documented(404, 409, 410, 503))
    async def change(engine: EngineHere, id: Id, body: ChangeBody) -> CartOut:
        """The time begins anew. 410 for a cart that is over; 409 leaves it as it was."""
        return cart_out(await engine.change_cart(id, _items(body.items)))

    @routes.delete("/carts/{id}", summary="Give a cart back", responses=documented(404, 410, 503))
    async def give_back(engine: EngineHere, id: Id) -> CartOut:
        """What it kept is free at once."""
        return cart_out(await engine.give_back(id))


def _add_orders(routes: APIRouter) -> None:
    @routes.post("/order", summary="Order", status_code=201, responses=documented(404, 409, 410, 503))
    async def order(engine: EngineHere, body: OrderBody, idempotency_key: IdempotencyKey = None) -> OrderOut:
        """All of it within the hour, or nothing: 409 says in `gone` exactly which things are gone.

        A cart that was ordered answers with its order again.
        """
        if body.cart_id == "":
            raise Invalid("an empty id is no cart", field="cart_id")
        x, y = place_of(body.lat, body.long)
        placed = await engine.order(x, y, _items(body.items), cart_id=body.cart_id or "", key=idempotency_key)
        return order_out(placed)

    @routes.get("/orders/{id}", summary="Where an order is", responses=documented(404))
    async def find(engine: EngineHere, id: Id) -> OrderOut:
        """404 for another's as for one that there is not."""
        return order_out(await engine.find_order(id))
