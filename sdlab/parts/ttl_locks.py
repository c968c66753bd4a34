"""Locks with a time to live, kept in Redis: taken together, given back only by their owner.

After https://redis.io/docs/latest/develop/use/patterns/distributed-locks/ for one server.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from sdlab.lab.clock import Clock
from sdlab.lab.errors import Unavailable

HELD_S = 30.0
PATIENCE_S = 10.0
ASK_AGAIN_S = 0.005

Reach = Callable[[Callable[[], Awaitable[str]]], Awaitable[str]]

_ACQUIRE = """
for n = 1, #KEYS do
  if redis.call('exists', KEYS[n]) == 1 then return n end
end
for n = 1, #KEYS do redis.call('set', KEYS[n], ARGV[1], 'NX', 'PX', ARGV[2]) end
return 0
"""
_RELEASE = """
local freed = 0
for n = 1, #KEYS do
  if redis.call('get', KEYS[n]) == ARGV[1] then freed = freed + redis.call('del', KEYS[n]) end
end
return freed
"""
_HOLDERS = """
local found = {}
for n = 1, #KEYS do
  local owner = redis.call('get', KEYS[n])
  if owner then
    found[#found + 1] = n
    found[#found + 1] = owner
    found[#found + 1] = redis.call('pttl', KEYS[n])
  end
end
return found
"""
_LOSE_NEWEST = """
local gone = 0
for n = 1, #KEYS do
  local age = tonumber(ARGV[1]) - redis.call('pttl', KEYS[n])
  if age >= 0 and age < tonumber(ARGV[2]) then gone = gone + redis.call('unlink', KEYS[n]) end
end
return gone
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a key, and for how many more seconds."""

    owner: str
    left_s: float


class TtlLocks:
    """At most one owner per key at any time; several keys are taken all or none, in one step.

    A lock ends by itself when its time is over, so a holder that dies blocks nobody for longer. A
    holder that outlives its time no longer has the lock, and giving it back then frees nothing of
    the next holder's. What must not happen twice even then needs a constraint or a fencing token.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._acquire = redis.register_script(_ACQUIRE)
        self._release = redis.register_script(_RELEASE)
        self._holders = redis.register_script(_HOLDERS)
        self._lose_newest = redis.register_script(_LOSE_NEWEST)

    async def acquire(self, keys: Sequence[str], owner: str, *, seconds: float) -> str | None:
        """Take all keys for the owner, or none: the first key that somebody has, None when all were free."""
        taken = int(await self._acquire(keys=keys, args=[owner, max(1, int(seconds * 1000))]))
        return keys[taken - 1] if taken else None

    async def release(self, keys: Sequence[str], owner: str) -> int:
        """Give back those keys that the owner still has; how many they were."""
        return int(await self._release(keys=keys, args=[owner]))

    async def holders(self, keys: Sequence[str]) -> dict[str, Holder]:
        """Who has which of the keys, with what is really left of each one's time."""
        found = await self._holders(keys=keys)
        return {
            keys[int(found[n]) - 1]: Holder(_text(found[n + 1]), int(found[n + 2]) / 1000)
            for n in range(0, len(found), 3)
        }

    async def lose(self, keys: Sequence[str]) -> int:
        """What a restart of a store without persistence does; how many locks went."""
        return int(await self._redis.unlink(*keys))

    async def lose_newest(self, keys: Sequence[str], *, held_s: float, unsynced_s: float) -> int:
        """What a crash does to locks of `held_s` that were taken within the last `unsynced_s`; how many went."""
        return int(await self._lose_newest(keys=keys, args=[int(held_s * 1000), int(unsynced_s * 1000)]))


class NamedLocks:
    """Mutual exclusion per name within this process; waiters go in order of arrival.

    `waited` counts those who found their name locked. Memory is bounded by who holds or waits.
    """

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}
        self.waited = 0

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Hold `name`."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        self._users[name] = self._users.get(name, 0) + 1
        self.waited += lock.locked()
        try:
            async with lock:
                yield
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name], self._locks[name]


class TtlMutex:
    """Mutual exclusion per key across processes; within one process, waiters queue in order.

    A holder that dies blocks a key for `HELD_S` at most. `taken`, `waited` and `lapsed` count
    leases, waiters, and leases that had ended before they were given back.
    """

    def __init__(self, redis: Redis, *, clock: Clock, what: str = "this name") -> None:
        self._what = what
        self._locks = TtlLocks(redis)
        self._clock = clock
        self._queues = NamedLocks()
        self.taken = self.lapsed = 0

    @property
    def waited(self) -> int:
        """How many found their key locked in this process."""
        return self._queues.waited

    @asynccontextmanager
    async def hold(self, key: str, *, reach: Reach) -> AsyncIterator[None]:
        """Hold `key`; `Unavailable` when it cannot be had within `PATIENCE_S`. `reach` calls the lock's node."""
        async with self._queues.hold(key):
            token: str = await reach(lambda: self._take(key))
            try:
                yield
            finally:
                self.lapsed += not await self._locks.release([key], token)

    async def _take(self, key: str) -> str:
        token = secrets.token_hex(12)
        deadline = self._clock.monotonic() + PATIENCE_S
        while await self._locks.acquire([key], token, seconds=HELD_S):
            if self._clock.monotonic() > deadline:
                raise Unavailable(f"another request holds the lock on {self._what}", retry_after=1)
            await self._clock.sleep(ASK_AGAIN_S)
        self.taken += 1
        return token


def _text(found: bytes | str) -> str:
    return found.decode() if isinstance(found, bytes) else found
