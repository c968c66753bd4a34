"""Geofences: circles that alert when a bus enters or leaves; kept in SQL, judged in memory."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.location_tracking.config import Config
from designs.location_tracking.engine.models import FenceOwnerRow, FenceRow
from designs.location_tracking.engine.nodes import GATEWAY, HISTORY
from designs.location_tracking.engine.position import Position, check_bus_id, check_coordinates
from sdlab.blocks.geohash import distance_m
from sdlab.lab import EngineContext, Forbidden, Invalid, NotFound, TooMany, acting
from sdlab.lab.actor import VISITOR
from sdlab.lab.text import TextRule

ROWS: sa.Table = FenceRow.__table__  # type: ignore[attr-defined]
OWNERS: sa.Table = FenceOwnerRow.__table__  # type: ignore[attr-defined]
NAME = TextRule("name", 60)
LEAST_RADIUS_M, MOST_RADIUS_M = 20.0, 5000.0
MAX_FENCES = 20
RECENT = 12


@dataclass(frozen=True, slots=True)
class Geofence:
    """A circle that alerts its `owner`; `bus` empty: of any bus that people follow."""

    id: str
    name: str
    lat: float
    lng: float
    radius_m: float
    bus: str
    owner: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A crossing. `t` is Unix seconds of the position that crossed, `metres` its distance from the middle."""

    t: float
    bus: str
    fence: str
    entered: bool
    metres: float


class Geofences:
    """The geofences of a room, and which buses are inside. `alerts` are the recent ones, newest first."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.by_id: dict[str, Geofence] = {}
        self.alerts: deque[Alert] = deque(maxlen=RECENT)
        self.alerted = 0
        self._numbers = itertools.count(1)
        self._inside: set[tuple[str, str]] = set()

    async def load(self) -> None:
        """Read what was kept, in the order of its making."""
        same = sa.and_(OWNERS.c.room == ROWS.c.room, OWNERS.c.id == ROWS.c.id)
        query = (
            sa.select(ROWS, OWNERS.c.owner)
            .select_from(ROWS.outerjoin(OWNERS, same))
            .where(ROWS.c.room == self._context.room.id)
            .order_by(ROWS.c.made_at)
        )
        for row in await self._context.room.sql.read(lambda connection: connection.execute(query).all()):
            owner = row.owner or VISITOR.name
            self.by_id[row.id] = Geofence(row.id, row.name, row.lat, row.lng, row.radius_m, row.bus, owner)
            self._numbers = itertools.count(int(row.id.removeprefix("f")) + 1)

    def checked(self, name: str, lat: float, lng: float, radius_m: float, bus: str) -> Geofence:
        """A geofence that may be added. `Invalid`, `TooMany` beyond `MAX_FENCES`."""
        check_coordinates(lat, lng)
        if not LEAST_RADIUS_M <= radius_m <= MOST_RADIUS_M:
            raise Invalid(f"radius_m is from {LEAST_RADIUS_M:g} to {MOST_RADIUS_M:g}", field="radius_m")
        if bus:
            check_bus_id(bus, field="bus")
        plain = NAME.check(name)
        if len(self.by_id) >= MAX_FENCES:
            raise TooMany(f"a room has at most {MAX_FENCES} geofences")
        return Geofence(f"f{next(self._numbers)}", plain, lat, lng, radius_m, bus, acting().name)

    async def add(self, fence: Geofence) -> None:
        """Alert from now on; kept when this returns."""
        self.by_id[fence.id] = fence
        self._context.decide(f"{len(self.by_id)} of at most {MAX_FENCES} geofences")
        room, now = self._context.room, self._context.clock.time()
        owner = {"room": room.id, "id": fence.id, "owner": fence.owner}
        values = {name: value for name, value in asdict(fence).items() if name != "owner"}
        row = FenceRow(**values, room=room.id, made_at=now).model_dump()

        def insert(connection: Connection) -> None:
            connection.execute(ROWS.insert(), row)
            connection.execute(OWNERS.insert(), owner)

        try:
            await self._context.node(HISTORY).call("insert", lambda: room.sql.write(insert), source=GATEWAY)
        except BaseException:
            self._forget(fence.id)
            raise

    def of(self, id: str) -> Geofence:
        """The acting user's geofence of that id. `NotFound` when there is none, `Forbidden` for somebody else's."""
        found = self.by_id.get(id)
        if found is None:
            raise NotFound(f"no geofence {id!r}")
        if found.owner != acting().name:
            raise Forbidden("only who made a geofence takes it away")
        return found

    def own(self) -> list[Geofence]:
        """The acting user's geofences, in the order of their making."""
        return [one for one in self.by_id.values() if one.owner == acting().name]

    async def remove(self, fence: Geofence) -> None:
        """Alert no longer."""
        room = self._context.room
        self._context.decide(f"{len(self.inside(fence.id))} buses are inside: nobody is told that they leave")

        def delete(connection: Connection) -> None:
            for rows in (ROWS, OWNERS):
                connection.execute(rows.delete().where(rows.c.room == room.id, rows.c.id == fence.id))

        await self._context.node(HISTORY).call("delete", lambda: room.sql.write(delete), source=GATEWAY)
        self._forget(fence.id)

    def _forget(self, id: str) -> None:
        self.by_id.pop(id, None)
        self._inside = {pair for pair in self._inside if pair[0] != id}

    def cross(self, position: Position) -> None:
        """Alert of what a bus enters or leaves with that position; a bus that stays alerts no second time."""
        for fence in self.by_id.values():
            if fence.bus not in ("", position.bus):
                continue
            metres = distance_m((position.lat, position.lng), (fence.lat, fence.lng))
            pair, inside = (fence.id, position.bus), metres <= fence.radius_m
            if inside != (pair in self._inside):
                (self._inside.add if inside else self._inside.discard)(pair)
                self._alert(Alert(position.t, position.bus, fence.name, inside, metres))

    def _alert(self, alert: Alert) -> None:
        self.alerted += 1
        self.alerts.appendleft(alert)
        verb = "enters" if alert.entered else "leaves"
        self._context.say(
            f"{alert.bus} {verb} {alert.fence}: {alert.metres:.0f} m from its middle", kind="alert"
        )
        self._context.changed()

    def inside(self, id: str) -> list[str]:
        """The buses inside of a geofence."""
        return sorted(bus for fence, bus in self._inside if fence == id)
