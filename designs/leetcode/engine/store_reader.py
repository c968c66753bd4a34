"""What panels and product read: the queue and the sorted set in Valkey, submissions in the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from designs.leetcode.config import Config
from designs.leetcode.engine.leaderboard import SHOWN, Leader, Leaderboard, ranked
from designs.leetcode.engine.models import ACCEPTED, JUDGEMENT, SUBMISSION
from designs.leetcode.engine.strategies import RANKINGS
from designs.leetcode.engine.submission_queue import SubmissionQueue
from designs.leetcode.engine.submission_store import Submission, leaders, newest, submission_of
from sdlab.lab import EngineContext
from sdlab.lab.actor import VISITOR

TOP, NEWEST, MINE = 10, 12, 8


@dataclass(frozen=True, slots=True)
class RowsRead:
    """One look at the rows; -1 is what nobody has read yet. `own` is the visitor's place, `solved` all that one has."""

    states: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    newest: tuple[Submission, ...] = ()
    mine: tuple[Submission, ...] = ()
    solved: frozenset[str] = frozenset()
    leaders: tuple[Leader, ...] = ()
    own: Leader | None = None
    judgements: int = 0
    rows: int = -1


@dataclass(frozen=True, slots=True)
class QueueRead:
    """One look at Valkey. `at_ms` is when the cache was filled, 0 where there is none; `own` are the visitor's places."""

    waiting: int = -1
    taken: int = 0
    tokens: int = 0
    kept: int = 0
    leaders: tuple[Leader, ...] = ()
    own: Leader | None = None
    cached: tuple[Leader, ...] = ()
    own_cached: Leader | None = None
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
        return QueueRead(
            waiting,
            taken,
            int(token or 0),
            kept,
            tuple(top),
            await self._board.in_sorted_set(VISITOR.name),
            tuple(cached[1][:TOP]),
            _visitors(cached[1]),
            cached[0],
        )

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
        top = ranked(leaders(c, room, SHOWN)[0]) if asked and self._context.config.history == 0 else []
        solved = (
            sa.select(SUBMISSION.c.problem)
            .where(
                SUBMISSION.c.room == room,
                SUBMISSION.c.person == VISITOR.name,
                SUBMISSION.c.verdict == ACCEPTED,
            )
            .distinct()
        )
        judged = sa.select(sa.func.count()).where(JUDGEMENT.c.room == room)
        return RowsRead(
            states=states,
            verdicts=verdicts,
            newest=tuple(submission_of(one) for one in newest(c, room, NEWEST)),
            mine=tuple(submission_of(one) for one in newest(c, room, MINE, VISITOR.name)),
            solved=frozenset(c.execute(solved).scalars()),
            leaders=tuple(top[:TOP]),
            own=_visitors(top),
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

    @property
    def own(self) -> Leader | None:
        """The visitor's place on it: of all in the sorted set, of the first ones where these alone are asked for."""
        ranking = RANKINGS[self._context.config.board]
        if ranking.kept:
            return self.redis.last.own
        return self.redis.last.own_cached if ranking.cached else self.rows.last.own


def _visitors(leaders: Sequence[Leader]) -> Leader | None:
    return next((one for one in leaders if one.person == VISITOR.name), None)
