"""Who does what only one may do, for a while: a lease with a fencing token, in Redis.

After Martin Kleppmann, "How to do distributed locking" (2016).
"""

from __future__ import annotations

import secrets

from redis.asyncio import Redis

_TAKE = """
local holder = redis.call('hget', KEYS[1], 'worker')
if holder and holder ~= ARGV[1] then return 0 end
if not holder then redis.call('hset', KEYS[1], 'worker', ARGV[1], 'token', redis.call('incr', KEYS[2])) end
redis.call('pexpire', KEYS[1], ARGV[2])
return tonumber(redis.call('hget', KEYS[1], 'token'))
"""
_GIVE = (
    "if redis.call('hget', KEYS[1], 'worker') == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
)


class FencedLeases:
    """One holder per key at any time; a lease ends by itself, and every later holder has a higher token.

    Unlike a lock, a lease is renewed by taking it again, which keeps its token. A holder that
    outlives its lease cannot know it: whoever writes for it must refuse a token below the highest seen.
    """

    def __init__(self, redis: Redis, *, lasts_ms: int, holder: str = "") -> None:
        self.holder = holder or secrets.token_hex(8)
        self._redis = redis
        self._lasts_ms = lasts_ms

    async def take(self, key: str) -> int:
        """Take or renew; the fencing token (1 or more), or 0 when somebody else holds the lease."""
        return int(await self._redis.eval(_TAKE, 2, key, f"{key}:token", self.holder, str(self._lasts_ms)))

    async def give(self, key: str) -> bool:
        """Give the lease back; false when it was not this holder's any more."""
        return bool(await self._redis.eval(_GIVE, 1, key, self.holder))
