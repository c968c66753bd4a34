"""The virtual waiting room: a sorted set of those who wait, another of those who are inside.

Both are scored in Redis; admission is one script, so that never more than a batch is inside.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from sdlab.lab import Clock, NotFound, TooMany, acting

ADMIT = """
redis.call('zremrangebyscore', KEYS[2], '-inf', ARGV[1])
redis.call('zremrangebyscore', KEYS[3], '-inf', ARGV[4])
local room = tonumber(ARGV[3]) - redis.call('zcard', KEYS[2])
if room <= 0 then return {} end
local first = redis.call('zpopmin', KEYS[1], room)
local admitted = {}
for n = 1, #first, 2 do
  redis.call('zadd', KEYS[2], ARGV[2], first[n])
  redis.call('zadd', KEYS[3], ARGV[1], first[n])
  admitted[#admitted + 1] = first[n]
end
return admitted
"""
JOIN = """
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('zadd', KEYS[1], redis.call('incr', KEYS[2]), ARGV[1])
return 1
"""
WHERE = """
return {redis.call('zscore', KEYS[2], ARGV[1]), redis.call('zrank', KEYS[1], ARGV[1])}
"""
BYTES = 12
MARK = 8
LOGGED_S = 1_800.0
MOST_WAITING = 20_000


def _mark(secret: str, user: str) -> str:
    return hashlib.sha256(f"{secret} {user}".encode()).hexdigest()[:MARK]


def token_for(user: str) -> str:
    """A token that only this user can use: its end is a digest of its beginning and the user's name."""
    secret = secrets.token_urlsafe(BYTES)
    return f"{secret}{_mark(secret, user)}"


def belongs(token: str, user: str) -> bool:
    """Whether that token was made for that user.

    >>> token = token_for("ann")
    >>> belongs(token, "ann"), belongs(token, "bob")
    (True, False)
    """
    return hmac.compare_digest(token[-MARK:].encode(), _mark(token[:-MARK], user).encode())


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """Where a token stands. `position` is 0 inside, else from 1.

    `estimate_s` is how long it takes from here at the pace of late, never more than `bound_s`, which
    is how long it takes when everybody uses the whole visit. `left_s` is what is left of a visit.
    """

    token: str
    admitted: bool
    position: int
    estimate_s: float
    bound_s: float = 0.0
    left_s: float = 0.0


class WaitingQueue:
    """One event's queue. `key` is its prefix; a visit ends after `visit_s` seconds or with `leave`."""

    def __init__(self, redis: Redis, key: str, *, clock: Clock) -> None:
        self._redis, self._clock = redis, clock
        self._waiting, self._inside, self._order = f"{key}:waiting", f"{key}:inside", f"{key}:order"
        self._log = f"{key}:log"
        self._admit = redis.register_script(ADMIT)
        self._join = redis.register_script(JOIN)
        self._where = redis.register_script(WHERE)

    async def join(self) -> str:
        """A token of the acting user's at the end of the queue. `TooMany` when the line is as long as it may be."""
        token = token_for(acting().name)
        if not await self._join(keys=[self._waiting, self._order], args=[token, MOST_WAITING]):
            raise TooMany(f"{MOST_WAITING:,} are waiting already", retry_after=5)
        return token

    async def admit(self, *, batch: int, visit_s: float) -> list[str]:
        """Let the first ones in until `batch` are inside; those whose visit is over go."""
        now = self._clock.time()
        admitted = await self._admit(
            keys=[self._waiting, self._inside, self._log],
            args=[f"{now:.6f}", f"{now + visit_s:.6f}", batch, f"{now - LOGGED_S:.6f}"],
        )
        return [one.decode() if isinstance(one, bytes) else str(one) for one in admitted]

    async def admitted(self, token: str) -> bool:
        """Whether that token is inside now."""
        until = await self._redis.zscore(self._inside, token)
        return until is not None and float(until) > self._clock.time()

    async def position(self, token: str, *, batch: int, visit_s: float, pace: float = 0.0) -> QueuePosition:
        """Where it stands; `NotFound` for a token that neither waits nor is inside.

        `pace` is how many came in per second lately, 0 when that is not known.
        """
        until, rank = await self._where(keys=[self._waiting, self._inside], args=[token])
        left = float(until) - self._clock.time() if until is not None else 0.0
        if left > 0:
            return QueuePosition(token, True, 0, 0.0, left_s=left)
        if rank is None:
            raise NotFound("this position in the queue is no longer valid")
        number = int(rank) + 1
        bound = math.ceil(number / batch) * visit_s
        estimate = min(bound, number / pace) if pace > 0 else bound
        return QueuePosition(token, False, number, round(estimate, 1), bound)

    async def leave(self, token: str) -> None:
        """Give the position up, waiting or inside."""
        await self._redis.zrem(self._waiting, token)
        await self._redis.zrem(self._inside, token)

    async def was_admitted(self, tokens: Sequence[str]) -> dict[str, bool]:
        """Which of these tokens were let in within the last `LOGGED_S` seconds, by the log of admissions."""
        if not tokens:
            return {}
        found = await self._redis.zmscore(self._log, list(tokens))
        return {token: score is not None for token, score in zip(tokens, found, strict=True)}

    async def sizes(self) -> tuple[int, int]:
        """How many wait, and how many are inside."""
        inside = await self._redis.zcount(self._inside, self._clock.time(), "+inf")
        return int(await self._redis.zcard(self._waiting)), int(inside)
