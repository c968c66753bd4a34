"""How many items have a tag: counted now, remembered for a while, or estimated from a sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from designs.tagging_service.config import Config
from designs.tagging_service.engine.tables import Tables
from sdlab.lab import EngineContext

SURE = 1.96  # standard deviations that 95 of 100 samples stay within
SAMPLE_SEED = 7


class CountSource:
    """What counts are taken from. Who writes pairs tells how many changed: `changes` since the engine opened, and
    at most `under_way` more that may be committed or not.
    """

    def __init__(self, context: EngineContext[Config], tables: Tables) -> None:
        self.context, self.tables = context, tables
        self.changes = self.under_way = 0
        self.remembered_at = 0
        self.age_s = 0.0

    async def exact(self, ids: Sequence[int]) -> dict[int, int]:
        """Counted in the pairs."""
        if not ids:
            return {}
        rows = await self.tables.read(
            f"SELECT p.tag, count(*) AS n FROM {{pair}} p WHERE [p] AND p.tag {self.tables.one_of('ids')} GROUP BY p.tag",
            ids=list(ids),
        )
        found = {row.tag: int(row.n) for row in rows}
        return {tag: found.get(tag, 0) for tag in ids}

    @contextmanager
    def writing(self, pairs: int) -> Iterator[None]:
        """Within the block at most so many pairs are changed; nobody knows whether they were when it fails."""
        self.under_way += pairs
        try:
            yield
        except BaseException:
            self.changes += pairs
            raise
        finally:
            self.under_way -= pairs

    def wrote(self, pairs: int) -> None:
        """So many pairs have changed."""
        self.changes += pairs


class Counting(Protocol):
    """`count` tells, `bound` by how much a figure that was told may be off (for an estimate in 95 of 100 cases)."""

    label: str
    tradeoff: str

    async def count(self, source: CountSource, ids: Sequence[int]) -> dict[int, int]: ...

    def bound(self, source: CountSource, told: int) -> int: ...


class ExactCounts:
    """COUNT over the pairs, each time."""

    label = "Exact: counted each time"
    tradeoff = "Never wrong; a tag on half of all items is counted through each time."

    async def count(self, source: CountSource, ids: Sequence[int]) -> dict[int, int]:
        source.context.decide("the pairs are counted now")
        return await source.exact(ids)

    def bound(self, source: CountSource, told: int) -> int:
        return 0


class CachedCounts:
    """Counted once for all, remembered in Valkey for a while."""

    label = "Cached for a while"
    tradeoff = "One look-up; wrong by what has changed since, at most."

    async def count(self, source: CountSource, ids: Sequence[int]) -> dict[int, int]:
        context = source.context
        redis, key = context.room.redis, context.room.key("counts")
        now = context.clock.time()
        at, changes = await redis.hmget(key, ["at", "changes"])
        if at is None or now - float(at) > context.config.count_age_s:
            context.decide("what is remembered is too old: all tags are counted anew")
            await self._remember(source, now)
        else:
            context.decide("counted a while ago: told as it was then")
            source.age_s, source.remembered_at = now - float(at), int(changes)
        found = await redis.hmget(key, [str(tag) for tag in ids]) if ids else []
        return {tag: int(one or 0) for tag, one in zip(ids, found, strict=True)}

    async def _remember(self, source: CountSource, now: float) -> None:
        redis, key = source.context.room.redis, source.context.room.key("counts")
        source.remembered_at, source.age_s = source.changes, 0.0
        rows = await source.tables.read("SELECT p.tag, count(*) AS n FROM {pair} p WHERE [p] GROUP BY p.tag")
        pipe = redis.pipeline(transaction=True)
        pipe.delete(key)
        pipe.hset(
            key, mapping={str(row.tag): row.n for row in rows} | {"at": now, "changes": source.remembered_at}
        )
        await pipe.execute()

    def bound(self, source: CountSource, told: int) -> int:
        return max(0, source.changes - source.remembered_at) + source.under_way


class SampledCounts:
    """Counted in a part of the rows, by chance, and scaled up."""

    label = "Estimated from a sample"
    tradeoff = "Fewer rows are counted; off by a little for popular tags, by much for rare ones."

    async def count(self, source: CountSource, ids: Sequence[int]) -> dict[int, int]:
        if not ids:
            return {}
        share = source.context.config.sample_pct / 100
        source.context.decide(f"{source.context.config.sample_pct} % of the rows are counted and scaled up")
        sample = (
            f"TABLESAMPLE BERNOULLI ({share * 100:g}) REPEATABLE ({SAMPLE_SEED})" if source.tables.own else ""
        )
        rest = "" if source.tables.own else f"AND p.item * 37 % 100 < {share * 100:g} "
        rows = await source.tables.read(
            f"SELECT p.tag, count(*) AS n FROM {{pair}} p {sample} WHERE [p] {rest}"
            f"AND p.tag {source.tables.one_of('ids')} GROUP BY p.tag",
            ids=list(ids),
        )
        found = {row.tag: round(row.n / share) for row in rows}
        return {tag: found.get(tag, 0) for tag in ids}

    def bound(self, source: CountSource, told: int) -> int:
        return sample_bound(max(1, told), source.context.config.sample_pct / 100)


def sample_bound(count: int, share: float) -> int:
    """By how much an estimate of `count` from that share of the rows is off in 95 of 100 cases, at most.

    >>> sample_bound(1000, 0.2)
    124
    """
    return math.ceil(SURE * math.sqrt(count * (1 - share) / share))


COUNTS: dict[str, Counting] = {"exact": ExactCounts(), "cached": CachedCounts(), "sampled": SampledCounts()}
