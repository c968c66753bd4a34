"""What panels read: units by state and by centre, orders by state, carts, and the counts of the replicas."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.carts import Carts
from designs.local_delivery.engine.models import CART, LINE, ORDER, UNIT
from designs.local_delivery.engine.replicas import COPIES, Replicas
from designs.local_delivery.engine.shoppers import Shoppers
from designs.local_delivery.engine.world import CENTRES, HOT, HOT_CENTRE, REGIONS
from sdlab.lab import EngineContext
from sdlab.parts.ttl_locks import TtlLocks

CARTS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """A copy of a region's counts: its fields, and how many units they say there are."""

    region: str
    copy: int
    fields: int
    units: int


@dataclass(frozen=True, slots=True)
class KeptUnit:
    """A unit that somebody's cart keeps, by the store that keeps it."""

    unit: int
    cart: str
    left_s: float


@dataclass(frozen=True, slots=True)
class Looked:
    """One look at the stores. `units` by centre, item and state; -1 is what nobody has read yet."""

    units: Counter[tuple[int, int, str]] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    waiting: Counter[tuple[int, str]] = field(default_factory=Counter)
    lines: int = -1
    doubles: int = -1
    carts: int = -1
    overdue: int = 0
    kept: tuple[KeptUnit, ...] = ()
    copies: tuple[CopyCounts, ...] = ()
    hot_left: int = -1
    hot_sold: int = -1
    locks: int = -1


class StoreReader:
    """Asks the database in one go, Valkey beside it."""

    def __init__(
        self, context: EngineContext[Config], replicas: Replicas, carts: Carts, shoppers: Shoppers
    ) -> None:
        self._context, self._replicas, self._carts, self._shoppers = context, replicas, carts, shoppers
        self._room = context.room.id
        self._locks = TtlLocks(context.room.redis)
        self.look = context.look(self._read, Looked())

    async def _read(self) -> Looked:
        rows, copies = await asyncio.gather(self._context.room.sql.read(self._rows), self._copies())
        if self._context.config.reservation in ("ttl", "forever"):
            rows |= await self._locked()
        return Looked(**rows, copies=copies)

    async def _copies(self) -> tuple[CopyCounts, ...]:
        if self._context.config.availability != "regions":
            return ()
        pipe, names = self._context.room.redis.pipeline(transaction=False), []
        for region in REGIONS:
            for copy in range(COPIES):
                names.append((region, copy))
                pipe.hvals(self._replicas.key(region, copy))
        found = await pipe.execute()
        return tuple(
            CopyCounts(region, copy, len(counts), sum(map(int, counts)))
            for (region, copy), counts in zip(names, found, strict=True)
        )

    async def _locked(self) -> dict[str, Any]:
        """The keys of open carts, as the lock store has them."""
        room, now, carts = self._context.room, self._context.clock.time(), await self._carts.open_carts()
        units = [unit for cart in carts for unit in cart.units]
        if not units:
            return {"kept": (), "locks": 0}
        keys = {room.key("lock", one): one for one in units[:512]}
        held = await self._locks.holders(list(keys))
        kept = sorted(
            (KeptUnit(keys[key], one.owner, one.left_s) for key, one in held.items()),
            key=lambda one: one.left_s,
        )
        over = {cart.id for cart in carts if cart.until <= now}
        overdue = sum(one.owner in over for one in held.values())
        return {"kept": tuple(kept[:CARTS_SHOWN]), "locks": len(held), "overdue": overdue}

    def _rows(self, c: sa.Connection) -> dict[str, Any]:
        """Everything that the database is asked, on one connection."""
        now, room = self._context.clock.time(), self._room
        by = (UNIT.c.centre_id, UNIT.c.item_id, UNIT.c.state)
        units = c.execute(sa.select(*by, sa.func.count()).where(UNIT.c.room == room).group_by(*by)).all()
        states = c.execute(
            sa.select(ORDER.c.centre_id, ORDER.c.state, sa.func.count())
            .where(ORDER.c.room == room)
            .group_by(ORDER.c.centre_id, ORDER.c.state)
        ).all()
        twice = (
            sa.select(LINE.c.unit_id)
            .where(LINE.c.room == room)
            .group_by(LINE.c.unit_id)
            .having(sa.func.count() > 1)
            .subquery()
        )
        reserved = sa.and_(UNIT.c.room == room, UNIT.c.state == "reserved")
        kept = c.execute(
            sa.select(UNIT.c.id, UNIT.c.cart_id, UNIT.c.until)
            .where(reserved)
            .order_by(UNIT.c.until)
            .limit(CARTS_SHOWN)
        ).all()
        found = Counter({(row[0], row[1], row[2]): int(row[3]) for row in units})
        return {
            "units": found,
            "orders": Counter(
                {state: sum(int(n) for _, one, n in states if one == state) for _, state, _ in states}
            ),
            "waiting": Counter({(centre, state): int(n) for centre, state, n in states}),
            "lines": int(c.execute(sa.select(sa.func.count()).where(LINE.c.room == room)).scalar_one()),
            "doubles": int(c.execute(sa.select(sa.func.count()).select_from(twice)).scalar_one()),
            "carts": int(
                c.execute(
                    sa.select(sa.func.count()).where(CART.c.room == room, CART.c.state == "open")
                ).scalar_one()
            ),
            "overdue": int(
                c.execute(sa.select(sa.func.count()).where(reserved, UNIT.c.until <= now)).scalar_one()
            ),
            "kept": tuple(KeptUnit(row[0], row[1], row[2] - now) for row in kept),
            "hot_left": found[HOT_CENTRE, HOT, "free"],
            "hot_sold": sum(found[one, HOT, "sold"] + found[one, HOT, "promised"] for one in CENTRES),
        }
