"""The queue of submissions in Redis: ids that wait, and those that a runner has until its lease ends.

Redis's own clock is not asked: times are the engine's, in ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

_TAKE = """
local again, id = 0, nil
if ARGV[3] == '1' then
  local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, 1)
  if over[1] then id = over[1]; again = 1 end
end
if not id then id = redis.call('RPOP', KEYS[1]) end
local soon = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if not id then return {'', 0, 0, 0, soon[2] or ''} end
local token, times = 0, 1
if ARGV[3] == '1' then
  redis.call('ZADD', KEYS[2], ARGV[2], id)
  times = redis.call('HINCRBY', KEYS[3], id, 1)
  if ARGV[4] == '1' then token = redis.call('INCR', KEYS[4]) end
end
return {id, token, again, times, soon[2] or ''}
"""

_FINISH = """
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A submission in a runner's hand; `times` it was delivered; `id` is empty when there was none.

    `next_ms` is when the next lease ends, 0 for never.
    """

    id: str
    token: int
    again: bool
    times: int
    next_ms: int


class SubmissionQueue:
    """With a lease, what was put is with one runner at a time and stays until that has finished it."""

    def __init__(self, redis: Redis, base: str) -> None:
        self._redis = redis
        self.waiting, self.taken = f"{base}:waiting", f"{base}:taken"
        self.times, self.tokens = f"{base}:times", f"{base}:tokens"
        self.entering: set[str] = set()  # those that are written down and put just now
        self._take = redis.register_script(_TAKE)
        self._finish = redis.register_script(_FINISH)

    @property
    def _keys(self) -> list[str]:
        return [self.waiting, self.taken, self.times, self.tokens]

    async def put(self, ids: Sequence[str]) -> int:
        """Put them behind all that wait; how many wait then."""
        return int(await self._redis.lpush(self.waiting, *ids))

    async def take(self, *, now_ms: int, until_ms: int, leased: bool, fenced: bool) -> Taken:
        """The next submission, one's own until `until_ms`; one whose lease is over comes first."""
        id, token, again, times, soon = await self._take(
            keys=self._keys, args=[now_ms, until_ms, int(leased), int(fenced)]
        )
        return Taken(id, int(token), bool(int(again)), int(times), int(float(soon)) if soon else 0)

    async def extend(self, id: str, until_ms: int) -> None:
        """It is at work still."""
        await self._redis.zadd(self.taken, {id: until_ms}, xx=True)

    async def finish(self, id: str) -> None:
        """It is judged: nobody is to have it again."""
        await self._finish(keys=self._keys, args=[id])

    async def lacking(self, ids: Sequence[str]) -> list[str]:
        """Those of them that neither wait nor are in anybody's hand."""
        if not ids:
            return []
        pipe = self._redis.pipeline(transaction=True)
        pipe.lrange(self.waiting, 0, -1)
        pipe.zrange(self.taken, 0, -1)
        waiting, taken = await pipe.execute()
        there = {*waiting, *taken}
        return [one for one in ids if one not in there]
