"""What the API takes and gives, as pydantic models; and calls that show it."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, Field

from designs.local_delivery.engine.carts import Cart
from designs.local_delivery.engine.looking import Shelves
from designs.local_delivery.engine.order import Order
from designs.local_delivery.engine.world import CENTRES, ITEMS, MINUTE_S
from sdlab.api.kit import StrictModel
from sdlab.lab import Example

BASE = "/api/local-delivery"
HERE = {"lat": 48.0232, "long": 11.0571}
FAR = {"lat": 48.0081, "long": 11.0054}
WHERE = f"lat={HERE['lat']}&long={HERE['long']}"
SLUG = Field(pattern=r"^[a-z][a-z-]{0,30}$", examples=["oat-milk"])


class AvailableItem(BaseModel):
    """A thing, and how many of it the centres that reach the place have together."""

    item: str = Field(examples=["oat-milk"])
    name: str
    cents: int
    left: int


class NearCentre(BaseModel):
    """A centre that is there within the hour. `ride_minutes` is null where nobody asked the streets."""

    id: str
    name: str
    ride_minutes: float | None


class AvailabilityOut(BaseModel):
    """What can be had at a place. `answered_by` is replica, cache or database."""

    items: list[AvailableItem]
    centres: list[NearCentre]
    answered_by: str


class ItemBody(StrictModel):
    """So many of a thing."""

    item: str = SLUG
    quantity: int = Field(ge=1, le=9, examples=[1])


class CartBody(StrictModel):
    """Things for a place."""

    lat: float = Field(ge=-90, le=90, examples=[HERE["lat"]])
    long: float = Field(ge=-180, le=180, examples=[HERE["long"]])
    items: list[ItemBody] = Field(min_length=1, max_length=8)


class ChangeBody(StrictModel):
    """Other things for the same place; none give the cart back."""

    items: list[ItemBody] = Field(max_length=8)


class OrderBody(CartBody):
    """The same to be delivered; with `cart_id` what one's own cart keeps is taken first."""

    cart_id: str | None = Field(default=None, max_length=40)


class ItemOut(BaseModel):
    """So many of a thing."""

    item: str
    quantity: int


class CartOut(BaseModel):
    """A cart. `units` are kept for it at `centre` until `expires_at`; none where nothing is kept."""

    id: str
    items: list[ItemOut]
    units: list[int]
    centre: str
    expires_at: datetime
    status: str = Field(description="open, ordered, emptied or expired")


class OrderOut(BaseModel):
    """An order. A minute of the city is a second of this lab, and its times are those of the lab."""

    id: str
    items: list[ItemOut]
    centre: str
    status: str = Field(description="promised, waiting, picking or left")
    placed_at: datetime
    due_at: datetime = Field(description="the hour that was promised")
    arrives_at: datetime | None = Field(description="known once it has left the centre")
    ride_minutes: float


def items_out(items: dict[int, int]) -> list[ItemOut]:
    """Things, as they travel."""
    return [ItemOut(item=ITEMS[one].slug, quantity=count) for one, count in items.items()]


def availability_out(found: Shelves) -> AvailabilityOut:
    """An answer, as it travels."""
    return AvailabilityOut(
        items=[
            AvailableItem(
                item=ITEMS[one].slug, name=ITEMS[one].name, cents=ITEMS[one].cents, left=found.left(one)
            )
            for one in found.items
        ],
        centres=[
            NearCentre(
                id=str(one.centre_id),
                name=CENTRES[one.centre_id].name,
                ride_minutes=round(one.ride, 1) if one.ride >= 0 else None,
            )
            for one in found.centres
        ],
        answered_by=found.source,
    )


def cart_out(cart: Cart) -> CartOut:
    """A cart, as it travels."""
    return CartOut(
        id=cart.id,
        items=items_out(dict(cart.items)),
        units=list(cart.units),
        centre=CENTRES[cart.centre_id].name,
        expires_at=datetime.fromtimestamp(cart.until, UTC),
        status=cart.state,
    )


def order_out(order: Order) -> OrderOut:
    """An order, as it travels."""
    return OrderOut(
        id=order.id,
        items=items_out(dict(order.items)),
        centre=CENTRES[order.centre_id].name,
        status=order.state,
        placed_at=datetime.fromtimestamp(order.placed, UTC),
        due_at=datetime.fromtimestamp(order.due, UTC),
        arrives_at=datetime.fromtimestamp(order.arrives, UTC) if order.arrives else None,
        ride_minutes=round(order.ride_now() / MINUTE_S, 1),
    )


EXAMPLES = (
    Example("What is there", "GET", f"{BASE}/availability?{WHERE}&items=ice-cream,oat-milk"),
    Example("Outside of the city", "GET", f"{BASE}/availability?lat=52.5&long=13.4", status=422),
    Example(
        "Fill a cart",
        "POST",
        f"{BASE}/carts",
        body={**HERE, "items": [{"item": "oat-milk", "quantity": 1}, {"item": "bread", "quantity": 1}]},
        status=201,
        saves={"cart": "id"},
        note="what is in it is kept until expires_at",
    ),
    Example("Look at it", "GET", f"{BASE}/carts/{{cart}}"),
    Example(
        "One thing less",
        "PUT",
        f"{BASE}/carts/{{cart}}",
        body={"items": [{"item": "oat-milk", "quantity": 1}]},
    ),
    Example(
        "Order what is in it",
        "POST",
        f"{BASE}/order",
        body={**HERE, "items": [{"item": "oat-milk", "quantity": 1}], "cart_id": "{cart}"},
        status=201,
        saves={"order": "id"},
        note="with an Idempotency-Key, sending it again gives the same order",
    ),
    Example("Where is it", "GET", f"{BASE}/orders/{{order}}"),
    Example(
        "A console, where no centre has one",
        "POST",
        f"{BASE}/order",
        body={**FAR, "items": [{"item": "console", "quantity": 1}, {"item": "bread", "quantity": 1}]},
        status=409,
        note="the answer says of each thing that is gone how many are left; nothing is taken",
    ),
    Example(
        "Another cart",
        "POST",
        f"{BASE}/carts",
        body={**HERE, "items": [{"item": "cola", "quantity": 1}]},
        status=201,
        saves={"second": "id"},
    ),
    Example("Give it back", "DELETE", f"{BASE}/carts/{{second}}"),
)
