"""The ready queue in Redis: a stream with a consumer group, and beside it what was taken, what waits, what is not done.

Redis's own clock is not asked: times are the engine's, in ms, and stand in sorted sets. Used by the engine
and by the processes of extractors and workers alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis

GROUP = "workers"
KEPT_LOG = 5_000

_PUBLISH = """
local put = {}
for n = 7, #ARGV, 3 do
  local fresh = redis.call('SADD', KEYS[2], ARGV[n])
  if fresh == 1 or ARGV[1] == '0' then
    redis.call('XADD', KEYS[1], '*', 'run', ARGV[n], 'entry', ARGV[n + 2])
    put[#put + 1] = ARGV[n + 1]
  end
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'kind', 'write', 'partition', ARGV[2], 'token', ARGV[3],
  'by', ARGV[4], 'at', ARGV[5], 'runs', table.concat(put, ' '))
return {#put, redis.call('XLEN', KEYS[1])}
"""

# What waits for another try and is due stands in the stream again; then what a worker did not finish in
# time; then what nobody has taken yet.
_TAKE = """
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
local now, till, most, got = ARGV[3], ARGV[4], tonumber(ARGV[5]), {}
for _, one in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, most)) do
  redis.call('ZREM', KEYS[3], one)
  redis.call('XADD', KEYS[1], '*', 'run', cjson.decode(one).run, 'entry', one)
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, most)) do
  local found = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id)
  if #found > 0 and found[1] then
    redis.call('ZADD', KEYS[2], till, id)
    got[#got + 1] = {id, found[1][2][2], found[1][2][4], 1}
  else
    redis.call('ZREM', KEYS[2], id)
  end
end
if #got < most then
  local read = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', most - #got, 'STREAMS', KEYS[1], '>')
  if read then
    for _, one in ipairs(read[1][2]) do
      redis.call('ZADD', KEYS[2], till, one[1])
      got[#got + 1] = {one[1], one[2][2], one[2][4], 0}
    end
  end
end
local taken, delayed = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES'), redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
return {got, taken[2] or '', delayed[2] or ''}
"""

_FORGET = """
for n = 2, #ARGV, 2 do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[n])
  redis.call('XDEL', KEYS[1], ARGV[n])
  redis.call('ZREM', KEYS[2], ARGV[n])
  redis.call('SREM', KEYS[4], ARGV[n + 1])
end
return #ARGV
"""

# Only who still has it may end it: another may have claimed it, and ended it, meanwhile.
_FINISH = """
local done = 0
for n = 3, #ARGV, 4 do
  local mine = ARGV[2] == '1' or redis.call('XACK', KEYS[1], ARGV[1], ARGV[n]) == 1
  if mine then
    redis.call('XDEL', KEYS[1], ARGV[n])
    redis.call('ZREM', KEYS[2], ARGV[n])
    if ARGV[n + 2] == '' then
      redis.call('SREM', KEYS[4], ARGV[n + 1])
    else
      redis.call('SADD', KEYS[4], ARGV[n + 1])
      redis.call('ZADD', KEYS[3], ARGV[n + 2], ARGV[n + 3])
    end
    done = done + 1
  end
end
return done
"""


def run_name(job_id: str, due_ms: int) -> str:
    """A job at a timestamp, in one word: also its idempotency key."""
    return f"{job_id}@{due_ms}"


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry in a worker's hand; `again`: somebody had it before and did not finish."""

    id: str
    run: str
    entry: dict[str, Any]
    again: bool


@dataclass(frozen=True, slots=True)
class Take:
    """What was taken, and when somebody should look again: ms, 0 for never."""

    entries: list[Taken]
    next_ms: int


class ReadyQueue:
    """Every run that was published is with one worker at a time and stays until that has finished it.

    A run stays in the set of those that are not done from its publication to its last acknowledgement, also while
    it waits for another try. A row that says "queued" and is not in that set is lost.
    """

    def __init__(self, redis: Redis, base: str) -> None:
        self._redis = redis
        self.ready, self.taken, self.delayed = f"{base}:ready", f"{base}:taken", f"{base}:delayed"
        self.undone, self.log = f"{base}:undone", f"{base}:log"
        self._publish = redis.register_script(_PUBLISH)
        self._take = redis.register_script(_TAKE)
        self._forget = redis.register_script(_FORGET)
        self._finish = redis.register_script(_FINISH)

    async def publish(
        self,
        runs: Sequence[tuple[str, str, Mapping[str, Any]]],
        *,
        guarded: bool,
        partition: int,
        token: int,
        by: str,
        now_ms: int,
    ) -> tuple[int, int]:
        """How many of (name, name with its round, entry) were put, and how deep the queue is then.

        `guarded`: those that are not done are not put a second time. The log says who wrote for which partition.
        """
        args: list[Any] = [int(guarded), partition, token, by, now_ms, KEPT_LOG]
        for name, logged, entry in runs:
            args += (name, logged, orjson.dumps(entry))
        put, depth = await self._publish(keys=[self.ready, self.undone, self.log], args=args)
        return int(put), int(depth)

    async def assigned(self, partition: int, token: int, to: str, now_ms: int) -> None:
        """Write into the log who owns a partition from now on."""
        fields = {
            "kind": "assign",
            "partition": partition,
            "token": token,
            "by": to,
            "at": now_ms,
            "runs": "",
        }
        await self._redis.xadd(self.log, fields, maxlen=KEPT_LOG, approximate=True)

    async def take(self, worker: str, *, now_ms: int, until_ms: int, most: int) -> Take:
        """The next entries for a worker, its own until `until_ms`."""
        got, taken, delayed = await self._take(
            keys=[self.ready, self.taken, self.delayed], args=[GROUP, worker, now_ms, until_ms, most]
        )
        times = [int(float(one)) for one in (taken, delayed) if one]
        entries = [Taken(id, run, orjson.loads(entry), bool(int(again))) for id, run, entry, again in got]
        return Take(entries, min(times, default=0))

    async def extend(self, ids: Sequence[str], until_ms: int) -> None:
        """These are at work still."""
        await self._redis.zadd(self.taken, dict.fromkeys(ids, until_ms), xx=True)

    async def forget(self, entries: Sequence[Taken]) -> None:
        """Acknowledge before anything was done."""
        args = [GROUP, *(part for one in entries for part in (one.id, one.run))]
        await self._forget(keys=[self.ready, self.taken, self.delayed, self.undone], args=args)

    async def finish(
        self, entries: Sequence[tuple[Taken, int, Mapping[str, Any] | None]], *, forgotten: bool
    ) -> int:
        """End these, or have them again at a time (ms) with another entry. How many were this worker's to end."""
        args: list[Any] = [GROUP, int(forgotten)]
        for one, next_ms, again in entries:
            args += (one.id, one.run, next_ms if again else "", orjson.dumps(again) if again else "")
        return int(await self._finish(keys=[self.ready, self.taken, self.delayed, self.undone], args=args))

    async def depth(self) -> int:
        """Runs that are in the stream: waiting, and in somebody's hand."""
        return int(await self._redis.xlen(self.ready))

    async def lacking(self, runs: Sequence[str]) -> list[str]:
        """Those of them that are not among the undone."""
        if not runs:
            return []
        found = await self._redis.smismember(self.undone, list(runs))
        return [run for run, there in zip(runs, found, strict=True) if not there]
