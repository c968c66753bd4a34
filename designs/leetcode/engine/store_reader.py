"""What panels and product read: the queue and the sorted set in Valkey, submissions in the rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import sqlalchemy as sa

from designs.leetcode.config import Config
from designs.leetcode.engine.leaderboard import Leader, Leaderboard, ranked
from designs.leetcode.engine.models import JUDGEMENT, SUBMISSION
from designs.leetcode.engine.strategies import RANKINGS
from designs.leetcode.engine.submission_queue import SubmissionQueue
from designs.leetcode.engine.submission_store import Submission, leaders, newest, submission_of
from sdlab.lab import EngineContext
from sdlab.lab.actor import VISITOR

TOP, NEWEST, MINE = 10, 12, 8


@dataclass(frozen=True, slots=True)
class RowsRead:
    """One look at the rows; -1 is what nobody has read yet."""

    states: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    newest: tuple[Submission, ...] = ()
    mine: tuple[Submission, ...] = ()
    leaders: tuple[Leader, ...] = ()
    judgements: int = 0
    rows: int = -1


@dataclass(frozen=True, slots=True)
class QueueRead:
    """One look at Valkey. `at_ms` is when the cache was filled, 0 where there is none."""

    waiting: int = -1
    taken: int = 0
    tokens: int = 0
    kept: int = 0
    leaders: tuple[Leader, ...] = ()
    cached: tuple[Leader, ...] = ()
    at_ms: int = 0


class StoreReader:
    """Asks both stores, each in one go."""

    def __init__(self, context: EngineContext[Config], queue: SubmissionQueue, board: Leaderboard) -> None:
        self._context, self._queue, self._board = context, queue, board
        self._room = context.room.id
        self.rows = context.look(self._read_rows, RowsRead())
        self.redis = context.look(self._read_redis, QueueRead())

    async def _read_redis(self) -> QueueRead:
        redis = self._context.room.redis
        pipe = redis.pipeline(transaction=False)
        pipe.llen(self._queue.waiting)
        pipe.zcard(self._queue.taken)
        pipe.get(self._queue.tokens)
        pipe.zcard(self._board.kept)
        waiting, taken, token, kept = await pipe.execute()
        top = await self._board.sorted_set(TOP)
        cached = await self._board.cached(anyway=True) or (0, [])
        return QueueRead(waiting, taken, int(token or 0), kept, tuple(top), tuple(cached[1][:TOP]), cached[0])

    async def _read_rows(self) -> RowsRead:
        return await self._context.room.sql.read(self._rows)

    def _rows(self, c: sa.Connection) -> RowsRead:
        room = self._room
        live = sa.and_(SUBMISSION.c.room == room, SUBMISSION.c.origin != "history")
        by_verdict = (
            sa.select(SUBMISSION.c.state, SUBMISSION.c.verdict, sa.func.count())
            .where(live)
            .group_by(SUBMISSION.c.state, SUBMISSION.c.verdict)
        )
        states: Counter[str] = Counter()
        verdicts: Counter[str] = Counter()
        for state, verdict, many in c.execute(by_verdict):
            states[state] += int(many)
            if verdict:
                verdicts[verdict] += int(many)
        asked = not RANKINGS[self._context.config.board].kept
        top = ranked(leaders(c, room, TOP)[0]) if asked and self._context.config.history == 0 else []
        judged = sa.select(sa.func.count()).where(JUDGEMENT.c.room == room)
        return RowsRead(
            states=states,
            verdicts=verdicts,
            newest=tuple(submission_of(one) for one in newest(c, room, NEWEST)),
            mine=tuple(submission_of(one) for one in newest(c, room, MINE, VISITOR.name)),
            leaders=tuple(top),
            judgements=int(c.execute(judged).scalar_one()),
            rows=sum(states.values()),
        )

    @property
    def shown(self) -> tuple[Leader, ...]:
        """The leaderboard as the approach in force shows it."""
        ranking = RANKINGS[self._context.config.board]
        if ranking.kept:
            return self.redis.last.leaders
        return self.redis.last.cached if ranking.cached else self.rows.last.leaders
