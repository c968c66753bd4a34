"""What lasts: units of stock, orders with their lines and decisions, and carts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class UnitRow(SQLModel, table=True):
    """One physical good in a centre. `state` is free, reserved, prepared, promised or sold.

    `cart_id` and `until` (Unix seconds) belong to a reservation, `order_id` to what it was sold in. The
    state is in no index, and pages are half empty: a sale changes no index, so that transactions
    which sell different units have nothing in common.
    """

    __tablename__ = "local_delivery_unit"
    __table_args__ = (
        sa.Index("local_delivery_unit_shelf", "room", "centre_id", "item_id"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    room: str = Field(primary_key=True)
    id: int = Field(primary_key=True)
    centre_id: int
    item_id: int
    state: str = "free"
    cart_id: str = ""
    order_id: str = ""
    until: float = 0.0


class OrderRow(SQLModel, table=True):
    """An order. `state` is promised (the centre may still change), waiting, picking or left.

    Times are Unix seconds: `placed`, `due` (within the hour), `queued` in the line of its centre, `picked`
    when its picking ends and the courier takes it, 0 before. `courier_s` are the courier's other stops,
    `ride_s` the way along the streets, known when it leaves. `centres` could deliver it, as JSON.
    """

    __tablename__ = "local_delivery_order"
    __table_args__ = (sa.Index("local_delivery_order_state", "room", "state"),)

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    shopper: str
    x: float
    y: float
    basket: str
    centres: str
    centre_id: int
    cart_id: str
    state: str
    placed: float
    due: float
    queued: float
    courier_s: float
    picked: float = 0.0
    ride_s: float = 0.0
    moved: int = 0


class LineRow(SQLModel, table=True):
    """A unit that an order has. Nothing but the approach in force keeps it out of a second order."""

    __tablename__ = "local_delivery_line"

    room: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    unit_id: int = Field(primary_key=True)
    item_id: int


class DecisionRow(SQLModel, table=True):
    """What became of an order whose units were prepared: whoever writes the row first has decided it."""

    __tablename__ = "local_delivery_decision"

    room: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    taken: bool
    at: float


class CartRow(SQLModel, table=True):
    """A cart, and the units that are kept for it until `until` (Unix seconds), as JSON.

    `state` is open, ordered, emptied (by its owner) or expired.
    """

    __tablename__ = "local_delivery_cart"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    shopper: str
    x: float
    y: float
    basket: str
    units: str
    centre_id: int
    until: float
    kept_by: str
    state: str = "open"


UNIT, ORDER, LINE, CART, DECISION = (
    kind.__table__  # type: ignore[union-attr]
    for kind in (UnitRow, OrderRow, LineRow, CartRow, DecisionRow)
)
