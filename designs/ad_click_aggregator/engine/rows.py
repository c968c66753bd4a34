"""The rows: ads, and a count per ad and window that is updated with each click."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.ads import ADS
from designs.ad_click_aggregator.engine.aggregator_process import WINDOW_S
from designs.ad_click_aggregator.engine.click_log import LoggedClick
from designs.ad_click_aggregator.engine.counters import Counters
from designs.ad_click_aggregator.engine.models import AD, COUNT
from designs.ad_click_aggregator.engine.nodes import CLICKS, DATABASE
from sdlab.lab import EngineContext, NotFound, Unavailable

KEPT_ROWS = 50_000


class CountRows:
    """A statement per click; what the database refused is owed, and paid with the next one."""

    def __init__(self, context: EngineContext[Config], counters: Counters) -> None:
        self._context, self._counters = context, counters
        self._room = context.room
        self.owed: Counter[tuple[int, int]] = Counter()

    async def open(self) -> None:
        """The ads are there."""
        rows = [
            {
                "room": self._room.id,
                "id": one.id,
                "advertiser": one.advertiser,
                "title": one.title,
                "slot": one.slot,
            }
            for one in ADS
        ]

        def work(connection: Connection) -> None:
            known = connection.execute(sa.select(AD.c.id).where(AD.c.room == self._room.id)).first()
            if known is None:
                connection.execute(sa.insert(AD), rows)

        await self._room.sql.write(work)

    async def add(self, click: LoggedClick) -> None:
        """One more of this ad in its window."""
        self.owed[int(click.at // WINDOW_S) * WINDOW_S, click.ad] += 1
        await self.pay(source=CLICKS)

    async def pay(self, *, source: str = CLICKS) -> None:
        """Update the rows of all that is owed."""
        paid, self.owed = self.owed, Counter()
        if not paid:
            return

        def work(connection: Connection) -> None:
            for (start, ad), count in paid.items():
                row = sqlite_insert(COUNT).values(room=self._room.id, start=start, ad=ad, clicks=count)
                more = {"clicks": COUNT.c.clicks + row.excluded.clicks}
                connection.execute(
                    row.on_conflict_do_update(index_elements=["room", "start", "ad"], set_=more)
                )

        try:
            await self._context.node(DATABASE).call(
                "update", lambda: self._room.sql.write(work), source=source
            )
        except (Unavailable, NotFound):
            self.owed.update(paid)
            self._context.decide("the database does not answer: this count is owed")
            return
        except BaseException:
            self.owed.update(paid)
            raise
        self._counters.database_writes += len(paid)
        self._counters.version += 1

    async def load(self, totals: list[list[int]]) -> None:
        """These totals (start, ad, clicks) and no others."""
        rows = [{"room": self._room.id, "start": s, "ad": a, "clicks": n} for s, a, n in totals[-KEPT_ROWS:]]

        def work(connection: Connection) -> None:
            connection.execute(sa.delete(COUNT).where(COUNT.c.room == self._room.id))
            if rows:
                connection.execute(sa.insert(COUNT), rows)

        self.owed.clear()
        await self._room.sql.write(work)

    async def totals(self, *, since: int) -> list[tuple[int, int, int]]:
        """Start, ad and clicks of each row from there on."""

        def work(connection: Connection) -> list[tuple[int, int, int]]:
            found = connection.execute(
                sa.select(COUNT.c.start, COUNT.c.ad, COUNT.c.clicks).where(
                    COUNT.c.room == self._room.id, COUNT.c.start >= since
                )
            )
            return [(int(start), int(ad), int(clicks)) for start, ad, clicks in found]

        return await self._room.sql.read(work)

    async def query(self, *, ads: list[int], since: int, until: int, step: int) -> list[tuple[int, int, int]]:
        """Clicks per `step` seconds and ad."""

        def work(connection: Connection) -> list[tuple[int, int, int]]:
            bucket = COUNT.c.start - COUNT.c.start % step
            found = connection.execute(
                sa.select(bucket, COUNT.c.ad, sa.func.sum(COUNT.c.clicks))
                .where(COUNT.c.room == self._room.id, COUNT.c.start >= since, COUNT.c.start < until)
                .where(COUNT.c.ad.in_(ads))
                .group_by(bucket, COUNT.c.ad)
                .order_by(bucket, COUNT.c.ad)
            )
            return [(int(start), int(ad), int(clicks)) for start, ad, clicks in found]

        return await self._room.sql.read(work)
