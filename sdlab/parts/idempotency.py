"""Once per key: a request that is repeated gets the first one's answer.

After the IETF draft "The Idempotency-Key HTTP Header Field".
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar, cast

from sdlab.lab.actor import acting
from sdlab.lab.context import EngineContext
from sdlab.lab.errors import Conflict, Invalid

FIELD = "Idempotency-Key"
MAX_KEY = 200
REMEMBERED_S = 24 * 3600
UNDER_WAY_S = 10
WAIT_S = 5.0
BETWEEN_LOOKS_S = 0.02

# Who holds the key may write or give it back: a marker that expired may be another's by now.
KEEP = """
local kept = redis.call('GET', KEYS[1])
if kept == false or kept == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) end
"""
EXTEND = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('EXPIRE', KEYS[1], ARGV[2]) end"
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"

T = TypeVar("T")


def _same(value: Any) -> Any:
    return value


class IdempotencyKeys:
    """The keys that users of one room have used; in Redis, for a day.

    A key belongs to the acting user and the operation, so nobody meets another's. It guards against
    repeats, also at the same time and after a restart. What it cannot guard: a crash after `work`
    has committed and before its answer is kept; the repeat then does the work again, a few seconds
    later. Where that must not be, a unique constraint stands beside it.
    """

    def __init__(
        self,
        context: EngineContext[Any],
        *,
        remembered_s: int = REMEMBERED_S,
        under_way_s: int = UNDER_WAY_S,
        wait_s: float = WAIT_S,
    ) -> None:
        self._context, self._redis = context, context.room.redis
        self._remembered_s, self._under_way_s, self._wait_s = remembered_s, under_way_s, wait_s

    async def once(
        self,
        key: str | None,
        *,
        operation: str,
        body: object,
        work: Callable[[], Awaitable[T]],
        dump: Callable[[T], Any] = _same,
        load: Callable[[Any], T] = _same,
    ) -> T:
        """What `work` answers, or what it answered when this user did this under this key before.

        `body` (plain JSON data) tells requests apart: another one under the same key is `Invalid`.
        While the first is under way this waits, at most `wait_s` seconds, then `Conflict`. After a
        failure nothing is remembered. `dump` makes plain JSON data of an answer, `load` undoes it.
        Without a key it is `work()`.
        """
        if key is None:
            return await work()
        if not 0 < len(key) <= MAX_KEY:
            raise Invalid(f"an {FIELD} has 1 to {MAX_KEY} characters", field=FIELD)
        name = self._context.room.key("once", _digest([operation, acting().name, key]))
        marker = {"request": _digest(body), "by": secrets.token_hex(8)}
        mine = json.dumps(marker)
        answered = await self._claim_or_answer(name, mine, marker["request"])
        if answered is not None:
            self._context.decide(f"this {FIELD} was used for the same request: its answer again")
            return load(answered["answer"])
        self._context.decide(f"this {FIELD} is new: the work is done")
        async with self._under_way(name, mine):
            answer = await work()
            kept = json.dumps({"request": marker["request"], "answer": dump(answer)})
            await self._redis.eval(KEEP, 1, name, mine, kept, self._remembered_s)
        return answer

    async def _claim_or_answer(self, name: str, mine: str, request: str) -> dict[str, Any] | None:
        """The answer that is kept under that name, or None when the name is ours now."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait_s
        while True:
            # SET with GET tells the holder or takes the name, at one moment.
            held = await self._redis.set(name, mine, nx=True, get=True, ex=self._under_way_s)
            if held is None:
                return None
            found = cast(dict[str, Any], json.loads(held))
            if found["request"] != request:
                self._context.decide(f"this {FIELD} was used for another request: refused")
                raise Invalid(f"this {FIELD} was used for another request", field=FIELD)
            if "answer" in found:
                return found
            if loop.time() >= until:
                raise Conflict(f"the first request with this {FIELD} is still under way", retry_after=1)
            # The first may run in another process, so its end is looked for where both can see it.
            await asyncio.sleep(BETWEEN_LOOKS_S)

    @contextlib.asynccontextmanager
    async def _under_way(self, name: str, mine: str) -> AsyncIterator[None]:
        """Hold the name while the block runs; give it back when the block fails."""
        holding = asyncio.create_task(self._hold(name, mine))
        try:
            yield
        except BaseException:
            await self._redis.eval(RELEASE, 1, name, mine)
            raise
        finally:
            holding.cancel()

    async def _hold(self, name: str, mine: str) -> None:
        while True:
            await asyncio.sleep(self._under_way_s / 3)
            await self._redis.eval(EXTEND, 1, name, mine, self._under_way_s)


def _digest(data: object) -> str:
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
