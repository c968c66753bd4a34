"""The queue of jobs for transcoders in Redis: leases with fencing tokens, retries with back-off, dead letters.

Redis's own clock is not asked: times are the engine's, in ms, so that a lease ends when the lab's clock says so. Used by
the engine and by the processes of the transcoders. Leases after Martin Kleppmann, "How to do distributed locking" (2016).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from redis.asyncio import Redis

MOST_DEAD = 200

_PUT = """
for n = 1, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[1], ARGV[n], ARGV[n + 1]) == 1 then redis.call('RPUSH', KEYS[2], ARGV[n]) end
end
return redis.call('LLEN', KEYS[2])
"""

# First what waited for another try, then what somebody took and did not finish in time, then what is new.
_TAKE = """
local jobs, ready, taken, delayed, holder, token, tried, dead = unpack(KEYS)
local me, now, till, tries = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local gone = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, 50)) do
  redis.call('ZREM', delayed, id)
  redis.call('LPUSH', ready, id)
end
local id, again = nil, 0
for _, late in ipairs(redis.call('ZRANGEBYSCORE', taken, '-inf', now, 'LIMIT', 0, 50)) do
  if tonumber(redis.call('HGET', tried, late) or '0') >= tries then
    redis.call('ZREM', taken, late)
    redis.call('HDEL', holder, late)
    redis.call('LPUSH', dead, redis.call('HGET', jobs, late) or '{}')
    redis.call('LTRIM', dead, 0, ARGV[5] - 1)
    redis.call('HDEL', jobs, late)
    gone[#gone + 1] = late
  elseif not id then
    id, again = late, 1
  end
end
if not id then id = redis.call('LPOP', ready) end
local next = redis.call('ZRANGE', taken, 0, 0, 'WITHSCORES')[2] or ''
local wait = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2] or ''
if not id then return {'', '', 0, 0, 0, next, wait, gone} end
redis.call('ZADD', taken, till, id)
redis.call('HSET', holder, id, me)
return {
  id, redis.call('HGET', jobs, id) or '', redis.call('HINCRBY', token, id, 1), redis.call('HINCRBY', tried, id, 1), again,
  next, wait, gone,
}
"""

_EXTEND = """
if redis.call('HGET', KEYS[2], ARGV[2]) ~= ARGV[1] then return 0 end
return redis.call('ZADD', KEYS[1], 'XX', 'CH', ARGV[3], ARGV[2])
"""

_FINISH = """
if redis.call('HGET', KEYS[3], ARGV[2]) ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('HDEL', KEYS[3], ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[2])
return 1
"""

_FAIL = """
if redis.call('HGET', KEYS[4], ARGV[2]) ~= ARGV[1] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[2])
if tonumber(redis.call('HGET', KEYS[5], ARGV[2]) or '0') < tonumber(ARGV[3]) then
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[2])
  return 1
end
redis.call('LPUSH', KEYS[6], redis.call('HGET', KEYS[1], ARGV[2]) or '{}')
redis.call('LTRIM', KEYS[6], 0, ARGV[5] - 1)
redis.call('HDEL', KEYS[1], ARGV[2])
return 2
"""

_DROP = """
for n = 1, #ARGV do
  for k = 1, 4 do redis.call('HDEL', KEYS[k], ARGV[n]) end
  redis.call('LREM', KEYS[5], 0, ARGV[n])
  redis.call('ZREM', KEYS[6], ARGV[n])
  redis.call('ZREM', KEYS[7], ARGV[n])
end
return #ARGV
"""
AGAIN, DEAD = 1, 2


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job in a worker's hand, for the `tried`-th time; `again`: the lease of somebody else ended before."""

    id: str
    job: Mapping[str, Any]
    token: int
    tried: int
    again: bool


@dataclass(frozen=True, slots=True)
class Take:
    """What was taken, when somebody should look again (ms; 0: never), and what was given up meanwhile."""

    taken: TakenJob | None
    next_ms: int
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueRead:
    """One look at the queue; -1 until the first."""

    ready: int = -1
    delayed: int = 0
    dead: int = 0
    holders: Mapping[str, str] = field(default_factory=dict)
    letters: tuple[Mapping[str, Any], ...] = ()


class CellQueue:
    """Every job that was put is with one worker at a time, until that has finished it or its lease is over.

    Each taking raises the job's fencing token: who writes for a job must compare it. A job that was taken `tries`
    times is a dead letter. Putting a job that is there changes nothing.
    """

    def __init__(self, redis: Redis, base: str) -> None:
        self._redis = redis
        self.jobs, self.ready, self.taken = f"{base}:jobs", f"{base}:ready", f"{base}:taken"
        self.delayed, self.holder, self.token = f"{base}:delayed", f"{base}:holder", f"{base}:token"
        self.tried, self.dead = f"{base}:tried", f"{base}:dead"
        self._put = redis.register_script(_PUT)
        self._take = redis.register_script(_TAKE)
        self._extend = redis.register_script(_EXTEND)
        self._finish = redis.register_script(_FINISH)
        self._fail = redis.register_script(_FAIL)
        self._drop = redis.register_script(_DROP)

    async def put(self, jobs: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Append jobs: (id, what it is)."""
        args = [text for id, job in jobs for text in (id, orjson.dumps(job).decode())]
        if args:
            await self._put(keys=[self.jobs, self.ready], args=args)

    async def take(self, worker: str, *, now_ms: int, until_ms: int, tries: int) -> Take:
        """The next job for a worker, whose lease lasts until then."""
        id, job, token, tried, again, held, waits, gone = await self._take(
            keys=[
                self.jobs, self.ready, self.taken, self.delayed, self.holder, self.token, self.tried, self.dead,
            ],
            args=[worker, now_ms, until_ms, tries, MOST_DEAD],
        )  # fmt: skip
        soon = min((int(float(one)) for one in (held, waits) if one), default=0)
        if not id or not job:
            return Take(None, soon, tuple(gone))
        return Take(TakenJob(id, orjson.loads(job), token, tried, bool(again)), soon, tuple(gone))

    async def extend(self, worker: str, id: str, until_ms: int) -> bool:
        """The worker is alive; false when another has the job by now."""
        return bool(await self._extend(keys=[self.taken, self.holder], args=[worker, id, until_ms]))

    async def finish(self, worker: str, id: str) -> bool:
        """Done and gone; false when it was another's by now."""
        keys = [self.jobs, self.taken, self.holder, self.tried]
        return bool(await self._finish(keys=keys, args=[worker, id]))

    async def fail(self, worker: str, id: str, *, tries: int, again_ms: int) -> int:
        """It did not work: `AGAIN` from that time on, `DEAD` when its tries are used up, 0 when it was another's."""
        keys = [self.jobs, self.taken, self.delayed, self.holder, self.tried, self.dead]
        return int(await self._fail(keys=keys, args=[worker, id, tries, again_ms, MOST_DEAD]))

    async def drop(self, ids: Sequence[str]) -> None:
        """Forget jobs whose video is over."""
        keys = [self.jobs, self.holder, self.token, self.tried, self.ready, self.taken, self.delayed]
        if ids:
            await self._drop(keys=keys, args=list(ids))

    async def known(self) -> set[str]:
        """Every job that is not done."""
        return set(await self._redis.hkeys(self.jobs))

    async def read(self) -> QueueRead:
        """What is in the queue now."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.llen(self.ready)
        pipe.zcard(self.delayed)
        pipe.llen(self.dead)
        pipe.hgetall(self.holder)
        pipe.lrange(self.dead, 0, 7)
        ready, delayed, dead, holders, letters = await pipe.execute()
        return QueueRead(ready, delayed, dead, holders, tuple(orjson.loads(one) for one in letters))
