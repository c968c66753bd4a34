"""The request bin: the receiver of callbacks, with a memory for keys; and the way out to allowed hosts."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.counters import Counters
from designs.job_scheduler.engine.job_request import BINS
from designs.job_scheduler.engine.nodes import BIN
from designs.job_scheduler.engine.outbound import Refused, post
from sdlab.lab import EngineContext, Unavailable

KEPT = 4_000
KEYS_KEPT = 50_000
OUTBOUND_AT_ONCE = 8
FLAP_MS = 1_500
OK, FAILED, BUSY, UNREACHABLE = 200, 500, 503, 502

Call = Mapping[str, Any]

# A key that came before is answered, and nothing is kept a second time.
_ACCEPT = """
local said = {}
for n = 3, #ARGV, 10 do
  local fresh = 1
  if ARGV[n] ~= '' then fresh = redis.call('ZADD', KEYS[2], 'NX', ARGV[1], ARGV[n]) end
  if fresh == 1 then
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'run', ARGV[n + 1], 'job', ARGV[n + 2], 'due', ARGV[n + 3],
      'at', ARGV[1], 'attempt', ARGV[n + 4], 'by', ARGV[n + 5], 'owner', ARGV[n + 6], 'payload', ARGV[n + 7],
      'relevance', ARGV[n + 8], 'path', ARGV[n + 9])
  end
  said[#said + 1] = fresh
end
return said
"""


@dataclass(frozen=True, slots=True)
class Received:
    """A callback in the bin. Times in ms."""

    id: str
    run: str
    job_id: str
    due_ms: int
    at_ms: int
    attempt: int
    by: str
    owner: str
    payload: str
    relevance_ms: int
    path: str

    @property
    def delay_ms(self) -> int:
        """From the time that it was due."""
        return self.at_ms - self.due_ms


def received_of(id: str, fields: Mapping[str, str]) -> Received:
    """An entry of the stream."""
    return Received(
        id,
        fields["run"],
        fields["job"],
        int(fields["due"]),
        int(fields["at"]),
        int(fields["attempt"]),
        fields["by"],
        fields["owner"],
        fields["payload"],
        int(fields["relevance"]),
        fields["path"],
    )


class RequestBin:
    """What came, the newest last; at most `KEPT` are kept, and the newest `KEYS_KEPT` keys."""

    def __init__(self, context: EngineContext[Config], counters: Counters) -> None:
        self._context, self._counters = context, counters
        self._redis = context.room.redis
        self.key, self._keys = context.room.key("bin"), context.room.key("bin-keys")
        self._accept = self._redis.register_script(_ACCEPT)
        self._one_at_a_time = asyncio.Lock()
        self._out = asyncio.Semaphore(OUTBOUND_AT_ONCE)
        self._since_trim = 0

    @property
    def _now(self) -> int:
        return int(self._context.clock.time() * 1000)

    async def deliver(self, calls: Sequence[Call], *, by: str) -> list[dict[str, Any]]:
        """The answer to each callback; those to one path are made at the same time."""
        groups: dict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(calls):
            groups[one["callback"]].append(number)
        answers: dict[int, dict[str, Any]] = {}
        for path, numbers in groups.items():
            some = [calls[number] for number in numbers]
            found = await (self._inside(path, some, by) if path in BINS else self._outside(path, some, by))
            answers |= dict(zip(numbers, found, strict=True))
        return [answers[number] for number in range(len(calls))]

    async def _inside(self, path: str, calls: Sequence[Call], by: str) -> list[dict[str, Any]]:
        node, began = self._context.node(BIN), self._now
        alone = len(calls) == 1 or bool(node.faults())
        found: list[dict[str, Any]] = []
        for some in [[one] for one in calls] if alone else [list(calls)]:
            title = f"POST {path}" + (f" × {len(some)}" if len(some) > 1 else "")
            try:
                found += await node.call(title, partial(self._receive, path, some, by), source=by)
            except Unavailable as error:
                found += [_answer(BUSY, str(error.detail), began, self._now) for _ in some]
        return found

    async def _receive(self, path: str, calls: Sequence[Call], by: str) -> list[dict[str, Any]]:
        began = self._now
        if path == "/bin/failing":
            self._context.decide("this receiver answers 500 to everything")
            return [_answer(FAILED, "500", began, self._now) for _ in calls]
        if path == "/bin/flapping" and (began // FLAP_MS) % 2:
            self._context.decide("this receiver is down for a second and a half out of three")
            return [_answer(BUSY, "503", began, self._now) for _ in calls]
        if path == "/bin/slow":
            return await self._slowly(calls, by)
        return await self._keep(calls, by, path, began)

    async def _slowly(self, calls: Sequence[Call], by: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for one in calls:
            began = self._now
            async with self._one_at_a_time:
                await self._context.clock.sleep(self._context.config.slow_ms / 1000)
                found += await self._keep([one], by, "/bin/slow", began)
        return found

    async def _keep(self, calls: Sequence[Call], by: str, path: str, began: int) -> list[dict[str, Any]]:
        now = self._now
        args: list[Any] = [now, KEPT]
        for one in calls:
            args += (one["key"], one["run"], one["job_id"], one["due_ms"], one["attempt"], by)
            args += (one["owner"], one["payload"], one["relevance_ms"], path)
        fresh = [int(one) for one in await self._accept(keys=[self.key, self._keys], args=args)]
        await self._trim(len(calls))
        repeated = fresh.count(0)
        self._counters.prevented += repeated
        if repeated:
            self._context.decide(f"{repeated} of these keys came before: answered, and not done again")
        return [_answer(OK, "200" if one else "200, came before", began, self._now) for one in fresh]

    async def _trim(self, more: int) -> None:
        self._since_trim += more
        if self._since_trim > KEYS_KEPT // 10:
            self._since_trim = 0
            await self._redis.zremrangebyrank(self._keys, 0, -KEYS_KEPT - 1)

    async def _outside(self, url: str, calls: Sequence[Call], by: str) -> list[dict[str, Any]]:
        return list(await asyncio.gather(*(self._post(url, one, by) for one in calls)))

    async def _post(self, url: str, one: Call, by: str) -> dict[str, Any]:
        began = self._now
        body = orjson.dumps({"job_id": one["job_id"], "due_ms": one["due_ms"], "payload": one["payload"]})
        headers = {"Idempotency-Key": one["key"]} if one["key"] else {}
        async with self._out:
            try:
                status = await post(url, body, headers)
                return _answer(status, str(status), began, self._now)
            except Refused as refused:
                return _answer(UNREACHABLE, str(refused)[:120], began, self._now)
            except Exception as error:  # whatever a foreign host does is an answer of it
                return _answer(UNREACHABLE, type(error).__name__, began, self._now)

    async def newest(self, count: int) -> list[Received]:
        """What came last, the newest first."""
        found = await self._redis.xrevrange(self.key, count=count)
        return [received_of(id, fields) for id, fields in found]

    async def of(self, owner: str, *, before: str, limit: int) -> list[Received]:
        """What came of somebody's jobs, the newest first, behind a position."""
        kept: list[Received] = []
        start = before
        while len(kept) < limit:
            found = await self._redis.xrevrange(self.key, max=start, count=500)
            kept += [one for one in (received_of(id, fields) for id, fields in found) if one.owner == owner]
            if len(found) < 500:
                break
            start = f"({found[-1][0]}"
        return kept[:limit]


def _answer(status: int, said: str, began: int, now: int) -> dict[str, Any]:
    return {"status": status, "said": said, "at": now, "took": max(0, now - began)}
