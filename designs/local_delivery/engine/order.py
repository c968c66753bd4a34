"""An order as the lab handles it, and as a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from designs.local_delivery.engine.models import ORDER
from designs.local_delivery.engine.world import CENTRES, ITEMS, MINUTE_S, ride_min

OPEN_STATES = ("promised", "waiting", "picking")


@dataclass(frozen=True, slots=True)
class Order:
    """See `OrderRow`; `items` by id, `centres` those that could deliver it, nearest first."""

    id: str
    shopper: str
    x: float
    y: float
    items: Mapping[int, int]
    centres: tuple[int, ...]
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

    @property
    def arrives(self) -> float:
        """When it is there; 0 before it has left."""
        return self.picked + self.courier_s + self.ride_s if self.state == "left" else 0.0

    def ride_now(self) -> float:
        """Seconds from its centre along the streets."""
        return ride_min(self.centre_id, self.x, self.y) * MINUTE_S

    @property
    def said(self) -> str:
        """What is in it, in words."""
        return in_words(self.items)

    def row(self, room: str) -> dict[str, Any]:
        """As a row."""
        plain = {**asdict(self), "room": room}
        plain["basket"] = orjson.dumps({str(item): count for item, count in self.items.items()}).decode()
        plain["centres"] = orjson.dumps(self.centres).decode()
        del plain["items"]
        return plain

    def kept(self) -> dict[str, Any]:
        """As plain JSON data."""
        return self.row("")

    @classmethod
    def again(cls, kept: Mapping[str, Any]) -> Order:
        """What `kept` or a row gave."""
        found = {name: value for name, value in kept.items() if name not in ("room", "basket")}
        items, centres = items_of(kept["basket"]), tuple(orjson.loads(found["centres"]))
        return cls(**{**found, "items": items, "centres": centres})


def order_of(row: sa.Row[Any]) -> Order:
    """The order of a row."""
    return Order.again(dict(row._mapping))


def items_of(text: str) -> dict[int, int]:
    """Items by id, as a row keeps them."""
    return {int(item): count for item, count in orjson.loads(text).items()}


def in_words(items: Mapping[int, int]) -> str:
    """Items with how many of each."""
    return ", ".join(
        f"{count} × {ITEMS[item].name}" if count > 1 else ITEMS[item].name for item, count in items.items()
    )


def cents_of(items: Mapping[int, int]) -> int:
    """What it costs."""
    return sum(ITEMS[item].cents * count for item, count in items.items())


def centre_name(centre_id: int) -> str:
    """The name of a centre; a dash for none."""
    return CENTRES[centre_id].name if centre_id in CENTRES else "–"


def active(room: str) -> sa.Select[Any]:
    """Orders that have not left, oldest first."""
    return (
        sa.select(ORDER).where(ORDER.c.room == room, ORDER.c.state.in_(OPEN_STATES)).order_by(ORDER.c.queued)
    )
