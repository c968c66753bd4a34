"""How a rating is written, and how the average of a place is kept.

The levels and what they forbid: https://www.postgresql.org/docs/current/transaction-iso.html
"""

from __future__ import annotations

import secrets
from typing import Protocol

from designs.yelp.config import Config
from designs.yelp.engine.place import Rating
from designs.yelp.engine.rating_table import Delta, RatingTable
from sdlab.lab import EngineContext
from sdlab.stores.sessions import Isolation, Session

NEW = ""


class Uniqueness(Protocol):
    """What keeps somebody from rating a place twice. `keyed`: a unique key of the table does."""

    label: str
    tradeoff: str
    keyed: bool

    @staticmethod
    async def look(table: RatingTable, rating: Rating) -> str | None:
        """Before the transaction: the claim of the rating that is to be edited, None where nobody looked or none is."""
        ...

    @staticmethod
    async def put(table: RatingTable, session: Session, rating: Rating, known: str | None) -> Delta:
        """Within the transaction: write the rating; how the sums change."""
        ...


class UniqueKey:
    """The table admits one row per person and place."""

    label = "a unique key"
    tradeoff = "The database decides, whoever comes at the same moment; the second becomes an edit."
    keyed = True

    @staticmethod
    async def look(table: RatingTable, rating: Rating) -> str | None:
        return None

    @staticmethod
    async def put(table: RatingTable, session: Session, rating: Rating, known: str | None) -> Delta:
        if await table.insert(session, rating, claim=NEW):
            table.context.decide("the key was free: this is the first rating of this person here")
            return Delta(1, rating.stars)
        table.context.decide("the key is taken: the second rating edits the first")
        return await table.replace(session, rating, claim=NEW)


class LookFirst:
    """The application looks whether there is one."""

    label = "look, then insert"
    tradeoff = "Works without a key. Two at the same moment both see nothing, and both insert."
    keyed = False

    @staticmethod
    async def look(table: RatingTable, rating: Rating) -> str | None:
        return await table.claim_of(rating)

    @staticmethod
    async def put(table: RatingTable, session: Session, rating: Rating, known: str | None) -> Delta:
        if known is not None:
            table.context.decide("a rating was seen: it is edited")
            return await table.replace(session, rating, claim=known)
        table.context.decide("no rating was seen a moment ago: one is inserted, without a key")
        await table.insert(session, rating, claim=secrets.token_hex(8))
        return Delta(1, rating.stars)


class Averaging(Protocol):
    """How the sums of a place follow its ratings.

    `computes`: they are worked out when they are read. `batches`: a job makes them. `does` is the
    statement that changes them.
    """

    label: str
    tradeoff: str
    computes: bool
    batches: bool
    does: str
    isolation: Isolation

    @staticmethod
    async def follow(
        context: EngineContext[Config], table: RatingTable, session: Session, rating: Rating, delta: Delta
    ) -> bool:
        """Within the transaction: false when all of it has to be done again."""
        ...

    @staticmethod
    async def afterwards(
        context: EngineContext[Config], table: RatingTable, rating: Rating, delta: Delta
    ) -> None:
        """Once the rating is committed."""
        ...


class _Plain:
    """Nothing more to do, in the transaction or behind it."""

    computes = False
    batches = False
    isolation: Isolation = "READ COMMITTED"

    @staticmethod
    async def follow(
        context: EngineContext[Config], table: RatingTable, session: Session, rating: Rating, delta: Delta
    ) -> bool:
        return True

    @staticmethod
    async def afterwards(
        context: EngineContext[Config], table: RatingTable, rating: Rating, delta: Delta
    ) -> None:
        return None


class OnRead(_Plain):
    """Nothing is stored."""

    label = "computed on read"
    tradeoff = "Never wrong, nothing to keep. Each look at a place reads all of its ratings."
    computes = True
    does = "SELECT count(*), sum(stars) FROM rating WHERE place_id = …"

    @staticmethod
    async def afterwards(
        context: EngineContext[Config], table: RatingTable, rating: Rating, delta: Delta
    ) -> None:
        context.decide("no sum is stored: whoever looks adds all ratings up")


class ReadThenWrite(_Plain):
    """Two round trips, in no transaction."""

    label = "read, add, write back"
    tradeoff = "Simple. Who reads in between reads the same sums, and one of the two ratings is lost in them."
    does = "SELECT count, total; then UPDATE … SET count = c, total = t"

    @staticmethod
    async def afterwards(
        context: EngineContext[Config], table: RatingTable, rating: Rating, delta: Delta
    ) -> None:
        before, _ = await table.sums(rating)
        await context.clock.sleep(context.config.gap_ms / 1000)
        await table.overwrite(rating, before, delta)
        context.decide(
            f"{before.count} ratings were seen: the sums are written back, whatever happened meanwhile"
        )


class Serializable(_Plain):
    """One transaction of the strictest level."""

    label = "one SERIALIZABLE transaction"
    tradeoff = (
        "The database proves that it is right; under contention it gives up (40001), and all begins anew."
    )
    isolation: Isolation = "SERIALIZABLE"
    does = "BEGIN; INSERT …; SELECT count, total; UPDATE …; COMMIT"

    @staticmethod
    async def follow(
        context: EngineContext[Config], table: RatingTable, session: Session, rating: Rating, delta: Delta
    ) -> bool:
        before, _ = await table.sums(rating, session)
        await table.overwrite(rating, before, delta, session)
        context.decide("read and written in one transaction, as if nobody else were there")
        return True


class Optimistic(_Plain):
    """A version that must not have changed."""

    label = "count and sum, with a version"
    tradeoff = (
        "Nobody waits for a lock to read. Who finds another version begins again; after some tries it locks."
    )
    does = "UPDATE … SET count = c, total = t, version = v + 1 WHERE version = v"

    @staticmethod
    async def follow(
        context: EngineContext[Config], table: RatingTable, session: Session, rating: Rating, delta: Delta
    ) -> bool:
        before, version = await table.sums(rating, session)
        if await table.overwrite(rating, before, delta, session, version=version):
            context.decide("the version was still the same: count and sum are written with the rating")
            return True
        context.decide("somebody was faster: the version is another, all of it begins again")
        return False


class Batch(_Plain):
    """Later, for all at once."""

    label = "in a batch"
    tradeoff = "A rating costs one insert. The average is late by up to the interval of the job."
    batches = True
    does = "UPDATE … SET (count, total) = (SELECT …), every few seconds"

    @staticmethod
    async def afterwards(
        context: EngineContext[Config], table: RatingTable, rating: Rating, delta: Delta
    ) -> None:
        context.decide("the sums are left as they are until the next batch")


AVERAGES: dict[str, type[Averaging]] = {
    "optimistic": Optimistic,
    "read": OnRead,
    "naive": ReadThenWrite,
    "strict": Serializable,
    "batch": Batch,
}
UNIQUES: dict[str, type[Uniqueness]] = {"key": UniqueKey, "look": LookFirst}
