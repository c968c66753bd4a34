"""What panels show of the stores, read in one look at each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.ads import ADS, ADVERTISERS
from designs.ad_click_aggregator.engine.advertisers import Advertisers
from designs.ad_click_aggregator.engine.click_log import ClickLog
from designs.ad_click_aggregator.engine.models import AD, COUNT
from designs.ad_click_aggregator.engine.processes import PROCESS_ERRORS, Processes
from designs.ad_click_aggregator.engine.strategies import PARTITIONS
from sdlab.lab import EngineContext, Unavailable

SHOWN_KEYS = 8
NEWEST = 3
NAMES = tuple(ADVERTISERS)
SHOWN_BARS = 30
WINDOW_S = 2


@dataclass(frozen=True, slots=True)
class PartitionLook:
    """A partition: clicks it keeps, all that were ever appended, the number of the last that was read, the newest ads."""

    kept: int = 0
    added: int = 0
    read: int = 0
    newest: tuple[int, ...] = ()
    checkpoint: int = 0  # bytes


@dataclass(frozen=True, slots=True)
class RedisLook:
    """What is in Redis now."""

    partitions: tuple[PartitionLook, ...] = (PartitionLook(),) * PARTITIONS
    keys: tuple[tuple[str, float | None], ...] = ()
    visits: int = 0


@dataclass(frozen=True, slots=True)
class OlapLook:
    """What is in the OLAP store now; nothing of one that was not begun."""

    bars: tuple[tuple[int, int, int], ...] = ()
    windows: tuple[tuple[int, int, bool], ...] = ()
    rows: int = 0
    clicks: int = 0
    day: int = 0
    newest: int = 0
    bytes: int = 0
    watermark: float = 0.0


@dataclass(frozen=True, slots=True)
class RowsLook:
    """What is in the tables now."""

    ads: int = 0
    counts: int = 0
    clicks: int = 0
    bars: tuple[tuple[int, int, int], ...] = ()
    newest: int = 0


class StoreReader:
    """Asks the stores, for the panels and the dashboard of the advertiser in `focus`."""

    def __init__(
        self, context: EngineContext[Config], *, log: ClickLog, advertisers: Advertisers, processes: Processes
    ) -> None:
        self._room, self._log, self._processes = context.room, log, processes
        self._advertisers = advertisers
        self.focus = 0
        self.redis = context.look(self._read_redis, RedisLook())
        self.olap = context.look(self._read_olap, OlapLook())
        self.rows = context.look(self._read_rows, RowsLook())

    @property
    def ads(self) -> list[int]:
        """The ads of the advertiser on the screen."""
        return [one.id for one in ADS if one.advertiser == NAMES[self.focus]]

    async def _read_redis(self) -> RedisLook:
        ids = list(self._log.clicked)[: -SHOWN_KEYS - 1 : -1]
        pipe = self._room.redis.pipeline(transaction=False)
        for partition in range(PARTITIONS):
            key = self._log.log.key_of(partition)
            pipe.xlen(key)
            pipe.xrevrange(key, count=NEWEST)
        pipe.hgetall(self._log.read_key)
        pipe.xlen(self._advertisers.key)
        for partition in range(PARTITIONS):
            pipe.hstrlen(self._log.checkpoint_key, str(partition))
        for id in ids:
            pipe.get(self._log.seen_key(id))
        answers = await pipe.execute()
        streams, rest = answers[: 2 * PARTITIONS], answers[2 * PARTITIONS :]
        read = {int(one): int(place.partition("/")[2] or 0) for one, place in rest[0].items()}
        sizes, ends = rest[2 : 2 + PARTITIONS], rest[2 + PARTITIONS :]
        return RedisLook(
            partitions=tuple(
                PartitionLook(
                    kept=int(streams[2 * one]),
                    added=int(streams[2 * one + 1][0][1].get("n", 0)) if streams[2 * one + 1] else 0,
                    read=read.get(one, 0),
                    newest=tuple(int(fields["k"]) for _, fields in streams[2 * one + 1]),
                    checkpoint=int(sizes[one]),
                )
                for one in range(PARTITIONS)
            ),
            keys=tuple((id, float(end) if end else None) for id, end in zip(ids, ends, strict=True)),
            visits=int(rest[1]),
        )

    async def _read_olap(self) -> OlapLook:
        store = self._processes.store
        if store.ended.is_set():
            return OlapLook()
        try:
            found: dict[str, Any] = await store.ask("panel", ads=self.ads)
        except (*PROCESS_ERRORS, Unavailable):
            return OlapLook()
        return OlapLook(
            bars=tuple((s, ad, n) for s, ad, n in found["bars"]),
            windows=tuple((s, n, bool(closed)) for s, n, closed in found["windows"]),
            rows=found["rows"],
            clicks=found["clicks"],
            day=found["day"],
            newest=found["newest"],
            bytes=found["bytes"],
            watermark=found["watermark"] or 0.0,
        )

    async def _read_rows(self) -> RowsLook:
        room, ads = self._room.id, self.ads

        def work(connection: Connection) -> RowsLook:
            counts, clicks, newest = connection.execute(
                sa.select(sa.func.count(), sa.func.sum(COUNT.c.clicks), sa.func.max(COUNT.c.start)).where(
                    COUNT.c.room == room
                )
            ).one()
            known = connection.execute(
                sa.select(sa.func.count()).select_from(AD).where(AD.c.room == room)
            ).scalar_one()
            if not counts:
                return RowsLook(ads=known)
            bars = connection.execute(
                sa.select(COUNT.c.start, COUNT.c.ad, COUNT.c.clicks)
                .where(
                    COUNT.c.room == room, COUNT.c.start > newest - SHOWN_BARS * WINDOW_S, COUNT.c.ad.in_(ads)
                )
                .order_by(COUNT.c.start)
            ).all()
            return RowsLook(known, counts, int(clicks), tuple((s, ad, n) for s, ad, n in bars), int(newest))

        return await self._room.sql.read(work)
