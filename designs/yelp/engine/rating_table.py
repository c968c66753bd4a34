"""The rows of ratings and the stored sums of places: what is done to them, and who did it when."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from designs.yelp.config import Config
from designs.yelp.engine.models import PLACE, RATING
from designs.yelp.engine.nodes import DATABASE, SERVICE
from designs.yelp.engine.place import Rating, Sums
from sdlab.lab import EngineContext
from sdlab.stores.sessions import Session

STEPS_KEPT = 2_000
TAKEN_ABOVE = 500  # places of one refresh


class Delta(NamedTuple):
    """How a rating changes the sums of its place."""

    ratings: int
    stars: int


@dataclass(frozen=True, slots=True)
class RatingStep:
    """Something that a rater's request did to a place, from `began` to `ended` (seconds of the clock)."""

    place_id: int
    by: str
    kind: str
    text: str
    value: str
    began: float
    ended: float
    lost: bool = False


class RatingTable:
    """Statements about ratings; the steps of the last ones are kept for lanes and evidence.

    With a session a statement is part of its transaction, without one it is a transaction of its own.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self.context = context
        self._room, self._sql = context.room.id, context.room.sql
        self._dialect = postgresql if self._sql.row_locks else sqlite
        self.steps: deque[RatingStep] = deque(maxlen=STEPS_KEPT)

    def _mine(self, rating: Rating) -> sa.ColumnElement[bool]:
        return sa.and_(
            RATING.c.room == self._room, RATING.c.place_id == rating.place_id, RATING.c.by == rating.by
        )

    def _place(self, place_id: int) -> sa.ColumnElement[bool]:
        return sa.and_(PLACE.c.room == self._room, PLACE.c.id == place_id)

    async def _do(self, session: Session | None, statement: sa.Executable) -> Any:
        """The result of a statement, in the session or in a transaction of its own."""
        if session is not None:
            return await session.execute(statement)
        return await self.context.node(DATABASE).call(
            "statement", lambda: self._alone(statement), source=SERVICE
        )

    async def _alone(self, statement: sa.Executable) -> Any:
        async with self._sql.session() as session:
            result = await session.execute(statement)
            return result.all() if result.returns_rows else result

    def _note(
        self, rating: Rating, kind: str, text: str, value: str, began: float, *, lost: bool = False
    ) -> None:
        now = self.context.clock.time()
        self.steps.append(RatingStep(rating.place_id, rating.by, kind, text, value, began, now, lost))

    # Rows of ratings

    async def claim_of(self, rating: Rating) -> str | None:
        """The claim of somebody's rating of that place, the newest if there are several; None without one."""
        began = self.context.clock.time()
        query = sa.select(RATING.c.claim).where(self._mine(rating)).order_by(RATING.c.at.desc()).limit(1)
        rows = await self._do(None, query)
        found = rows[0][0] if rows else None
        self._note(rating, "read", "looks for an own rating", "one" if rows else "none", began)
        return found

    async def insert(self, session: Session, rating: Rating, *, claim: str) -> bool:
        """A new row; false when the key is taken."""
        began = self.context.clock.time()
        row = {"room": self._room, "claim": claim, "place_id": rating.place_id, "by": rating.by}
        row |= {"stars": rating.stars, "text": rating.text, "at": rating.at}
        statement = self._dialect.insert(RATING).values(row).on_conflict_do_nothing()
        inserted = await session.scalar(statement.returning(RATING.c.by)) is not None
        self._note(rating, "write", "inserts", f"{rating.stars} ★" if inserted else "key taken", began)
        return inserted

    async def replace(self, session: Session, rating: Rating, *, claim: str) -> Delta:
        """Edit the row of that claim; how the sums change."""
        began = self.context.clock.time()
        mine = sa.and_(self._mine(rating), RATING.c.claim == claim)
        before = await session.scalar(sa.select(RATING.c.stars).where(mine).with_for_update())
        if before is None:
            return Delta(0, 0)
        values = {"stars": rating.stars, "text": rating.text, "at": rating.at}
        await session.execute(RATING.update().where(mine).values(values))
        self._note(rating, "write", "edits", f"{before} ★ → {rating.stars} ★", began)
        return Delta(0, rating.stars - before)

    # Stored sums

    async def sums(self, rating: Rating, session: Session | None = None) -> tuple[Sums, int]:
        """The stored sums of a place, and their version."""
        began = self.context.clock.time()
        stored = (PLACE.c.count.label("stored_count"), PLACE.c.total.label("stored_total"))
        query = sa.select(*stored, PLACE.c.version).where(self._place(rating.place_id))
        rows = await self._do(session, query)
        row = (rows.all() if session is not None else rows)[0]
        self._note(rating, "read", "reads the sums", f"{row.stored_count} ratings", began)
        return Sums(row.stored_count, row.stored_total), row.version

    async def lock(self, rating: Rating, session: Session) -> None:
        """Nobody else changes the sums of that place until the transaction ends."""
        began = self.context.clock.time()
        await session.execute(sa.select(PLACE.c.id).where(self._place(rating.place_id)).with_for_update())
        self._note(rating, "step", "locks the row", "", began)

    async def overwrite(
        self,
        rating: Rating,
        before: Sums,
        delta: Delta,
        session: Session | None = None,
        *,
        version: int | None = None,
    ) -> bool:
        """Write the sums that follow from `before`; with a version only where it is still that one."""
        began = self.context.clock.time()
        mine = self._place(rating.place_id)
        wanted = mine if version is None else sa.and_(mine, PLACE.c.version == version)
        count, total = before.count + delta.ratings, before.total + delta.stars
        values = {"count": count, "total": total, "version": PLACE.c.version + 1}
        done = await self._do(session, PLACE.update().where(wanted).values(values))
        written = bool(done.rowcount)
        self._note(
            rating, "write", "writes the sums", f"{count} ratings" if written else "another version", began
        )
        return written

    # Many at once

    def recount(self, connection: sa.Connection, place_ids: list[int] | None = None) -> None:
        """Make the stored sums anew from the rows, of these places or of all.

        The rows of the places are locked first, so that the sums see every rating that wrote them.
        """
        counted, total = self._of_rows()
        wanted = PLACE.c.room == self._room
        if place_ids is not None:
            wanted = sa.and_(wanted, PLACE.c.id.in_(place_ids))
        now = self.context.clock.time()
        connection.execute(sa.select(PLACE.c.id).where(wanted).order_by(PLACE.c.id).with_for_update())
        values = {"count": PLACE.c.old_count + counted, "total": PLACE.c.old_sum + total}
        values |= {"version": PLACE.c.version + 1, "averaged": now}
        connection.execute(PLACE.update().where(wanted).values(values))

    def _of_rows(self) -> tuple[sa.ScalarSelect[int], sa.ScalarSelect[int]]:
        mine = sa.and_(RATING.c.room == PLACE.c.room, RATING.c.place_id == PLACE.c.id)
        counted = sa.select(sa.func.count()).where(mine).correlate(PLACE).scalar_subquery()
        total = sa.select(sa.func.coalesce(sa.func.sum(RATING.c.stars), 0)).where(mine).correlate(PLACE)
        return counted, total.scalar_subquery()

    def both(self, place_ids: list[int]) -> sa.Select[Any]:
        """Of these places the stored sums, and those of the rows, at one moment."""
        counted, total = self._of_rows()
        newest = (
            sa.select(sa.func.coalesce(sa.func.max(RATING.c.at), 0.0))
            .where(RATING.c.room == PLACE.c.room, RATING.c.place_id == PLACE.c.id)
            .correlate(PLACE)
            .scalar_subquery()
        )
        return sa.select(
            PLACE.c.id,
            PLACE.c.count.label("stored_count"),
            PLACE.c.total.label("stored_total"),
            PLACE.c.version,
            PLACE.c.averaged,
            (PLACE.c.old_count + counted).label("true_count"),
            (PLACE.c.old_sum + total).label("true_total"),
            counted.label("rows"),
            newest.label("newest"),
        ).where(PLACE.c.room == self._room, PLACE.c.id.in_(place_ids[:TAKEN_ABOVE]))

    def stored(self, place_id: int) -> sa.Select[Any]:
        """The stored sums of a place."""
        return sa.select(PLACE.c.count, PLACE.c.total).where(self._place(place_id))

    def counted(self, place_id: int) -> sa.Select[Any]:
        """The sums of a place by its rows."""
        counted, total = self._of_rows()
        sums = (PLACE.c.old_count + counted, PLACE.c.old_sum + total)
        return sa.select(*sums).where(self._place(place_id))

    def doubled(self) -> sa.Select[Any]:
        """Who has more than one rating of a place."""
        of = (RATING.c.place_id, RATING.c.by)
        return (
            sa.select(*of, sa.func.count().label("ratings"))
            .where(RATING.c.room == self._room)
            .group_by(*of)
            .having(sa.func.count() > 1)
            .order_by(*of)
        )

    def unkeyed(self, connection: sa.Connection) -> None:
        """Give every rating the key again: of several of one person for one place the newest stays."""
        mine = RATING.c.room == self._room
        query = sa.select(RATING).where(mine).order_by(RATING.c.at, RATING.c.claim)
        rows = [dict(row._mapping) for row in connection.execute(query)]
        if not any(row["claim"] for row in rows):
            return
        newest = {(row["place_id"], row["by"]): {**row, "claim": ""} for row in rows}
        connection.execute(RATING.delete().where(mine))
        connection.execute(RATING.insert(), list(newest.values()))
