"""Who leads: read from the rows, from a cache of that, or from a sorted set that is kept as verdicts come."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from designs.leetcode.config import Config
from designs.leetcode.engine.counters import Counters
from designs.leetcode.engine.models import ACCEPTED, SUBMISSION
from designs.leetcode.engine.nodes import BOARD, DATABASE
from designs.leetcode.engine.problems import PROBLEMS
from designs.leetcode.engine.strategies import RANKINGS
from designs.leetcode.engine.submission_store import SubmissionStore
from sdlab.lab import EngineContext

SHOWN = 100
STEP = 1_000_000_000  # points count before the number of the last submission that counted
BATCH = 1_000

_ACCEPT = """
local had = redis.call('HGET', KEYS[2], ARGV[1] .. '|' .. ARGV[2])
if had and tonumber(had) <= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1] .. '|' .. ARGV[2], ARGV[3])
local points, last = 0, 0
for n = 5, #ARGV, 2 do
  local number = redis.call('HGET', KEYS[2], ARGV[1] .. '|' .. ARGV[n])
  if number then
    points = points + tonumber(ARGV[n + 1])
    last = math.max(last, tonumber(number))
  end
end
redis.call('ZADD', KEYS[1], string.format('%.0f', points * tonumber(ARGV[4]) + tonumber(ARGV[4]) - last), ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody on the leaderboard; `last` is the number of the last submission that counted."""

    rank: int
    person: str
    points: int
    last: int


def score(points: int, last: int) -> int:
    """More points first, then who was there earlier.

    >>> score(3, 7) > score(3, 8) > score(2, 1)
    True
    """
    return points * STEP + STEP - last


def of_score(value: float) -> tuple[int, int]:
    """Points and the last number.

    >>> of_score(score(3, 7))
    (3, 7)
    """
    points = (int(value) - 1) // STEP
    return points, points * STEP + STEP - int(value)


class Leaderboard:
    """`kept` and `cache` are its keys in Redis."""

    def __init__(self, context: EngineContext[Config], store: SubmissionStore, counters: Counters) -> None:
        self._context, self._store, self._counters = context, store, counters
        self._redis, self._room = context.room.redis, context.room.id
        self.kept, self.solved = context.room.key("board"), context.room.key("solved")
        self.cache = context.room.key("board-cache")
        self._accept = self._redis.register_script(_ACCEPT)
        self._worth = [part for one in PROBLEMS.values() for part in (one.id, one.points)]
        self._filling = asyncio.Lock()
        self.fillings = 0  # how often filling from the rows began or ended: odd while it is done
        self._telling: Counter[str] = Counter()
        self._told: set[str] = set()

    @contextmanager
    def telling(self, person: str) -> Iterator[None]:
        """While a verdict about that person is written, and the sorted set is told of it: two stores, two moments."""
        self._telling[person] += 1
        self._told.add(person)
        try:
            yield
        finally:
            self._telling[person] -= 1
            self._telling += Counter()  # who has none left is forgotten

    def unsettled(self) -> set[str]:
        """Of whom rows and sorted set may differ from now on; it grows while one looks. One looks at a time."""
        self._told = set(self._telling)
        return self._told

    def _now(self) -> int:
        return int(self._context.clock.time() * 1000)

    async def open(self) -> None:
        """The sorted set says what the rows say; who has news for it waits meanwhile."""
        async with self._filling:
            self.fillings += 1
            try:
                await self._fill()
            finally:
                self.fillings += 1

    async def _fill(self) -> None:
        await self._redis.unlink(self.kept, self.solved, self.cache)

        def work(c: sa.Connection) -> tuple[list[tuple[str, str, int]], list[tuple[str, int, int]]]:
            mine = sa.and_(SUBMISSION.c.room == self._room, SUBMISSION.c.verdict == ACCEPTED)
            each = (
                sa.select(SUBMISSION.c.person, SUBMISSION.c.problem, sa.func.min(SUBMISSION.c.number))
                .where(mine, SUBMISSION.c.origin != "history")
                .group_by(SUBMISSION.c.person, SUBMISSION.c.problem)
            )
            return [(r[0], r[1], int(r[2])) for r in c.execute(each)], []

        solved, _ = await self._context.room.sql.read(work)
        leaders, _ = await self._store.leaders(self._context.room.quota.rows)
        for first in range(0, len(solved), BATCH):
            some = solved[first : first + BATCH]
            await self._redis.hset(self.solved, mapping={f"{who}|{what}": n for who, what, n in some})
        for first in range(0, len(leaders), BATCH):
            rows = leaders[first : first + BATCH]
            await self._redis.zadd(self.kept, {who: score(points, last) for who, points, last in rows})

    async def accepted(self, person: str, problem: str, number: int) -> None:
        """Somebody has solved something: the sorted set is told."""
        args = [person, problem, number, STEP, *self._worth]
        async with self._filling:
            await self._accept(keys=[self.kept, self.solved], args=args)

    async def read(self, *, source: str, limit: int = SHOWN, counted: bool = True) -> list[Leader]:
        """The first ones, as the approach in force has them."""
        return (await self.read_as_of(source=source, limit=limit, counted=counted))[1]

    async def read_as_of(
        self, *, source: str, limit: int = SHOWN, counted: bool = True
    ) -> tuple[int, list[Leader]]:
        """Of which time (ms) what is read is, and the first ones."""
        context = self._context
        ranking = RANKINGS[context.config.board]
        ranking.said(context)
        began = context.clock.monotonic()
        found = await context.node(BOARD).call("read", lambda: self._read(limit), source=source)
        if counted:
            self._counters.board_reads += 1
            self._counters.reads.add(max(0.01, (context.clock.monotonic() - began) * 1000))
        return found

    async def _read(self, limit: int) -> tuple[int, list[Leader]]:
        now, ranking = self._now(), RANKINGS[self._context.config.board]
        if ranking.kept:
            return now, await self.sorted_set(limit)
        if ranking.cached and (found := await self.cached()) is not None:
            self._counters.hits += 1
            return found[0], found[1][:limit]
        leaders, rows = await self._context.node(DATABASE).call(
            "group and sort", lambda: self._store.leaders(SHOWN), source=BOARD
        )
        self._counters.db_reads += 1
        self._counters.db_rows += rows
        if ranking.cached:
            await self._redis.set(self.cache, orjson.dumps({"at": self._now(), "rows": leaders}))
        return now, ranked(leaders)[:limit]

    async def sorted_set(self, limit: int) -> list[Leader]:
        """What the sorted set says."""
        found = await self._redis.zrevrange(self.kept, 0, limit - 1, withscores=True)
        return ranked([(who, *of_score(value)) for who, value in found])

    async def in_sorted_set(self, person: str) -> Leader | None:
        """Somebody's place in the sorted set; none for who has solved nothing."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.zrevrank(self.kept, person)
        pipe.zscore(self.kept, person)
        rank, value = await pipe.execute()
        return None if rank is None else Leader(int(rank) + 1, person, *of_score(value))

    async def cached(self, *, anyway: bool = False) -> tuple[int, list[Leader]] | None:
        """When it was filled (ms) and what is in the cache; none when that is too old, unless `anyway`."""
        text = await self._redis.get(self.cache)
        if text is None:
            return None
        found = orjson.loads(text)
        if not anyway and self._now() - found["at"] >= self._context.config.ttl_s * 1000:
            return None
        return found["at"], ranked([tuple(one) for one in found["rows"]])


def ranked(rows: list[tuple[str, int, int]]) -> list[Leader]:
    """With ranks from 1."""
    return [Leader(rank, *row) for rank, row in enumerate(rows, 1)]
