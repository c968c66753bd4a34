"""Four ways to hold seats, from none to a lock with an expiry. Each takes all seats or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.ticketmaster.config import DATABASE, LOCKS
from designs.ticketmaster.models import SeatRow, SoldRow
from sdlab.lab import Clock, Conflict, Room
from sdlab.parts.ttl_locks import TtlLocks
from sdlab.stores.sql import Sql

SYNCED_EVERY_S = 1.0
SEAT, SOLD = SeatRow.__table__, SoldRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A wish for seats: `id` owns them until `expires` (Unix seconds)."""

    id: str
    event_id: str
    seats: tuple[str, ...]
    expires: float


@dataclass(frozen=True, slots=True)
class Held:
    """Who owns a seat, and for how many more seconds; below zero it should be free and is not."""

    id: str
    left_s: float


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweeper freed, and the seconds that those seats were blocked for nobody, together."""

    seats: int = 0
    blocked_s: float = 0.0


class Holding(Protocol):
    """Takes seats for a hold, or raises `Conflict` and takes none.

    `constrained` says whether the sale has a constraint too; `part` is the node that is asked.
    """

    label: str
    tradeoff: str
    constrained: bool
    part: str

    def __init__(self, room: Room) -> None: ...

    async def take(self, wish: Claimed) -> None: ...

    async def give_back(self, wish: Claimed) -> None: ...

    async def holders(self, event_id: str, seats: Sequence[str]) -> dict[str, Held]: ...

    async def sweep(self) -> Swept: ...


def sold_among(connection: Connection, room: str, event_id: str, seats: Sequence[str]) -> set[str]:
    """Which of the seats are sold."""
    query = sa.select(SOLD.c.seat).where(
        SOLD.c.room == room, SOLD.c.event_id == event_id, SOLD.c.seat.in_(list(seats))
    )
    return set(connection.execute(query).scalars())


class Taken(Exception):
    """A seat changed hands between looking and writing; the whole hold is undone."""


def _refuse(seats: Sequence[str], why: str) -> None:
    raise Conflict(f"{', '.join(sorted(seats))} {why}; nothing was held", seats=sorted(seats))


class _Base:
    part = DATABASE

    def __init__(self, room: Room) -> None:
        self._room, self._id = room, room.id
        self._sql: Sql = room.sql
        self._clock: Clock = room.clock

    async def _unsold(self, wish: Claimed) -> None:
        sold = await self._sql.read(lambda c: sold_among(c, self._id, wish.event_id, wish.seats))
        if sold:
            _refuse(list(sold), "sold")

    async def sweep(self) -> Swept:
        """Nothing waits for a sweeper."""
        return Swept()


class Unprotected(_Base):
    """Looks whether the seats are sold, and promises them to whoever asks."""

    label = "no protection"
    tradeoff = "No lock and no constraint: two who look before either writes both buy the seat."
    constrained = False

    async def take(self, wish: Claimed) -> None:
        """Read only."""
        await self._unsold(wish)

    async def give_back(self, wish: Claimed) -> None:
        """There is nothing to give back."""

    async def holders(self, event_id: str, seats: Sequence[str]) -> dict[str, Held]:
        """Nobody owns a seat."""
        return {}


class _InRows(_Base):
    constrained = True
    lapses = True

    async def take(self, wish: Claimed) -> None:
        """Look and write in one transaction."""
        now = self._clock.time()
        try:
            taken = await self._sql.write(lambda c: self._take(c, wish, now))
        except Taken as error:
            taken = [str(error)]
        if taken:
            _refuse(taken, "taken")

    def _take(self, connection: Connection, wish: Claimed, now: float) -> list[str]:
        query = (
            sa.select(SEAT.c.seat, SEAT.c.hold_id, SEAT.c.expires)
            .where(SEAT.c.room == self._id, SEAT.c.event_id == wish.event_id, SEAT.c.seat.in_(wish.seats))
            .with_for_update()
        )
        taken = [
            row.seat
            for row in connection.execute(query)
            if row.hold_id and not (self.lapses and row.expires <= now)
        ]
        taken += sorted(sold_among(connection, self._id, wish.event_id, wish.seats) - set(taken))
        if not taken:
            for seat in wish.seats:
                put = self._sql.insert(SEAT).values(
                    room=self._id,
                    event_id=wish.event_id,
                    seat=seat,
                    hold_id=wish.id,
                    expires=wish.expires,
                )
                # A seat that nobody ever held has no row that could be locked: so the write looks again.
                written = connection.execute(
                    put.on_conflict_do_update(
                        index_elements=["room", "event_id", "seat"],
                        set_={"hold_id": wish.id, "expires": wish.expires},
                        where=sa.or_(SEAT.c.hold_id == "", SEAT.c.expires <= now)
                        if self.lapses
                        else SEAT.c.hold_id == "",
                    )
                ).rowcount
                if not written:
                    raise Taken(seat)
        return taken

    async def give_back(self, wish: Claimed) -> None:
        """Only the rows that this hold still owns."""
        await self._sql.write(
            lambda c: c.execute(
                SEAT.update()
                .where(SEAT.c.room == self._id, SEAT.c.hold_id == wish.id)
                .values(hold_id="", expires=0)
            )
        )

    async def holders(self, event_id: str, seats: Sequence[str]) -> dict[str, Held]:
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
        return {row.seat: Held(row.hold_id, row.expires - now) for row in rows}


class StatusColumn(_InRows):
    """A column says held; a sweeper clears what has expired."""

    label = "status column + sweeper"
    tradeoff = "Needs only the database, but an expired hold blocks its seats until the sweeper comes."
    lapses = False

    async def sweep(self) -> Swept:
        """Free what has expired and was not sold."""
        now = self._clock.time()
        expired = sa.and_(SEAT.c.room == self._id, SEAT.c.hold_id != "", SEAT.c.expires <= now)
        late = sa.select(sa.func.count(), sa.func.sum(now - SEAT.c.expires)).where(expired)

        def free(connection: Connection) -> Swept:
            seats, blocked = connection.execute(late).one()
            connection.execute(SEAT.update().where(expired).values(hold_id="", expires=0))
            return Swept(int(seats), float(blocked or 0.0))

        return await self._sql.write(free)


class RowLock(_InRows):
    """The row is locked while it is looked at and written; its own time says when it is free again."""

    label = "row lock in the database"
    tradeoff = "Exact and without a sweeper; every attempt is a write that queues at the database."


class RedisLock(_Base):
    """A key per seat, taken by one script, owned by the hold's id, gone by itself when its time is over."""

    label = "Redis lock with TTL"
    tradeoff = "Fast and frees itself; a lost lock store forgets holds, so the sale still needs a constraint."
    constrained = True
    part = LOCKS

    def __init__(self, room: Room) -> None:
        super().__init__(room)
        self._locks = TtlLocks(room.redis)

    def _keys(self, event_id: str, seats: Sequence[str]) -> list[str]:
        return [self._room.key("lock", event_id, seat) for seat in seats]

    async def take(self, wish: Claimed) -> None:
        """Lock first, then look whether the seats are sold: the other order would leave a gap."""
        keys = self._keys(wish.event_id, wish.seats)
        taken = await self._locks.acquire(keys, wish.id, seconds=wish.expires - self._clock.time())
        if taken is not None:
            _refuse([wish.seats[keys.index(taken)]], "held by somebody else")
        try:
            await self._unsold(wish)
        except BaseException:
            await self.give_back(wish)
            raise

    async def give_back(self, wish: Claimed) -> None:
        """A lock that has passed to somebody else stays."""
        await self._locks.release(self._keys(wish.event_id, wish.seats), wish.id)

    async def holders(self, event_id: str, seats: Sequence[str]) -> dict[str, Held]:
        """Who owns which of the seats, with what is really left of each key's time."""
        keys = self._keys(event_id, seats)
        found = await self._locks.holders(keys)
        return {
            seat: Held(found[key].owner, found[key].left_s)
            for seat, key in zip(seats, keys, strict=True)
            if key in found
        }

    async def lose(self, event_ids: Sequence[str], seats: Sequence[str]) -> int:
        """What a restart without persistence does; how many locks went."""
        return await self._locks.lose(self._all(event_ids, seats))

    async def lose_newest(self, event_ids: Sequence[str], seats: Sequence[str], *, hold_s: float) -> int:
        """What a crash does to a log that is synced once a second; how many locks went."""
        keys = self._all(event_ids, seats)
        return await self._locks.lose_newest(keys, held_s=hold_s, unsynced_s=SYNCED_EVERY_S)

    def _all(self, event_ids: Sequence[str], seats: Sequence[str]) -> list[str]:
        return [key for event in event_ids for key in self._keys(event, seats)]


HOLDINGS: dict[str, type[Holding]] = {
    "none": Unprotected,
    "status": StatusColumn,
    "redis": RedisLock,
    "row": RowLock,
}
