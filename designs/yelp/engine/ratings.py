"""Rating places: one transaction per rating, begun again where others were in between; and who sees what came of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from designs.yelp.config import Config
from designs.yelp.engine.models import RATING
from designs.yelp.engine.nodes import DATABASE, SERVICE
from designs.yelp.engine.place import Place, Rating, Sums
from designs.yelp.engine.rating_table import Delta, RatingTable
from designs.yelp.engine.sphere import Array
from designs.yelp.engine.strategies import AVERAGES, UNIQUES
from sdlab.lab import EngineContext, NotFound, Signal, TooMany, Unavailable
from sdlab.stores.sessions import DEADLOCK, SerializationFailure

LOCK_AFTER, MOST_TRIES = 6, 60
FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 0.002, 0.25
BATCH_PLACES = 500
AT_ONCE = 64  # ratings that are worked on; others wait before they have begun


@dataclass(slots=True)
class Counters:
    """Since opened. `first` ratings and `edits` of them; `versions` other versions met, `retried` 40001 and 40P01."""

    first: int = 0
    edits: int = 0
    versions: int = 0
    retried: int = 0
    locked: int = 0
    gave_up: int = 0
    batches: int = 0


class RatingColumn:
    """Sums by place id, beside the index: what searches rank with. In memory, renewed from the database."""

    def __init__(self) -> None:
        self._count, self._total = np.zeros(64), np.zeros(64)

    def put(self, place_id: int, sums: Sums) -> None:
        """From now on the sums of a place are these."""
        while place_id >= len(self._count):
            self._count, self._total = (
                np.concatenate((one, np.zeros_like(one))) for one in (self._count, self._total)
            )
        self._count[place_id], self._total[place_id] = sums.count, sums.total

    def of(self, place_id: int) -> Sums:
        """The sums of a place; nothing for one that is not known."""
        if place_id >= len(self._count):
            return Sums()
        return Sums(int(self._count[place_id]), int(self._total[place_id]))

    def many(self, ids: Sequence[int] | np.ndarray) -> tuple[Array, Array]:
        """Counts and totals, in that order."""
        rows = np.array(ids, dtype=int)
        return self._count[rows], self._total[rows]


class Ratings:
    """Writes ratings by the approach in force. `rated` tells of a rating, `renewed` that the column has new sums."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context, self._room = context, context.room
        self.table = RatingTable(context)
        self.column = RatingColumn()
        self.counters = Counters()
        self.in_flight: Counter[int] = Counter()
        self.rated, self.renewed = Signal(), Signal()
        self.hottest = 0
        self._rows = 0
        self._dirty: set[int] = set()
        self._unbatched: set[int] = set()
        self._batching = asyncio.Lock()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._open, self._idle = asyncio.Event(), asyncio.Event()
        self._open.set()
        self._idle.set()

    async def open(self, places: Sequence[Place]) -> None:
        """The sums as the database has them, and how full the room is."""
        count = sa.select(sa.func.count()).where(RATING.c.room == self._room.id)
        self._rows = await self._room.sql.read(lambda c: int(c.execute(count).scalar_one()))
        ids = [one.id for one in places]
        for start in range(0, len(ids), BATCH_PLACES):
            await self._read(ids[start : start + BATCH_PLACES])

    async def rate(self, rating: Rating) -> bool:
        """Write it and what follows; whether it is this person's first of that place.

        `TooMany` in a full room, `Unavailable` when the database gave every try up.
        """
        if self._rows >= self._room.quota.rows:
            raise TooMany(f"this room is full: it holds {self._rows:,} ratings")
        async with self._turns:
            await self._open.wait()
            delta = await self._work(rating)
        self._rows += delta.ratings
        self.counters.first += delta.ratings
        self.counters.edits += 1 - delta.ratings
        return bool(delta.ratings)

    async def _work(self, rating: Rating) -> Delta:
        """Write it by the approach in force, and what follows from it."""
        config = self._context.config
        averaging, place = AVERAGES[config.average], rating.place_id
        self.in_flight[place] += 1
        self._idle.clear()
        try:
            known = await UNIQUES[config.unique].look(self.table, rating)
            delta = await self._context.node(DATABASE).call(
                "transaction", lambda: self._committed(rating, known), source=SERVICE
            )
            await averaging.afterwards(self._context, self.table, rating, delta)
        finally:
            self.in_flight[place] -= 1
            if not self.in_flight[place]:
                del self.in_flight[place]
            if not self.in_flight:
                self._idle.set()
            self._touched(place)
        return delta

    def _touched(self, place: int) -> None:
        self._dirty.add(place)
        self._unbatched.add(place)
        self.hottest = place
        self.rated()

    async def _committed(self, rating: Rating, known: str | None) -> Delta:
        """The rating and its sums in one transaction, as often as it takes."""
        averaging = AVERAGES[self._context.config.average]
        for number in range(1, MOST_TRIES + 1):
            try:
                async with self._room.sql.session(isolation=averaging.isolation) as session:
                    if number > LOCK_AFTER:
                        await self.table.lock(rating, session)
                        self.counters.locked += 1
                    delta = await UNIQUES[self._context.config.unique].put(self.table, session, rating, known)
                    if not await averaging.follow(self._context, self.table, session, rating, delta):
                        raise AnotherVersion
                return delta
            except AnotherVersion:
                self.counters.versions += 1
                await self._back_off(number)
            except SerializationFailure as failure:
                self.counters.retried += 1
                what = "a deadlock" if failure.sqlstate == DEADLOCK else "no order explains both"
                self._context.decide(f"try {number} was given up by the database: {what}")
                await self._back_off(number)
        self.counters.gave_up += 1
        raise Unavailable(f"the database gave this up {MOST_TRIES} times; it is busy", retry_after=1)

    async def _back_off(self, tries: int) -> None:
        """Those who met do not come back at the same moment."""
        most = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2**tries)
        await self._context.clock.sleep(self._context.rng.random() * most)

    # What follows later

    async def recount(self) -> None:
        """Make all sums anew from the rows, and the key of each rating if it is to have one."""
        keyed = UNIQUES[self._context.config.unique].keyed

        def write(connection: sa.Connection) -> None:
            if keyed:
                self.table.unkeyed(connection)
            self.table.recount(connection)

        self._open.clear()
        try:
            await self._idle.wait()
            await self._room.sql.write(write)
        finally:
            self._open.set()

    async def batch(self) -> None:
        """The job of the batch approach: the sums of what was rated since the last one."""
        if not AVERAGES[self._context.config.average].batches or not self._unbatched:
            return
        async with self._batching:
            some, self._unbatched = sorted(self._unbatched), set()
            await self._room.sql.write(lambda c: self.table.recount(c, some))
            self.counters.batches += 1
            self._dirty |= set(some)
            self.rated()

    async def renew(self) -> bool:
        """Renew the column for what was rated since; whether there was anything."""
        some, self._dirty = sorted(self._dirty)[:BATCH_PLACES], set(sorted(self._dirty)[BATCH_PLACES:])
        if some:
            await self._read(some)
            self.renewed()
        return bool(some)

    async def _read(self, ids: list[int]) -> None:
        query = self.table.both(ids)
        computes = AVERAGES[self._context.config.average].computes
        for row in await self._room.sql.read(lambda c: c.execute(query).all()):
            sums = (
                Sums(row.true_count, row.true_total) if computes else Sums(row.stored_count, row.stored_total)
            )
            self.column.put(row.id, sums)

    async def sums_of(self, place_id: int) -> Sums:
        """What whoever opens the place is told: worked out, or as stored."""
        computes = AVERAGES[self._context.config.average].computes
        query = self.table.counted(place_id) if computes else self.table.stored(place_id)
        row = await self._context.node(DATABASE).call(
            "select", lambda: self._room.sql.read(lambda c: c.execute(query).one_or_none()), source=SERVICE
        )
        if row is None:
            raise NotFound(f"no place {place_id}")
        count, total = row
        if computes:
            self._context.decide(f"the rows were added up for the average: {count} ratings")
        else:
            self._context.decide("the stored sums are the answer: no rating is read for the average")
        return Sums(count, total)

    async def reviews(
        self, place_id: int, *, after: tuple[float, str, str] | None, limit: int
    ) -> list[tuple[Rating, str]]:
        """Ratings of a place, newest first, behind a position; each with its claim, for the next position."""
        mine = sa.and_(RATING.c.room == self._room.id, RATING.c.place_id == place_id)
        query = sa.select(RATING).where(mine)
        if after is not None:
            position = sa.tuple_(RATING.c.at, RATING.c.by, RATING.c.claim)
            query = query.where(position < sa.tuple_(*map(sa.literal, after)))
        query = query.order_by(RATING.c.at.desc(), RATING.c.by.desc(), RATING.c.claim.desc()).limit(limit)
        rows = await self._context.node(DATABASE).call(
            "select", lambda: self._room.sql.read(lambda c: c.execute(query).all()), source=SERVICE
        )
        return [(Rating(row.place_id, row.by, row.stars, row.text, row.at), row.claim) for row in rows]

    async def has(self, rating: Rating) -> bool:
        """Whether that rating, or a newer one of the same person, is stored."""
        query = sa.select(RATING.c.at).where(
            RATING.c.room == self._room.id, RATING.c.place_id == rating.place_id, RATING.c.by == rating.by
        )
        found = await self._room.sql.read(lambda c: c.execute(query).scalars().all())
        return any(at >= rating.at for at in found)


class AnotherVersion(Exception):
    """Somebody changed the sums meanwhile: the transaction is undone."""
