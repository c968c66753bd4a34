"""Holds: seats promised to buyers for a while, written down, and kept by the approach in force."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.attempts import AttemptLog
from designs.ticketmaster.engine.models import HOLD, PAYMENT
from designs.ticketmaster.engine.nodes import DATABASE
from designs.ticketmaster.engine.programme import SEATS
from designs.ticketmaster.engine.strategies import SEAT_LOCKS
from designs.ticketmaster.engine.strategies.seat_locks import (
    HoldRequest,
    RedisLock,
    SeatLocks,
    SeatsTaken,
    Swept,
    sold_query,
)
from designs.ticketmaster.engine.transactions import Transactions
from sdlab.lab import Conflict, EngineContext, NotFound, acting

FORGOTTEN_AFTER_S = 600.0
KNOWN_BUYERS = 5_000
ANSWERS_KEPT = 64
MOST_OPEN = 5_000


@dataclass(frozen=True, slots=True)
class Hold(HoldRequest):
    """A hold as the database has it."""

    state: str = "held"


@dataclass(frozen=True, slots=True)
class AnsweredHold:
    """What a buyer who asked `at` (Unix seconds) was told: all held, or none. `epoch` is that of the locks then."""

    hold: Hold
    granted: bool
    epoch: int
    at: float


class Holds:
    """The holds of a room: rows in the database, seats with the approach in force."""

    def __init__(
        self, context: EngineContext[Config], transactions: Transactions, attempts: AttemptLog
    ) -> None:
        self._context, self._attempts = context, attempts
        self._id, self._sql, self._clock = context.room.id, context.room.sql, context.clock
        self._all: dict[str, SeatLocks] = {
            name: kind(context, transactions) for name, kind in SEAT_LOCKS.items()
        }
        self._buyers: OrderedDict[str, str] = OrderedDict()
        self.answered: deque[AnsweredHold] = deque(maxlen=ANSWERS_KEPT)
        self.epoch = 0

    @property
    def locks(self) -> SeatLocks:
        """The approach in force."""
        return self._all[self._context.config.holding]

    async def open(self) -> None:
        """Know again who holds what."""
        for hold in await self.open_holds():
            remember(self._buyers, hold.id, hold.buyer, KNOWN_BUYERS)

    def buyer_of(self, hold_id: str) -> str:
        """Who made a hold, for those that are remembered."""
        return self._buyers.get(hold_id, "somebody")

    async def take(self, event_id: str, seats: tuple[str, ...], token: str) -> Hold:
        """Hold all of these seats for the acting user, or none; `Conflict` says of each that is taken by whom."""
        locks, asked = self.locks, self._clock.time()
        expires = asked + self._context.config.hold_s
        hold = Hold(secrets.token_urlsafe(12), event_id, seats, acting().name, expires, token)
        try:
            await self._attempts.step(locks.node, "hold", lambda: locks.take(hold))
        except SeatsTaken as taken:
            self.answered.append(AnsweredHold(hold, granted=False, epoch=self.epoch, at=asked))
            raise await self._refusal(taken) from None
        try:
            await self._attempts.step(DATABASE, "note", lambda: self._put(hold))
        except BaseException:
            await locks.give_back(hold)
            raise
        remember(self._buyers, hold.id, hold.buyer, KNOWN_BUYERS)
        self.answered.append(AnsweredHold(hold, granted=True, epoch=self.epoch, at=asked))
        return hold

    async def _refusal(self, taken: SeatsTaken) -> Conflict:
        """What the acting user may know of seats that are taken: theirs, somebody else's, sold, or not freed yet."""
        buyers = await self.buyers({*taken.held.values(), *taken.sold.values()})
        said = []
        for seat in taken.seats:
            hold_id = taken.sold.get(seat) or taken.held[seat]
            mine = buyers.get(hold_id) == acting().name
            if seat in taken.sold:
                said.append(f"you bought {seat}" if mine else f"{seat} is sold")
            elif seat in taken.overdue:
                said.append(f"{seat} is not freed yet: its hold has expired")
            elif mine:
                said.append(f"you hold {seat} already")
            elif hold_id in buyers:
                said.append(f"{seat} is held by somebody else")
            else:
                said.append(f"{seat} was held when you asked")
        return Conflict(f"{', '.join(said)}; nothing was held", seats=taken.seats)

    async def know_buyers(self, hold_ids: Collection[str]) -> None:
        """Read who made those of these holds that are not known; a hold never changes its buyer."""
        unknown = [one for one in hold_ids if one not in self._buyers]
        if unknown:
            for hold_id, buyer in (await self.buyers(unknown)).items():
                remember(self._buyers, hold_id, buyer, KNOWN_BUYERS)

    async def buyers(self, hold_ids: Collection[str]) -> dict[str, str]:
        """Who made these holds, as the database has it."""
        query = sa.select(HOLD.c.id, HOLD.c.buyer).where(HOLD.c.room == self._id, HOLD.c.id.in_(hold_ids))
        return {row.id: row.buyer for row in await self._sql.read(lambda c: c.execute(query).all())}

    async def _put(self, hold: Hold) -> None:
        row = {**asdict(hold), "room": self._id, "seats": orjson.dumps(hold.seats).decode()}
        await self._sql.write(lambda c: c.execute(HOLD.insert(), row))

    async def hold(self, hold_id: str) -> Hold:
        """The hold of that id; `NotFound` when there never was one."""
        query = sa.select(HOLD).where(HOLD.c.room == self._id, HOLD.c.id == hold_id)
        row = await self._sql.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            raise NotFound("there is no such hold")
        return _hold(row)

    async def own(self, hold_id: str) -> Hold:
        """The acting user's hold of that id; `NotFound` for another's as for one that never was."""
        found = await self.hold(hold_id)
        if found.buyer != acting().name:
            self._context.decide("the hold is somebody else's: for this user there is none")
            raise NotFound("there is no such hold")
        return found

    async def release(self, hold_id: str) -> bool:
        """Give a hold up; whether it was still held. Its seats go back with `give_back`."""
        statement = ended(self._id, hold_id, "released")
        return bool(await self._sql.write(lambda c: c.execute(statement).rowcount))

    async def give_back(self, hold: HoldRequest) -> None:
        """A hold has ended: its seats are no longer locked."""
        await self.locks.give_back(hold)

    async def open_holds(self) -> list[Hold]:
        """Holds that have not ended, oldest promise first."""
        query = (
            sa.select(HOLD)
            .where(HOLD.c.room == self._id, HOLD.c.state == "held", HOLD.c.expires > self._clock.time())
            .order_by(HOLD.c.expires)
            .limit(MOST_OPEN)
        )
        rows = await self._sql.read(lambda c: c.execute(query).all())
        return [_hold(row) for row in rows]

    async def keeps(self, hold: Hold) -> bool:
        """Whether all seats of a hold are kept for it now; true where nothing keeps seats."""
        if not self.locks.constrained:
            return True
        holders = await self.locks.holders(hold.event_id, hold.seats)
        return all(seat in holders and holders[seat].hold_id == hold.id for seat in hold.seats)

    async def sold(self, event_id: str) -> set[str]:
        """Which seats of an event are sold."""
        query = sold_query(self._id, event_id, SEATS)
        return set(await self._sql.read(lambda c: c.execute(query).scalars().all()))

    async def move(self, before: str) -> None:
        """Carry the holds that are open over to the approach now in force."""
        old, new = self._all[before], self.locks
        self.epoch += 1  # what is carried over may be promised twice: only holds made after it are judged
        for hold in await self.open_holds():
            with suppress(Conflict):  # promised twice without protection: the first keeps it
                await new.take(hold)
            await old.give_back(hold)

    async def sweep(self) -> Swept:
        """One round of the sweeper; holds that ended long ago and that nobody paid for are forgotten."""
        was_paid = sa.exists().where(PAYMENT.c.room == self._id, PAYMENT.c.hold_id == HOLD.c.id)
        old = HOLD.c.expires < self._clock.time() - FORGOTTEN_AFTER_S
        statement = HOLD.delete().where(HOLD.c.room == self._id, old, sa.not_(was_paid))
        await self._sql.write(lambda c: c.execute(statement) and None)
        return await self._all["status"].sweep()

    async def lose_locks(self, event_ids: list[str], *, newest_only: bool) -> int:
        """What a restart of the lock store does to locks that nobody persisted; how many went."""
        locks = self._all["redis"]
        assert isinstance(locks, RedisLock)
        self.epoch += 1
        return await locks.lose(event_ids, newest_only=newest_only)


def ended(room: str, hold_id: str, state: str) -> sa.Update:
    """The statement that ends a hold that is still held."""
    mine = sa.and_(HOLD.c.room == room, HOLD.c.id == hold_id, HOLD.c.state == "held")
    statement: sa.Update = HOLD.update().where(mine).values(state=state)
    return statement


def remember(known: OrderedDict[str, str], name: str, value: str, most: int) -> None:
    """Keep the newest `most` of them."""
    known[name] = value
    while len(known) > most:
        known.popitem(last=False)


def _hold(row: Any) -> Hold:
    return Hold(
        row.id, row.event_id, tuple(orjson.loads(row.seats)), row.buyer, row.expires, row.token, row.state
    )
