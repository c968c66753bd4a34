"""What keeps a unit for the cart that it lies in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.models import UNIT
from designs.local_delivery.engine.nodes import LOCKS, ORDERS
from designs.local_delivery.engine.stock import FREE, RESERVED, Stock, Wanted
from designs.local_delivery.engine.strategies.picking import choose
from designs.local_delivery.engine.transactions import Beaten
from sdlab.lab import EngineContext, Unavailable
from sdlab.parts.ttl_locks import TtlLocks
from sdlab.stores.sessions import Session

MOST_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Keep:
    """Units that a cart is to have until then (Unix seconds); `want.held` are those that it had."""

    want: Wanted
    until: float
    by: str


class Reservation(Protocol):
    """Keeps units for a cart. `keeps`: whether it does at all."""

    label: str
    tradeoff: str
    keeps: bool

    def __init__(self, context: EngineContext[Config], stock: Stock) -> None: ...

    async def keep(self, wish: Keep) -> tuple[int, ...]:
        """The units that are the cart's now, all that it wants; those that it had and does not want are let go."""
        ...

    async def give_back(self, cart_id: str, units: Sequence[int]) -> None:
        """They are free again, as far as they are still this cart's."""
        ...

    async def barred(self, centre_id: int, items: Collection[int], cart_id: str) -> frozenset[int]:
        """Units of these shelves that look free in the stock and are in another's cart."""
        ...

    async def owned(self, cart_id: str, units: Sequence[int]) -> set[int]:
        """Those of the units that are kept for this cart now."""
        ...


class _Base:
    keeps = True

    def __init__(self, context: EngineContext[Config], stock: Stock) -> None:
        self._context, self._stock = context, stock

    async def barred(self, centre_id: int, items: Collection[int], cart_id: str) -> frozenset[int]:
        """What lies in a cart is not free in the stock either."""
        return frozenset()


class NoReservation(_Base):
    """A cart is a list."""

    label = "nothing is kept"
    tradeoff = "No write until somebody pays. Full carts fail at the checkout."
    keeps = False

    async def keep(self, wish: Keep) -> tuple[int, ...]:
        """Nothing."""
        self._context.decide("the cart is a list of wishes: the stock does not hear of it")
        return ()

    async def give_back(self, cart_id: str, units: Sequence[int]) -> None:
        """Nothing was kept."""

    async def owned(self, cart_id: str, units: Sequence[int]) -> set[int]:
        """None."""
        return set()


class StatusAndSweeper(_Base):
    """The row says reserved, and until when."""

    label = "reserved, until; a sweeper"
    tradeoff = "One store knows all. What has expired stays blocked until the sweeper comes round."

    async def keep(self, wish: Keep) -> tuple[int, ...]:
        """All in one transaction."""
        return await self._stock.transactions.run(lambda session: self._keep(session, wish), name="reserve")

    async def _keep(self, session: Session, wish: Keep) -> tuple[int, ...]:
        want = wish.want
        units = await choose(self._context, self._stock, session, want, order_id=want.cart_id, by=wish.by)
        statement = self._stock.sell_free(units, "", RESERVED, want.cart_id)
        done = await session.execute(statement.values(cart_id=want.cart_id, until=wish.until))
        if done.rowcount < len(units):
            raise Beaten
        dropped = set(want.held) - set(units)
        if dropped:
            await session.execute(self._stock.let_go(dropped, UNIT.c.cart_id == want.cart_id))
        self._context.decide("the rows say reserved, for whom and until when")
        return units

    async def give_back(self, cart_id: str, units: Sequence[int]) -> None:
        """The rows of this cart."""
        mine = self._stock.let_go(units, UNIT.c.cart_id == cart_id)
        await self._stock.transactions.alone(mine)

    async def owned(self, cart_id: str, units: Sequence[int]) -> set[int]:
        """The rows that bear this cart."""
        query = sa.select(UNIT.c.id).where(self._stock.mine(units), UNIT.c.cart_id == cart_id)
        return set(await self._context.room.sql.read(lambda c: list(c.execute(query).scalars())))


class LockWithTtl(_Base):
    """A key for each unit, gone by itself."""

    label = "lock in a cache, with TTL"
    tradeoff = "Carts do not write to the stock, and locks end by themselves. Every reader asks two stores."

    def __init__(self, context: EngineContext[Config], stock: Stock) -> None:
        super().__init__(context, stock)
        self._redis = context.room.redis
        self._locks = TtlLocks(context.room.redis)

    def _keys(self, units: Collection[int]) -> list[str]:
        return [self._context.room.key("lock", unit) for unit in units]

    async def keep(self, wish: Keep) -> tuple[int, ...]:
        """All keys or none; who meets a lock looks for others."""
        want = wish.want
        for _ in range(MOST_ATTEMPTS):
            barred = await self.barred(want.centre_id, list(want.items), want.cart_id)
            here = replace(want, barred=want.barred | barred)
            units = await choose(self._context, self._stock, None, here, order_id=want.cart_id, by=wish.by)
            fresh = [one for one in units if one not in want.held]
            if await self._lock(fresh, wish):
                await self._extend([one for one in units if one in want.held], wish)
                await self.give_back(want.cart_id, [one for one in want.held if one not in units])
                return units
            self._context.decide("somebody locked one of them a moment before: others are looked for")
        raise Unavailable("others are faster again and again", retry_after=1)

    async def _lock(self, units: Sequence[int], wish: Keep) -> bool:
        if not units:
            return True
        seconds = wish.until - self._context.clock.time()
        taken = await self._context.node(LOCKS).call(
            "lock",
            lambda: self._locks.acquire(self._keys(units), wish.want.cart_id, seconds=seconds),
            source=ORDERS,
            outcome=lambda found: "miss" if found else "ok",
        )
        self._context.decide("keys with a time: they end by themselves, also when the owner is gone")
        return taken is None

    async def _extend(self, units: Sequence[int], wish: Keep) -> None:
        left_ms = max(1, round((wish.until - self._context.clock.time()) * 1000))
        for key in self._keys(units):
            await self._redis.pexpire(key, left_ms)

    async def give_back(self, cart_id: str, units: Sequence[int]) -> None:
        """Keys that are still this cart's."""
        if units:
            await self._locks.release(self._keys(units), cart_id)

    async def barred(self, centre_id: int, items: Collection[int], cart_id: str) -> frozenset[int]:
        """Free units of these shelves with a key of another."""
        query = sa.select(UNIT.c.id).where(
            UNIT.c.room == self._context.room.id,
            UNIT.c.centre_id == centre_id,
            UNIT.c.item_id.in_(list(items)),
            UNIT.c.state == FREE,
        )
        units = await self._context.room.sql.read(lambda c: list(c.execute(query).scalars()))
        if not units:
            return frozenset()
        keys = self._keys(units)
        held = await self._context.node(LOCKS).call(
            "who holds", lambda: self._locks.holders(keys), source=ORDERS
        )
        pairs = zip(units, keys, strict=True)
        return frozenset(unit for unit, key in pairs if key in held and held[key].owner != cart_id)

    async def owned(self, cart_id: str, units: Sequence[int]) -> set[int]:
        """Units whose key bears this cart."""
        if not units:
            return set()
        keys = self._keys(units)
        held = await self._locks.holders(keys)
        return {
            unit for unit, key in zip(units, keys, strict=True) if key in held and held[key].owner == cart_id
        }


class LockForEver(LockWithTtl):
    """The same without a time."""

    label = "lock in a cache, without TTL"
    tradeoff = "Whoever comes back finds the cart. Whoever does not keeps it for good."

    async def _lock(self, units: Sequence[int], wish: Keep) -> bool:
        if not units:
            return True
        owner = wish.want.cart_id
        taken = await self._context.node(LOCKS).call(
            "lock", lambda: self._redis.msetnx(dict.fromkeys(self._keys(units), owner)), source=ORDERS
        )
        self._context.decide("keys without a time: only their owner will ever delete them")
        return bool(taken)

    async def _extend(self, units: Sequence[int], wish: Keep) -> None:
        return None


RESERVATIONS: dict[str, type[Reservation]] = {
    "status": StatusAndSweeper,
    "none": NoReservation,
    "ttl": LockWithTtl,
    "forever": LockForEver,
}
