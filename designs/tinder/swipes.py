"""Swipes, partitioned by who swiped, on two replicas that tell each other later; and matches.

A person's own replica has their swipes at once; the other one gets them `delay_ms` later from a
queue that lies in the store, so that a crash loses none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from sdlab.lab import Room
from sdlab.parts.coalescer import Coalescer

LIKE, DISLIKE = "L", "D"
PARTITIONS = 8
LARGEST_BATCH = 128
REPLICATED_AT_ONCE = 500
MOST_SWIPES = 1_200_000
MOST_LIKERS = 500

MATCH = """
local function match(mine, theirs, seq_key, log, me, them, at)
  local had = redis.call('zscore', mine, them)
  if had then return tonumber(had) end
  local seq = redis.call('incr', seq_key)
  redis.call('zadd', mine, seq, them)
  redis.call('zadd', theirs, seq, me)
  redis.call('hset', log, seq, cjson.encode({me, them, at}))
  return seq
end
"""
# Every key of a room has the same hash tag, so the scripts may put keys together themselves: eight
# keys for each of a hundred swipes would cost the client more than all the rest.
RECORD = (
    MATCH
    + """
local p, out = KEYS[1], {}
local function at_home(who) return p .. 'swipes:' .. (tonumber(who) % 2) .. ':' .. who end
for n = 0, #ARGV / 5 - 1 do
  local a = n * 5
  local me, them, value, at, check = ARGV[a+1], ARGV[a+2], ARGV[a+3], ARGV[a+4], ARGV[a+5]
  local mine = at_home(me)
  local first = redis.call('hsetnx', mine, them, value .. at)
  local stands, seq = value, 0
  if first == 1 then
    redis.call('hincrby', p .. 'history', me, 1)
    redis.call('rpush', p .. 'replicate:' .. (tonumber(me) % 2), at .. ' ' .. me .. ' ' .. them .. ' ' .. value .. at)
    redis.call('zrem', p .. 'feed:' .. me, them)
    if value == 'L' then redis.call('sadd', p .. 'likers:' .. them, me) end
  else
    stands = string.sub(redis.call('hget', mine, them), 1, 1)
  end
  if check == '1' and stands == 'L' then
    local theirs = redis.call('hget', at_home(them), me) or ''
    if string.sub(theirs, 1, 1) == 'L' then
      seq = match(p .. 'matches:' .. me, p .. 'matches:' .. them, p .. 'match-seq', p .. 'match-log', me, them, at)
    end
  end
  out[n + 1] = {first, stands, seq}
end
return out
"""
)
REPLICATE = """
local p, from, moved = KEYS[1], ARGV[1], {}
local queue = p .. 'replicate:' .. from
for _, line in ipairs(redis.call('lrange', queue, 0, ARGV[3] - 1)) do
  local at, me, them, value = string.match(line, '^(%S+) (%S+) (%S+) (%S+)$')
  if tonumber(at) > tonumber(ARGV[2]) then break end
  redis.call('hsetnx', p .. 'swipes:' .. (1 - from) .. ':' .. me, them, value)
  moved[#moved + 1] = line
end
if #moved > 0 then redis.call('ltrim', queue, #moved, -1) end
return {redis.call('llen', queue), moved}
"""
JOIN = MATCH + "return match(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[2], ARGV[3])"


@dataclass(frozen=True, slots=True)
class Swipe:
    """One swipe on its way into the store; `check` asks for the match in the same step."""

    me: int
    them: int
    like: bool
    at: float
    check: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store says: was it new, which intent stands, the match if that was asked for and there is one."""

    first: bool
    like: bool
    match: int


@dataclass(frozen=True, slots=True)
class Replicated:
    """A swipe that has come to the other replica."""

    me: int
    them: int
    at: float
    lag_ms: float


def home(number: int) -> int:
    """The replica that a person's app servers write to."""
    return number % 2


def partition(number: int) -> int:
    """The partition of a swiping person."""
    return (number * 2_654_435_761 >> 7) % PARTITIONS


class Swipes:
    """The swipe store of a room."""

    def __init__(self, room: Room, delay_ms: Callable[[], float]) -> None:
        self._room = room
        self._redis = room.redis
        self._delay_ms = delay_ms
        self._record = room.redis.register_script(RECORD)
        self._carry = room.redis.register_script(REPLICATE)
        self._join = room.redis.register_script(JOIN)
        self._writes: Coalescer[Swipe, Recorded] = Coalescer(self._write_all, largest=LARGEST_BATCH)
        self._reads: Coalescer[tuple[str, int], str] = Coalescer(self._read_all, largest=LARGEST_BATCH)
        self._waiting = asyncio.Event()
        self.history: dict[int, int] = {}
        self.in_partition = [0] * PARTITIONS
        self.people_in = [0] * PARTITIONS
        self.total = 0
        self.behind = [0, 0]
        self.lag_ms = 0.0
        self.arrived: Callable[[Replicated], None] = lambda one: None

    def key(self, replica: int, number: int) -> str:
        """The key of a person's swipes on a replica."""
        return self._room.key("swipes", replica, number)

    async def open(self) -> None:
        """Read how much everybody has swiped; what waits for the other replica goes there now."""
        self.history = {
            int(number): int(count)
            for number, count in (await self._redis.hgetall(self._room.key("history"))).items()
        }
        self.total = sum(self.history.values())
        for number, count in self.history.items():
            self.in_partition[partition(number)] += count
            self.people_in[partition(number)] += 1
        for replica in (0, 1):
            while await self._replicate(replica, until=float("inf")):
                pass

    async def close(self) -> None:
        """Stop sending."""
        await self._writes.close()
        await self._reads.close()

    # Writing and reading

    async def record(self, swipe: Swipe) -> Recorded:
        """Write a swipe to its own replica, once; swipes that wait travel together."""
        answer = await self._writes.ask(swipe)
        if answer.first:
            before = self.history.get(swipe.me, 0)
            self.history[swipe.me] = before + 1
            self.total += 1
            self.in_partition[partition(swipe.me)] += 1
            self.people_in[partition(swipe.me)] += not before
        return answer

    async def entry(self, replica: int, me: int, them: int) -> str:
        """What `me` said of `them` as that replica knows it: intent and time, or nothing."""
        return await self._reads.ask((self.key(replica, me), them))

    async def said(self, replica: int, me: int, them: Sequence[int]) -> dict[int, str]:
        """The entries of one person about these, as that replica has them."""
        if not them:
            return {}
        found = await self._redis.hmget(self.key(replica, me), list(them))
        return {number: value for number, value in zip(them, found, strict=True) if value}

    async def everyone(self, me: int) -> list[int]:
        """Everybody that a person has swiped, from their own replica."""
        return [int(one) for one in await self._redis.hkeys(self.key(home(me), me))]

    async def counted(self, me: int) -> tuple[int, int]:
        """How many entries a person has, and how many were counted: read at one moment."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hlen(self.key(home(me), me)).hget(self._room.key("history"), str(me))
            entries, counted = await pipe.execute()
        return int(entries), int(counted or 0)

    async def likers(self, me: int) -> frozenset[int]:
        """Some of those who like this person, at most `MOST_LIKERS`."""
        found = await self._redis.srandmember(self._room.key("likers", me), MOST_LIKERS)
        return frozenset(int(one) for one in found)

    async def _write_all(self, batch: Sequence[Swipe]) -> list[Recorded]:
        args: list[int | str] = []
        for one in batch:
            args += [one.me, one.them, LIKE if one.like else DISLIKE, f"{one.at:.4f}", int(one.check)]
        answers = await self._record(keys=[self._room.key("")], args=args)
        self._waiting.set()
        return [Recorded(bool(first), stands == LIKE, int(seq)) for first, stands, seq in answers]

    async def _read_all(self, batch: Sequence[tuple[str, int]]) -> list[str]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for key, them in batch:
                pipe.hget(key, str(them))
            return [found or "" for found in await pipe.execute()]

    # Replication

    async def replicate(self) -> None:
        """Carry swipes to the other replica when their delay is over; ends only when cancelled."""
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            due = self._room.clock.time() - self._delay_ms() / 1000
            moved = [await self._replicate(replica, until=due) for replica in (0, 1)]
            if any(self.behind):
                self._waiting.set()
                await self._room.clock.sleep(0.0 if max(moved) == REPLICATED_AT_ONCE else 0.02)

    async def _replicate(self, replica: int, *, until: float) -> int:
        args = [replica, f"{min(until, 1e15):.4f}", REPLICATED_AT_ONCE]
        waiting, moved = await self._carry(keys=[self._room.key("")], args=args)
        self.behind[replica] = int(waiting)
        now = self._room.clock.time()
        for line in moved:
            at, me, them, _ = line.split(" ")
            self.lag_ms = (now - float(at)) * 1000
            self.arrived(Replicated(int(me), int(them), float(at), self.lag_ms))
        return len(moved)

    # Matches

    async def join(self, me: int, them: int, at: float) -> int:
        """Make two people a match, once; its number."""
        key = self._room.key
        keys = [key("matches", me), key("matches", them), key("match-seq"), key("match-log")]
        return int(await self._join(keys=keys, args=[me, them, f"{at:.4f}"]))

    async def matches(self, me: int, *, after: int = 0, limit: int = 50) -> list[tuple[int, int, float]]:
        """Matches of a person numbered above `after`, oldest first: number, partner, time."""
        found = await self._redis.zrange(
            self._room.key("matches", me),
            f"({after}",
            "+inf",
            byscore=True,
            offset=0,
            num=limit,
            withscores=True,
        )
        if not found:
            return []
        logs = await self._redis.hmget(self._room.key("match-log"), [int(score) for _, score in found])
        times = [float(orjson.loads(one)[2]) if one else 0.0 for one in logs]
        return [(int(score), int(them), at) for (them, score), at in zip(found, times, strict=True)]

    async def newest_match(self, me: int) -> int:
        """The number of a person's newest match, 0 for none."""
        newest = await self._redis.zrange(self._room.key("matches", me), 0, 0, desc=True, withscores=True)
        return int(newest[0][1]) if newest else 0

    async def match_of(self, me: int, them: int) -> int:
        """The number of their match, 0 for none."""
        return int(await self._redis.zscore(self._room.key("matches", me), str(them)) or 0)
