"""Four ways to keep seats for a hold, from none to a lock with an expiry. Each takes all seats or none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.models import SEAT, SOLD
from designs.ticketmaster.engine.nodes import DATABASE, LOCKS
from designs.ticketmaster.engine.programme import SEATS
from designs.ticketmaster.engine.transactions import Transactions
from sdlab.lab import Conflict, EngineContext
from sdlab.parts.ttl_locks import TtlLocks
from sdlab.stores.sessions import Session

SYNCED_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """Seats that a buyer is to have until `expires` (Unix seconds). `token` is the position in the queue behind it."""

    id: str
    event_id: str
    seats: tuple[str, ...]
    buyer: str
    expires: float
    token: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """Which hold has a seat, and for how many more seconds; below zero it should be free and is not."""

    hold_id: str
    left_s: float


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweeper freed, and the seconds that those seats were blocked for nobody, together."""

    seats: int = 0
    blocked_s: float = 0.0


class SeatsTaken(Conflict):
    """Seats that cannot be held. By seat: the hold that has it (empty when that is not known), and what sold it.

    `overdue` are held by what has expired and was not freed yet.
    """

    def __init__(
        self, *, held: Mapping[str, str], sold: Mapping[str, str], overdue: Collection[str] = ()
    ) -> None:
        self.seats = sorted({*held, *sold})
        super().__init__(f"{', '.join(self.seats)} taken; nothing was held", seats=self.seats)
        self.held, self.sold, self.overdue = held, sold, overdue


class SeatLocks(Protocol):
    """Takes seats for a hold, or raises `SeatsTaken` and takes none.

    `constrained` says whether the sale has a constraint too; `node` is the part that is asked.
    """

    label: str
    tradeoff: str
    constrained: bool
    node: str

    def __init__(self, context: EngineContext[Config], transactions: Transactions) -> None: ...

    async def take(self, request: HoldRequest) -> None: ...

    async def give_back(self, request: HoldRequest) -> None: ...

    async def holders(self, event_id: str, seats: Sequence[str]) -> dict[str, Holder]: ...

    async def sweep(self) -> Swept: ...

    def query(self, event_id: str, seats: Sequence[str]) -> sa.Select[Any]:
        """What a hold asks the database before it is given."""
        ...


def sold_query(room: str, event_id: str, seats: Sequence[str]) -> sa.Select[Any]:
    """Which of the seats are sold, and by which booking."""
    return sa.select(SOLD.c.seat, SOLD.c.booking_id).where(
        SOLD.c.room == room, SOLD.c.event_id == event_id, SOLD.c.seat.in_(list(seats))
    )


class _Base:
    node = DATABASE
    constrained = True

    def __init__(self, context: EngineContext[Config], transactions: Transactions) -> None:
        self._context, self._transactions = context, transactions
        self._id, self._sql, self._clock = context.room.id, context.room.sql, context.clock

    def query(self, event_id: str, seats: Sequence[str]) -> sa.Select[Any]:
        """Only what is sold is asked of the database."""
        return sold_query(self._id, event_id, seats)

    async def _refuse_sold(self, request: HoldRequest) -> None:
        query = self.query(request.event_id, request.seats)
        found = await self._sql.read(lambda c: c.execute(query).all())
        if found:
            sold = {row.seat: row.booking_id for row in found}
            self._context.decide(f"a sale is found for {', '.join(sold)}")
            raise SeatsTaken(held={}, sold=sold)

    async def sweep(self) -> Swept:
        """Nothing waits for a sweeper."""
        return Swept()


class Unprotected(_Base):
    """Looks whether the seats are sold, and promises them to whoever asks."""

    label = "no protection"
    tradeoff = "No lock and no constraint: two who look before either writes both buy the seat."
    constrained = False

    async def take(self, request: HoldRequest) -> None:
        """Read only."""
        await self._refuse_sold(request)
        self._context.decide("no sale is found; nothing keeps others from finding the same")

    async def give_back(self, request: HoldRequest) -> None:
        """There is nothing to give back."""

    async def holders(self, event_id: str, seats: Sequence[str]) -> dict[str, Holder]:
        """Nobody owns a seat."""
        return {}


class _InRows(_Base):
    lapses = True

    def __init__(self, context: EngineContext[Config], transactions: Transactions) -> None:
        super().__init__(context, transactions)
        self._prepared: set[str] = set()

    def query(self, event_id: str, seats: Sequence[str]) -> sa.Select[Any]:
        """Lock the rows, in one order for all, so that nobody waits in a circle."""
        return (
            sa.select(SEAT.c.seat, SEAT.c.hold_id, SEAT.c.expires)
            .where(SEAT.c.room == self._id, SEAT.c.event_id == event_id, SEAT.c.seat.in_(list(seats)))
            .order_by(SEAT.c.seat)
            .with_for_update()
        )

    async def take(self, request: HoldRequest) -> None:
        """Lock, look and write in one transaction; who comes meanwhile waits for its end."""
        await self._prepare(request.event_id)
        now = self._clock.time()
        await self._transactions.run(lambda session: self._take(session, request, now))

    async def _prepare(self, event_id: str) -> None:
        """A row that is not there cannot be locked."""
        if event_id in self._prepared:
            return
        free = {"room": self._id, "event_id": event_id, "hold_id": "", "expires": 0.0}
        rows = [{**free, "seat": seat} for seat in SEATS]
        put = self._sql.insert(SEAT).on_conflict_do_nothing()
        await self._sql.write(lambda c: c.execute(put, rows) and None)
        self._prepared.add(event_id)

    async def _take(self, session: Session, request: HoldRequest, now: float) -> None:
        found = await self._transactions.lock(session, self.query(request.event_id, request.seats))
        taken = [row for row in found if row.hold_id and not (self.lapses and row.expires <= now)]
        sales = (await session.execute(sold_query(self._id, request.event_id, request.seats))).all()
        held = {row.seat: row.hold_id for row in taken}
        sold = {row.seat: row.booking_id for row in sales}
        if held or sold:
            self._context.decide(f"the locked rows say {', '.join(sorted({*held, *sold}))} is taken")
            raise SeatsTaken(held=held, sold=sold, overdue={row.seat for row in taken if row.expires <= now})
        self._context.decide("the rows are locked and free: they bear this hold from now on")
        await self._write(session, request, hold_id=request.id, expires=request.expires)

    async def _write(
        self, session: Session, request: HoldRequest, *, hold_id: str, expires: float, of: str | None = None
    ) -> None:
        rows = sa.and_(
            SEAT.c.room == self._id, SEAT.c.event_id == request.event_id, SEAT.c.seat.in_(request.seats)
        )
        mine = rows if of is None else sa.and_(rows, SEAT.c.hold_id == of)
        await session.execute(SEAT.update().where(mine).values(hold_id=hold_id, expires=expires))

    async def give_back(self, request: HoldRequest) -> None:
        """Only the rows that this hold still owns."""

        async def free(session: Session) -> None:
            await self._transactions.lock(session, self.query(request.event_id, request.seats))
            await self._write(session, request, hold_id="", expires=0.0, of=request.id)

        await self._transactions.run(free)

    async def holders(self, event_id: str, seats: Sequence[str]) -> dict[str, Holder]:
        """Who owns which of the seats."""
        now = self._clock.time()
        query = sa.select(SEAT.c.seat, SEAT.c.hold_id, SEAT.c.expires).where(
            SEAT.c.room == self._id,
            SEAT.c.event_id == event_id,
            SEAT.c.seat.in_(list(seats)),
            SEAT.c.hold_id != "",
        )
        if self.lapses:
            query = query.where(SEAT.c.expires > now)
        rows = await self._sql.read(lambda c: c.execute(query).all())
        return {row.seat: Holder(row.hold_id, row.expires - now) for row in rows}


class StatusColumn(_InRows):
    """A column says held; a sweeper clears what has expired."""

    label = "status column + sweeper"
    tradeoff = "Needs only the database, but an expired hold blocks its seats until the sweeper comes."
    lapses = False

    async def sweep(self) -> Swept:
        """Free what has expired and was not sold; rows that somebody has locked are left for the next round."""
        now = self._clock.time()
        expired = (
            sa.select(SEAT.c.event_id, SEAT.c.seat, SEAT.c.expires)
            .where(SEAT.c.room == self._id, SEAT.c.hold_id != "", SEAT.c.expires <= now)
            .order_by(SEAT.c.event_id, SEAT.c.seat)
            .with_for_update(skip_locked=True)
        )

        async def free(session: Session) -> Swept:
            rows = await self._transactions.lock(session, expired)
            late = sa.tuple_(SEAT.c.event_id, SEAT.c.seat).in_([(row.event_id, row.seat) for row in rows])
            if rows:
                await session.execute(
                    SEAT.update().where(SEAT.c.room == self._id, late).values(hold_id="", expires=0.0)
                )
            return Swept(len(rows), float(sum(now - row.expires for row in rows)))

        return await self._transactions.run(free)


class RowLock(_InRows):
    """The row is locked while it is looked at and written; its own time says when it is free again."""

    label = "row lock in the database"
    tradeoff = "Exact and without a sweeper; every attempt is a transaction that may wait for another."


class RedisLock(_Base):
    """A key per seat, taken by one script, owned by the hold's id, gone by itself when its time is over."""

    label = "Redis lock with TTL"
    tradeoff = "Fast and frees itself; a lost lock store forgets holds, so the sale still needs a constraint."
    node = LOCKS

    def __init__(self, context: EngineContext[Config], transactions: Transactions) -> None:
        super().__init__(context, transactions)
        self._locks = TtlLocks(context.room.redis)

    def _keys(self, event_id: str, seats: Sequence[str]) -> list[str]:
        return [self._context.room.key("lock", event_id, seat) for seat in seats]

    async def take(self, request: HoldRequest) -> None:
        """Lock first, then look whether the seats are sold: the other order would leave a gap."""
        keys = self._keys(request.event_id, request.seats)
        taken = await self._locks.acquire(keys, request.id, seconds=request.expires - self._clock.time())
        if taken is not None:
            seat = request.seats[keys.index(taken)]
            self._context.decide(f"the script found a key of {seat} and set none")
            owner = (await self._locks.holders([taken])).get(taken)
            raise SeatsTaken(held={seat: owner.owner if owner else ""}, sold={})
        self._context.decide("the script found no key and set all of them, with their time")
        try:
            await self._refuse_sold(request)
        except BaseException:
            await self.give_back(request)
            raise

    async def give_back(self, request: HoldRequest) -> None:
        """A lock that has passed to somebody else stays."""
        await self._locks.release(self._keys(request.event_id, request.seats), request.id)

    async def holders(self, event_id: str, seats: Sequence[str]) -> dict[str, Holder]:
        """Who owns which of the seats, with what is really left of each key's time."""
        keys = self._keys(event_id, seats)
        found = await self._locks.holders(keys)
        return {
            seat: Holder(found[key].owner, found[key].left_s)
            for seat, key in zip(seats, keys, strict=True)
            if key in found
        }

    async def lose(self, event_ids: Sequence[str], *, newest_only: bool) -> int:
        """What a restart does to locks that were not persisted, or not synced yet; how many went."""
        keys = [key for event in event_ids for key in self._keys(event, SEATS)]
        if newest_only:
            return await self._locks.lose_newest(
                keys, held_s=self._context.config.hold_s, unsynced_s=SYNCED_EVERY_S
            )
        return await self._locks.lose(keys)


SEAT_LOCKS: dict[str, type[SeatLocks]] = {
    "none": Unprotected,
    "status": StatusColumn,
    "redis": RedisLock,
    "row": RowLock,
}
