"""The frontier in Valkey: what is still to be fetched, and when each host may be asked next.

After Heydon and Najork, "Mercator: a scalable, extensible web crawler" (1999): front queues by priority decide what,
back queues by host decide when, and the first fill the second until enough hosts have something. What was taken is
leased until it is done; times are the engine's, in ms, so that nobody trusts the clock of another machine. Used by the
engine and by the processes of fetchers and extractors alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from redis.asyncio import Redis

PRIORITIES = (1, 2, 3)
BACK_ROOM = 400  # addresses that wait in all back queues, beyond which the front queues fill
BACK_QUEUES = 48  # as long as fewer hosts have any, more are let through
BACK_MOST = 20_000  # addresses in all back queues, however few hosts they are of
AT_ONCE = 500  # of those are let through in one step
LOOKED_AT = 100

# Below, `pending` are all that are not finished, `held` who has what by which token.
_COMMON = """
local QUEUES, MOST, AT_ONCE = %d, %d, %d
local b = KEYS[1]
local function K(name) return b .. ':' .. name end
local function ready(host, now)
  if tonumber(redis.call('HGET', K('inflight'), host) or '0') > 0 and ARGV[3] == '1' then return end
  local from = math.max(tonumber(now), tonumber(redis.call('HGET', K('next'), host) or '0'))
  redis.call('ZADD', K('ready'), 'NX', from, host)
end
local function back(json, now, front)
  local one = cjson.decode(json)
  local order = one.p * 1000000000 + one.n
  if front then order = one.n - 1000000000 end
  redis.call('ZADD', K('back:' .. one.h), order, json)
  redis.call('INCR', K('backs'))
  redis.call('SADD', K('hosts'), one.h)
  ready(one.h, now)
end
local function route(now)
  local room = tonumber(ARGV[2]) - tonumber(redis.call('GET', K('backs')) or '0')
  local function fits()
    if room > 0 then return true end
    return room > tonumber(ARGV[2]) - MOST and redis.call('ZCARD', K('ready')) + redis.call('HLEN', K('inflight')) < QUEUES
  end
  local moved = 0
  for priority = 1, 3 do
    while moved < AT_ONCE and fits() do
      local json = redis.call('LPOP', K('front:' .. priority))
      if not json then break end
      back(json, now, false)
      room, moved = room - 1, moved + 1
    end
  end
end
local function again(json)
  local one = cjson.decode(json)
  if redis.call('HSETNX', K('pending'), one.n, json) == 1 then redis.call('HINCRBY', K('left'), one.c, 1) end
end
local function finished(number, crawl)
  if redis.call('HDEL', K('pending'), number) == 1 then redis.call('HINCRBY', K('left'), crawl, -1) end
end
local function first()
  local found = ''
  for _, name in ipairs({'ready', 'leases', 'delayed'}) do
    local at = redis.call('ZRANGE', K(name), 0, 0, 'WITHSCORES')[2]
    if at and (found == '' or tonumber(at) < tonumber(found)) then found = at end
  end
  return found
end
local function freed(host)
  if redis.call('HINCRBY', K('inflight'), host, -1) <= 0 then redis.call('HDEL', K('inflight'), host) end
end
""" % (BACK_QUEUES, BACK_MOST, AT_ONCE)  # noqa: UP031 - Lua has braces

# ARGV: now, room of the back queues, polite, then entries.
_PUT = (
    _COMMON
    + """
for n = 4, #ARGV do
  local one = cjson.decode(ARGV[n])
  if redis.call('HSETNX', K('pending'), one.n, ARGV[n]) == 1 then
    redis.call('HINCRBY', K('left'), one.c, 1)
    redis.call('RPUSH', K('front:' .. one.p), ARGV[n])
  end
end
route(ARGV[1])
return first()
"""
)

# ARGV: now, room, polite, until, most, forget, gap, who. What a dead one held and what waits for another try come first.
_TAKE = (
    _COMMON
    + """
local now, till, most, taken, expired = tonumber(ARGV[1]), ARGV[4], tonumber(ARGV[5]), {}, 0
for _, n in ipairs(redis.call('ZRANGEBYSCORE', K('leases'), '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', K('leases'), n)
  local held = redis.call('HGET', K('held'), n)
  redis.call('HDEL', K('held'), n)
  if held then
    local one = cjson.decode(held)
    freed(cjson.decode(one.json).h)
    if redis.call('HEXISTS', K('pending'), n) == 1 then back(one.json, now, true); expired = expired + 1 end
  end
end
for _, json in ipairs(redis.call('ZRANGEBYSCORE', K('delayed'), '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', K('delayed'), json)
  back(json, now, false)
end
route(now)
for _, host in ipairs(redis.call('ZRANGEBYSCORE', K('ready'), '-inf', now, 'LIMIT', 0, 100)) do
  if #taken >= most then break end
  local inflight = tonumber(redis.call('HGET', K('inflight'), host) or '0')
  if ARGV[3] == '1' and inflight > 0 then
    redis.call('ZREM', K('ready'), host)
  else
    while #taken < most do
      local found = redis.call('ZPOPMIN', K('back:' .. host))
      if #found == 0 then
        redis.call('ZREM', K('ready'), host)
        redis.call('SREM', K('hosts'), host)
        break
      end
      redis.call('DECR', K('backs'))
      local json = found[1]
      local one = cjson.decode(json)
      if redis.call('SISMEMBER', K('paused'), one.c) == 1 then
        redis.call('RPUSH', K('parked:' .. one.c), json)
      else
        local token = redis.call('INCR', K('token'))
        redis.call('HINCRBY', K('inflight'), host, 1)
        if ARGV[6] == '1' then
          finished(one.n, one.c)
        else
          redis.call('ZADD', K('leases'), till, one.n)
          redis.call('HSET', K('held'), one.n, cjson.encode({json = json, token = token, by = ARGV[8]}))
        end
        taken[#taken + 1] = {json, token}
        if ARGV[3] == '1' then
          local gap = tonumber(redis.call('HGET', K('gap'), host) or ARGV[7])
          redis.call('HSET', K('next'), host, now + gap)
          redis.call('ZREM', K('ready'), host)
          break
        end
      end
    end
  end
end
return {taken, first(), expired}
"""
)

# ARGV: now, room, polite, number, token, forgotten, host, crawl, how, gap, next, entry. 0 when it was not its holder's.
_FINISH = (
    _COMMON
    + """
local now, n, host, how = ARGV[1], ARGV[4], ARGV[7], ARGV[9]
if ARGV[6] ~= '1' then
  local held = redis.call('HGET', K('held'), n)
  if not held or cjson.decode(held).token ~= tonumber(ARGV[5]) then return {0, first()} end
  redis.call('HDEL', K('held'), n)
  redis.call('ZREM', K('leases'), n)
end
freed(host)
redis.call('HSET', K('gap'), host, ARGV[10])
redis.call('HSET', K('next'), host, ARGV[11])
if how == 'extract' then
  again(ARGV[12])
  redis.call('RPUSH', K('extract'), ARGV[12])
elseif how == 'retry' then
  again(ARGV[12])
  redis.call('ZADD', K('delayed'), ARGV[13], ARGV[12])
elseif how == 'back' then
  again(ARGV[12])
  back(ARGV[12], now, true)
else
  if how == 'dead' then
    redis.call('LPUSH', K('dead'), ARGV[12])
    redis.call('LTRIM', K('dead'), 0, 199)
  end
  finished(n, ARGV[8])
end
if redis.call('ZCARD', K('back:' .. host)) > 0 then ready(host, now) end
return {1, first()}
"""
)

# ARGV: now, until, most, who. Raw answers that wait to be read.
_TAKE_RAW = """
local b = KEYS[1]
local function K(name) return b .. ':' .. name end
local got = {}
for _, json in ipairs(redis.call('ZRANGEBYSCORE', K('xleases'), '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  redis.call('ZADD', K('xleases'), ARGV[2], json)
  got[#got + 1] = json
end
while #got < tonumber(ARGV[3]) do
  local json = redis.call('LPOP', K('extract'))
  if not json then break end
  redis.call('ZADD', K('xleases'), ARGV[2], json)
  got[#got + 1] = json
end
return {got, redis.call('ZRANGE', K('xleases'), 0, 0, 'WITHSCORES')[2] or '', redis.call('LLEN', K('extract'))}
"""

# ARGV: until, then number and token of each. Those that are still out by that token, which stay so until then.
_HOLD = """
local b = KEYS[1]
local function K(name) return b .. ':' .. name end
local holds = {}
for n = 2, #ARGV, 2 do
  local held = redis.call('HGET', K('held'), ARGV[n])
  if held and cjson.decode(held).token == tonumber(ARGV[n + 1]) then
    redis.call('ZADD', K('leases'), 'XX', 'GT', ARGV[1], ARGV[n])
    holds[#holds + 1] = ARGV[n]
  end
end
return holds
"""

_FINISH_RAW = """
local b = KEYS[1]
local function K(name) return b .. ':' .. name end
local left = {}
for _, json in ipairs(ARGV) do
  local one = cjson.decode(json)
  redis.call('ZREM', K('xleases'), json)
  if redis.call('HDEL', K('pending'), one.n) == 1 then redis.call('HINCRBY', K('left'), one.c, -1) end
end
return #ARGV
"""


# An entry that waits to be read already waits once, and is counted once.
_AGAIN_RAW = """
local b = KEYS[1]
local function K(name) return b .. ':' .. name end
for _, json in ipairs(ARGV) do
  local one = cjson.decode(json)
  if redis.call('HSETNX', K('pending'), one.n, json) == 1 then redis.call('HINCRBY', K('left'), one.c, 1) end
  redis.call('LREM', K('extract'), 0, json)
  redis.call('LPUSH', K('extract'), json)
end
return #ARGV
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """An address that is to be fetched.

    `hops` counts the redirects that led here; `again`: it was stored before, and is fetched for a better reading.
    """

    number: int
    crawl: int
    url: str
    host: str
    depth: int
    priority: int
    tries: int = 0
    hops: int = 0
    again: bool = False

    def dump(self) -> bytes:
        """As it stands in the queues; equal entries give equal bytes."""
        return orjson.dumps(
            {
                "n": self.number,
                "c": self.crawl,
                "u": self.url,
                "h": self.host,
                "d": self.depth,
                "p": self.priority,
                "t": self.tries,
                "r": self.hops,
                "a": int(self.again),
            }
        )


def entry_of(json: str | bytes) -> Entry:
    """An entry of a queue."""
    one = orjson.loads(json)
    return Entry(
        one["n"], one["c"], one["u"], one["h"], one["d"], one["p"], one["t"], one["r"], bool(one["a"])
    )


@dataclass(frozen=True, slots=True)
class Take:
    """What was taken, with tokens; when somebody should look again (ms, 0 for never); how many leases had ended."""

    entries: list[tuple[Entry, int]]
    next_ms: int
    expired: int


def _ms(found: str | bytes) -> int:
    return int(float(found)) if found else 0


class Frontier:
    """Every address that was put is with one fetcher at a time, and stays until it is finished.

    With `polite`, one address of a host is out at a time, and the next no sooner than the host's gap after the answer.
    """

    def __init__(self, redis: Redis, base: str, *, back_room: int = BACK_ROOM) -> None:
        self._redis, self.base, self._room = redis, base, back_room
        self._put = redis.register_script(_PUT)
        self._take = redis.register_script(_TAKE)
        self._finish = redis.register_script(_FINISH)
        self._hold = redis.register_script(_HOLD)
        self._take_raw = redis.register_script(_TAKE_RAW)
        self._again_raw = redis.register_script(_AGAIN_RAW)
        self._finish_raw = redis.register_script(_FINISH_RAW)

    def key(self, *parts: object) -> str:
        """A key of the frontier."""
        return ":".join([self.base, *(str(part) for part in parts)])

    async def put(self, entries: Sequence[Entry], *, now_ms: int, polite: bool = True) -> int:
        """Have these fetched; one that is not finished is not put a second time. When to look again (ms, 0 for never)."""
        if not entries:
            return 0
        args = [now_ms, self._room, int(polite), *(one.dump() for one in entries)]
        return _ms(await self._put(keys=[self.base], args=args))

    async def take(
        self, who: str, *, now_ms: int, until_ms: int, most: int, polite: bool, forget: bool, gap_ms: int
    ) -> Take:
        """The next addresses of hosts that may be asked now."""
        args = [now_ms, self._room, int(polite), until_ms, most, int(forget), gap_ms, who]
        taken, first, expired = await self._take(keys=[self.base], args=args)
        return Take([(entry_of(json), int(token)) for json, token in taken], _ms(first), int(expired))

    async def finish(
        self,
        entry: Entry,
        token: int,
        *,
        how: str,
        now_ms: int,
        gap_ms: int,
        next_ms: int,
        polite: bool,
        forgotten: bool,
        retry_ms: int = 0,
    ) -> tuple[bool, int]:
        """`done`, to `extract`, to `retry`, `dead`, or `back` to the head of its host's queue.

        Whether it was this holder's to finish, and when somebody should look again (ms, 0 for never).
        """
        mine, first = await self._finish(
            keys=[self.base],
            args=[
                now_ms, self._room, int(polite), entry.number, token, int(forgotten), entry.host, entry.crawl, how,
                gap_ms, next_ms, entry.dump(), retry_ms,
            ],
        )  # fmt: skip
        return bool(mine), _ms(first)

    async def hold(self, held: Sequence[tuple[int, int]], until_ms: int) -> set[int]:
        """Of these numbers with their tokens, the ones that nobody else was given since: they are held until then."""
        if not held:
            return set()
        args = [until_ms, *(part for one in held for part in one)]
        return {int(one) for one in await self._hold(keys=[self.base], args=args)}

    async def take_raw(self, who: str, *, now_ms: int, until_ms: int, most: int) -> Take:
        """Stored answers that are to be read."""
        got, first, _ = await self._take_raw(keys=[self.base], args=[now_ms, until_ms, most, who])
        return Take([(entry_of(json), 0) for json in got], int(float(first)) if first else 0, 0)

    async def finish_raw(self, entries: Sequence[Entry]) -> None:
        """These are read."""
        await self._finish_raw(keys=[self.base], args=[one.dump() for one in entries])

    async def read_again(self, entries: Sequence[Entry]) -> None:
        """Have stored answers read once more, before those that wait."""
        if not entries:
            return
        await self._again_raw(keys=[self.base], args=[one.dump() for one in reversed(entries)])

    async def left(self, crawl: int) -> int:
        """How many of a crawl are not finished."""
        return int(await self._redis.hget(self.key("left"), str(crawl)) or 0)

    async def pause(self, crawl: int) -> None:
        """From now on its addresses are put aside instead of being taken."""
        await self._redis.sadd(self.key("paused"), str(crawl))

    async def resume(self, crawl: int, *, now_ms: int) -> int:
        """What was put aside comes back; how many these are."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.srem(self.key("paused"), str(crawl))
        pipe.lrange(self.key("parked", crawl), 0, -1)
        pipe.delete(self.key("parked", crawl))
        _, parked, _ = await pipe.execute()
        for start in range(0, len(parked), LOOKED_AT):
            some = [entry_of(json) for json in parked[start : start + LOOKED_AT]]
            pipe = self._redis.pipeline(transaction=True)
            for one in some:
                pipe.lpush(self.key("front", one.priority), one.dump())
            await pipe.execute()
        await self._put(keys=[self.base], args=[now_ms, self._room, 1])
        return len(parked)

    async def lacking(self, numbers: Sequence[int]) -> list[int]:
        """Those of them that are not among the unfinished."""
        if not numbers:
            return []
        found = await self._redis.hmget(self.key("pending"), [str(one) for one in numbers])
        return [number for number, there in zip(numbers, found, strict=True) if there is None]
