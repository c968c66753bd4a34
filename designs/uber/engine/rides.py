"""The rows of rides: a state machine, each step of it kept, and who was told that a ride is theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.uber.config import Config
from designs.uber.engine.models import ACCEPTANCE, RIDE, STEP
from designs.uber.engine.streets import Place, Trip
from sdlab.lab import EngineContext, NotFound

REQUESTED, ACCEPTED, ARRIVED, IN_RIDE = "requested", "accepted", "arrived", "in_ride"
COMPLETED, CANCELLED, FAILED = "completed", "cancelled", "failed"
NEXT: dict[str, tuple[str, ...]] = {
    REQUESTED: (ACCEPTED, CANCELLED, FAILED),
    ACCEPTED: (ARRIVED, CANCELLED),
    ARRIVED: (IN_RIDE, CANCELLED),
    IN_RIDE: (COMPLETED,),
    COMPLETED: (),
    CANCELLED: (),
    FAILED: (),
}
DRIVEN = (ACCEPTED, ARRIVED, IN_RIDE)
OPEN = (REQUESTED, *DRIVEN)
KEPT_RIDES = 2000


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride as the database has it; of a driver's answer only that to offer number `round` counts."""

    id: str
    fare: str
    rider: str
    status: str
    driver: str
    round: int
    trip: Trip
    cents: int
    surge: float
    requested_at: float
    changed_at: float
    pickup_s: float

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN


def ride_of(data: Mapping[str, Any]) -> Ride:
    """The ride that `asdict` made plain data of."""
    start, end = (Place(**data["trip"][name]) for name in ("start", "end"))
    return Ride(**{**data, "trip": Trip(start, end)})


def _ride(row: sa.Row[Any]) -> Ride:
    trip = Trip(Place(row.from_lat, row.from_lng), Place(row.to_lat, row.to_lng))
    return Ride(
        row.id,
        row.fare,
        row.rider,
        row.status,
        row.driver,
        row.round,
        trip,
        row.cents,
        row.surge,
        row.requested_at,
        row.changed_at,
        row.pickup_s,
    )


class RideTable:
    """Rides in SQL."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context, self._sql, self._room = context, context.room.sql, context.room.id

    def where(self, ride: str) -> sa.ColumnElement[bool]:
        """The row of that ride."""
        return sa.and_(RIDE.c.room == self._room, RIDE.c.id == ride)

    async def create(self, ride: Ride) -> Ride:
        """Put a ride; of one fare there is one ride, and the first of them is returned."""
        trip, at = ride.trip, ride.requested_at
        row = {
            "room": self._room,
            "id": ride.id,
            "fare": ride.fare,
            "rider": ride.rider,
            "from_lat": trip.start.lat,
            "from_lng": trip.start.lng,
            "to_lat": trip.end.lat,
            "to_lng": trip.end.lng,
            "cents": ride.cents,
            "surge": ride.surge,
            "requested_at": at,
            "changed_at": at,
        }

        def put(connection: Connection) -> sa.Row[Any]:
            new = connection.execute(self._sql.insert(RIDE).on_conflict_do_nothing(), row).rowcount
            if new:
                self._step(connection, ride.id, REQUESTED, ride.rider, at)
            same_fare = sa.select(RIDE).where(RIDE.c.room == self._room, RIDE.c.fare == ride.fare)
            return connection.execute(same_fare).one()

        return _ride(await self._sql.write(put))

    async def find(self, ride: str) -> Ride:
        """The ride of that id; `NotFound` when there is none."""
        row = await self._sql.read(lambda c: c.execute(sa.select(RIDE).where(self.where(ride))).one_or_none())
        if row is None:
            raise NotFound("there is no such ride")
        return _ride(row)

    async def driven(self) -> list[Ride]:
        """All that are driven now."""
        query = sa.select(RIDE).where(RIDE.c.room == self._room, RIDE.c.status.in_(DRIVEN))
        return [_ride(row) for row in await self._sql.read(lambda c: c.execute(query).all())]

    async def waiting(self) -> list[str]:
        """The rides that wait for a driver, oldest first."""
        query = (
            sa.select(RIDE.c.id)
            .where(RIDE.c.room == self._room, RIDE.c.status == REQUESTED)
            .order_by(RIDE.c.requested_at)
        )
        return list(await self._sql.read(lambda c: c.execute(query).scalars().all()))

    async def next_round(self, ride: str) -> int:
        """The number of the next offer, after which answers to earlier ones do not count; 0 for a ride that needs none."""
        statement = (
            RIDE.update()
            .where(self.where(ride), RIDE.c.status == REQUESTED)
            .values(round=RIDE.c.round + 1)
            .returning(RIDE.c.round)
        )
        return int(await self._sql.write(lambda c: c.execute(statement).scalar_one_or_none()) or 0)

    async def give(self, ride: str, round: int, driver: str, *, began: float, pickup_s: float) -> bool:
        """Write that the ride is the driver's, if the offer is still that of `round`; whether it is.

        Who writes has looked before: it says nothing of who else has looked meanwhile.
        """
        now = self._context.clock.time()
        changes = {"driver": driver, "status": ACCEPTED, "changed_at": now, "pickup_s": pickup_s}
        statement = RIDE.update().where(self.where(ride), RIDE.c.round == round).values(**changes)
        told = {"room": self._room, "ride": ride, "driver": driver, "began": began, "at": now}

        def write(connection: Connection) -> bool:
            if not connection.execute(statement).rowcount:
                return False
            connection.execute(self._sql.insert(ACCEPTANCE).on_conflict_do_nothing(), told)
            steps = connection.execute(
                sa.select(STEP.c.n).where(
                    STEP.c.room == self._room, STEP.c.ride == ride, STEP.c.status == ACCEPTED
                )
            ).first()
            if steps is None:
                self._step(connection, ride, ACCEPTED, driver, now)
            return True

        return await self._sql.write(write)

    async def move(self, ride: str, before: str, after: str, by: str) -> bool:
        """From one state into another, if it is still in that one; whether it was."""
        now = self._context.clock.time()
        statement = (
            RIDE.update()
            .where(self.where(ride), RIDE.c.status == before)
            .values(status=after, changed_at=now)
        )

        def write(connection: Connection) -> bool:
            moved = connection.execute(statement).rowcount > 0
            if moved:
                self._step(connection, ride, after, by, now)
            return moved

        return await self._sql.write(write)

    def _step(self, connection: Connection, ride: str, status: str, by: str, at: float) -> None:
        count = sa.select(sa.func.count()).where(STEP.c.room == self._room, STEP.c.ride == ride)
        n = connection.execute(count).scalar_one()
        row = {"room": self._room, "ride": ride, "n": n, "status": status, "by": by, "at": at}
        connection.execute(STEP.insert(), row)

    async def steps(self, ride: str) -> Sequence[sa.Row[Any]]:
        """The steps of a ride, in order."""
        query = sa.select(STEP).where(STEP.c.room == self._room, STEP.c.ride == ride).order_by(STEP.c.n)
        return await self._sql.read(lambda c: c.execute(query).all())

    async def forget_old(self) -> None:
        """Of rides that have ended the newest `KEPT_RIDES` stay."""
        ended = sa.select(RIDE.c.id).where(RIDE.c.room == self._room, RIDE.c.status.not_in(OPEN))
        old = ended.order_by(RIDE.c.requested_at.desc()).limit(1_000_000).offset(KEPT_RIDES)

        def delete(connection: Connection) -> None:
            ids = connection.execute(old).scalars().all()
            if ids:
                for table, column in (
                    (STEP, STEP.c.ride),
                    (ACCEPTANCE, ACCEPTANCE.c.ride),
                    (RIDE, RIDE.c.id),
                ):
                    connection.execute(table.delete().where(table.c.room == self._room, column.in_(ids)))

        await self._sql.write(delete)
