"""The table of alerts: who wants to be told of what, and whether it has happened."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.models import ALERT, ARMED, FIRED
from designs.stock_alerts.engine.ticks import ArmedAlert, Hit
from sdlab.lab import EngineContext, TooMany

MOST_ALERTS = 120_000  # of a room
CHUNK = 5_000
IN_LIST = 500
LADDER = 6

_ARMED = (
    ALERT.c.id, ALERT.c.arming, ALERT.c.user, ALERT.c.stock, ALERT.c.above, ALERT.c.price, ALERT.c.since,
    ALERT.c.armed_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """A row of somebody's alerts. Prices are cents, times Unix seconds."""

    id: int
    user: str
    stock: int
    kind: str
    above: bool
    price: int
    percent: float | None
    status: str
    arming: int
    since: int
    created_at: float
    armed_at: float
    fired_at: float | None
    fired_price: int | None

    @property
    def armed(self) -> ArmedAlert:
        """What of it travels through the system."""
        return ArmedAlert(
            self.id, self.arming, self.user, self.stock, self.above, self.price, self.since, self.armed_at
        )


_STORED = tuple(ALERT.c[name] for name in StoredAlert.__slots__)


class AlertBook:
    """Reads and writes the rows of one room. Callers go through the node of the database."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._room = context.room
        self.next_id = 1
        self.rows = 0

    async def open(self) -> None:
        """Know how many there are, and which number comes next."""
        query = sa.select(sa.func.count(), sa.func.max(ALERT.c.id)).where(ALERT.c.room == self._room.id)
        rows, newest = await self._room.sql.read(lambda c: c.execute(query).one())
        self.rows, self.next_id = int(rows), int(newest or 0) + 1

    def new_ids(self, count: int) -> int:
        """So many numbers that nobody has; the first of them. `TooMany` in a full room."""
        if self.rows + count > MOST_ALERTS:
            raise TooMany(f"this room is full: it holds {self.rows:,} alerts", retry_after=60)
        first = self.next_id
        self.next_id += count
        self.rows += count
        return first

    async def insert(self, rows: Sequence[dict[str, object]]) -> None:
        """Write them down, `CHUNK` in a transaction."""
        for start in range(0, len(rows), CHUNK):
            part = [{**one, "room": self._room.id} for one in rows[start : start + CHUNK]]
            await self._room.sql.write(lambda c, part=part: c.execute(ALERT.insert(), part) and None)  # type: ignore[misc]

    async def armed(self) -> list[ArmedAlert]:
        """All that are in force."""
        query = sa.select(*_ARMED).where(ALERT.c.room == self._room.id, ALERT.c.status == ARMED)
        return await self._room.sql.read(lambda c: [ArmedAlert(*row) for row in c.execute(query)])

    async def of(self, user: str, *, below: int | None = None, limit: int = 100) -> list[StoredAlert]:
        """Somebody's alerts, the newest first, those with smaller numbers than `below`."""
        query = sa.select(*_STORED).where(ALERT.c.room == self._room.id, ALERT.c.user == user)
        if below is not None:
            query = query.where(ALERT.c.id < below)
        query = query.order_by(ALERT.c.id.desc()).limit(limit)
        return await self._room.sql.read(lambda c: [StoredAlert(*row) for row in c.execute(query)])

    async def one(self, user: str, id: int) -> StoredAlert | None:
        """An alert of that user."""
        query = sa.select(*_STORED).where(
            ALERT.c.room == self._room.id, ALERT.c.id == id, ALERT.c.user == user
        )
        row = await self._room.sql.read(lambda c: c.execute(query).one_or_none())
        return StoredAlert(*row) if row else None

    async def fired_of(self, stock: int, *, limit: int, user: str = "") -> list[StoredAlert]:
        """Some alerts on a stock that have fired, those nearest in time; of one user, where one is named."""
        query = (
            sa.select(*_STORED)
            .where(ALERT.c.room == self._room.id, ALERT.c.stock == stock, ALERT.c.status == FIRED)
            .order_by(ALERT.c.fired_at.desc())
            .limit(limit)
        )
        if user:
            query = query.where(ALERT.c.user == user)
        return await self._room.sql.read(lambda c: [StoredAlert(*row) for row in c.execute(query)])

    async def count_of(self, user: str) -> int:
        """How many alerts that user has in force."""
        query = sa.select(sa.func.count()).where(
            ALERT.c.room == self._room.id, ALERT.c.user == user, ALERT.c.status == ARMED
        )
        return int(await self._room.sql.read(lambda c: c.execute(query).scalar_one()))

    async def delete(self, user: str, id: int) -> bool:
        """Take a row out; whether it was there."""
        where = (ALERT.c.room == self._room.id, ALERT.c.id == id, ALERT.c.user == user)
        gone = await self._room.sql.write(lambda c: c.execute(ALERT.delete().where(*where)).rowcount)
        self.rows -= gone
        return bool(gone)

    async def arm_again(
        self, stored: StoredAlert, *, kind: str, above: bool, price: int, since: int, now: float
    ) -> bool:
        """Put it in force once more, as that; false where somebody changed it meanwhile."""
        statement = (
            ALERT.update()
            .where(
                ALERT.c.room == self._room.id, ALERT.c.id == stored.id, ALERT.c.arming == stored.arming,
            )
            .values(
                status=ARMED, arming=stored.arming + 1, kind=kind, above=above, price=price, since=since,
                percent=stored.percent if kind == stored.kind else None, armed_at=now, fired_at=None,
                fired_price=None,
            )
        )  # fmt: skip
        return bool(await self._room.sql.write(lambda c: c.execute(statement).rowcount))

    async def still_armed(self, hits: Sequence[Hit]) -> set[tuple[int, int]]:
        """Which of these armings are in force."""
        ids = [one.alert.id for one in hits]
        return await self._room.sql.read(lambda c: self._in_force(c, ids))

    async def fire(self, hits: Sequence[Hit], *, now: float) -> set[tuple[int, int]]:
        """Those that are in force have fired; which they were. One transaction."""
        room = self._room.id
        statement = (
            ALERT.update()
            .where(
                ALERT.c.room == room, ALERT.c.id == sa.bindparam("of_id"),
                ALERT.c.arming == sa.bindparam("of_arming"), ALERT.c.status == ARMED,
            )
            .values(status=FIRED, fired_at=now, fired_price=sa.bindparam("of_price"))
        )  # fmt: skip

        def work(connection: Connection) -> set[tuple[int, int]]:
            in_force = self._in_force(connection, [one.alert.id for one in hits])
            first = {one.alert.key: one for one in reversed(hits) if one.alert.key in in_force}
            values = [
                {"of_id": key[0], "of_arming": key[1], "of_price": one.tick.price}
                for key, one in first.items()
            ]
            if values:
                connection.execute(statement, values)
            return set(first)

        return await self._room.sql.write(work)

    def _in_force(self, connection: Connection, ids: Sequence[int]) -> set[tuple[int, int]]:
        found: set[tuple[int, int]] = set()
        for start in range(0, len(ids), IN_LIST):
            query = sa.select(ALERT.c.id, ALERT.c.arming).where(
                ALERT.c.room == self._room.id,
                ALERT.c.id.in_(ids[start : start + IN_LIST]),
                ALERT.c.status == ARMED,
            )
            found |= {(row[0], row[1]) for row in connection.execute(query)}
        return found

    # The crowd: alerts of made-up people, which nobody takes back

    async def crowd(self) -> int:
        """How many alerts are the crowd's."""
        query = sa.select(sa.func.count()).where(ALERT.c.room == self._room.id, ALERT.c.crowd.is_(True))
        return int(await self._room.sql.read(lambda c: c.execute(query).scalar_one()))

    async def drop_crowd(self, count: int) -> list[ArmedAlert]:
        """Take the newest `count` of the crowd's out; those of them that were in force."""
        room = self._room.id

        def work(connection: Connection) -> tuple[int, list[ArmedAlert]]:
            of_crowd = (ALERT.c.room == room, ALERT.c.crowd.is_(True))
            first = connection.execute(
                sa.select(ALERT.c.id).where(*of_crowd).order_by(ALERT.c.id.desc()).limit(1).offset(count - 1)
            ).scalar_one()
            gone = (*of_crowd, ALERT.c.id >= first)
            armed = [
                ArmedAlert(*row)
                for row in connection.execute(sa.select(*_ARMED).where(*gone, ALERT.c.status == ARMED))
            ]
            return connection.execute(ALERT.delete().where(*gone)).rowcount, armed

        rows, armed = await self._room.sql.write(work)
        self.rows -= rows
        return armed

    async def arm_crowd(self, heads: Sequence[tuple[int, int]], *, now: float) -> list[ArmedAlert]:
        """The crowd's that fired and are not met at the `heads` (number and price per stock) are in force again."""
        room = self._room.id

        def work(connection: Connection) -> list[ArmedAlert]:
            again: list[ArmedAlert] = []
            for stock, (seq, price) in enumerate(heads):
                where = (
                    ALERT.c.room == room, ALERT.c.stock == stock, ALERT.c.status == FIRED, ALERT.c.crowd.is_(True),
                    sa.or_(
                        sa.and_(ALERT.c.above.is_(True), ALERT.c.price > price),
                        sa.and_(ALERT.c.above.is_(False), ALERT.c.price < price),
                    ),
                )  # fmt: skip
                changed = (
                    ALERT.update()
                    .where(*where)
                    .values(
                        status=ARMED, arming=ALERT.c.arming + 1, since=seq, armed_at=now, fired_at=None,
                        fired_price=None,
                    )
                    .returning(*_ARMED)
                )  # fmt: skip
                again += [ArmedAlert(*row) for row in connection.execute(changed)]
            return again

        return await self._room.sql.write(work)

    def around(self, connection: Connection, stock: int, price: int) -> list[tuple[bool, int, int, int]]:
        """The alerts in force nearest to a price, on either side: above?, price, how many, and the smallest id."""
        found: list[tuple[bool, int, int, int]] = []
        for above in (True, False):
            query = (
                sa.select(ALERT.c.above, ALERT.c.price, sa.func.count(), sa.func.min(ALERT.c.id))
                .where(
                    ALERT.c.room == self._room.id,
                    ALERT.c.stock == stock,
                    ALERT.c.status == ARMED,
                    ALERT.c.above.is_(above),
                )
                .group_by(ALERT.c.above, ALERT.c.price)
                .order_by(ALERT.c.price if above else ALERT.c.price.desc())
                .limit(LADDER)
            )
            found += [
                (bool(row[0]), int(row[1]), int(row[2]), int(row[3])) for row in connection.execute(query)
            ]
        return found

    def counts(self, connection: Connection) -> dict[str, int]:
        """How many rows there are, by status."""
        query = (
            sa.select(ALERT.c.status, sa.func.count())
            .where(ALERT.c.room == self._room.id)
            .group_by(ALERT.c.status)
        )
        return {row[0]: int(row[1]) for row in connection.execute(query)}


def rows_of(alerts: Iterable[ArmedAlert], *, kinds: Collection[str], crowd: bool) -> list[dict[str, object]]:
    """Rows that put these alerts in force; `kinds` are the names of the two sides, above first."""
    above, below = kinds
    return [
        {
            "id": one.id, "user": one.user, "stock": one.stock, "kind": above if one.above else below,
            "above": one.above, "price": one.price, "percent": None, "status": ARMED, "arming": one.arming,
            "since": one.since, "crowd": crowd, "created_at": one.armed_at, "armed_at": one.armed_at,
        }
        for one in alerts
    ]  # fmt: skip
