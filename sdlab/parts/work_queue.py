"""A queue of jobs in a Redis stream: each is with one worker at a time, and stays until that has done it.

Consumer groups as in https://redis.io/docs/latest/commands/xreadgroup/; retries with exponential
back-off and jitter after Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from sdlab.lab.errors import Unavailable

# Beside the fields of a job: how often it was delivered before it was put back for a retry.
DELIVERED = ":delivered"

T = TypeVar("T")

_PUT = """
local most, count = tonumber(ARGV[1]), tonumber(ARGV[2])
if most > 0 and redis.call('XLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2]) + count > most then return 0 end
local at = 3
for _ = 1, count do
  local size = tonumber(ARGV[at])
  redis.call('XADD', KEYS[1], '*', unpack(ARGV, at + 1, at + size))
  at = at + size + 1
end
return 1
"""

_CLOCK = "local time = redis.call('TIME'); local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"

# Jobs whose back-off is over stand at the end of the stream again.
_COME_BACK = (
    _CLOCK
    + """
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, tonumber(ARGV[1]))
for _, one in ipairs(due) do
  redis.call('XADD', KEYS[1], '*', unpack(cjson.decode(one).fields))
  redis.call('ZREM', KEYS[2], one)
end
return #due
"""
)

# What was delivered too often goes to the dead letters; the rest, with how often it was delivered.
_CLAIM = """
local group, worker, most = ARGV[1], ARGV[2], tonumber(ARGV[5])
local found = redis.call('XAUTOCLAIM', KEYS[1], group, worker, ARGV[3], '0-0', 'COUNT', ARGV[4])[2]
local jobs = {}
for _, entry in ipairs(found) do
  local id, fields, own = entry[1], entry[2], {}
  local times = redis.call('XPENDING', KEYS[1], group, id, id, 1)[1][4]
  for n = 1, #fields, 2 do
    if fields[n] == ARGV[6] then
      times = times + tonumber(fields[n + 1])
    else
      own[#own + 1] = fields[n]
      own[#own + 1] = fields[n + 1]
    end
  end
  if most > 0 and times > most then
    redis.call('XADD', KEYS[2], '*', ARGV[6], times - 1, unpack(own))
    redis.call('XACK', KEYS[1], group, id)
    redis.call('XDEL', KEYS[1], id)
  else
    jobs[#jobs + 1] = {id, own, times}
  end
end
return jobs
"""

_PUT_BACK = (
    _CLOCK
    + """
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('XDEL', KEYS[1], ARGV[2])
local fields = {}
for n = 4, #ARGV do fields[#fields + 1] = ARGV[n] end
if tonumber(ARGV[3]) < 0 then
  redis.call('XADD', KEYS[3], '*', unpack(fields))
else
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), cjson.encode({id = ARGV[2], fields = fields}))
end
return 1
"""
)


@dataclass(frozen=True, slots=True)
class Retries:
    """How failed jobs are tried again. `deliveries` bounds how often a job is delivered in all; 0: without end.

    Waiting doubles from `first_s` to `longest_s` seconds; `jitter` is the share of it that chance
    takes away, so that jobs which failed together do not come back together.
    """

    deliveries: int = 5
    first_s: float = 0.5
    longest_s: float = 60.0
    jitter: float = 0.5

    def delay(self, deliveries: int, chance: float) -> float:
        """Seconds to wait after that many deliveries; `chance` is from 0 to 1.

        >>> [Retries(first_s=1, longest_s=5).delay(n, chance=0.0) for n in (1, 2, 3, 4)]
        [1.0, 2.0, 4.0, 5.0]
        >>> Retries(first_s=1).delay(1, chance=1.0)
        0.5
        """
        waited = min(self.longest_s, self.first_s * 2.0 ** min(deliveries - 1, 60))
        return waited * (1 - self.jitter * chance)


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job that was delivered for the `deliveries`-th time; `fields` are what was put."""

    id: str
    fields: Mapping[str, str]
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Jobs that are not done: `waiting` to be taken, `taken` by worker, `delayed` for a retry; `dead` were given up."""

    waiting: int = 0
    taken: Mapping[str, int] = field(default_factory=dict)
    delayed: int = 0
    dead: int = 0

    @property
    def total(self) -> int:
        """All that is still to be done."""
        return self.waiting + sum(self.taken.values()) + self.delayed


class WorkQueue:
    """Every job that was put is delivered at least once, in order of putting, until it is acknowledged.

    A job is with one worker for `visibility_s` seconds after it was taken, claimed or extended; then
    another may claim it, so that a worker which dies loses nothing, and one which is slow must
    extend or share. Work must therefore bear to be done twice. A job that was delivered
    `retries.deliveries` times is not delivered again: it stands among the dead letters. With
    `most` (0: without limit) putting is refused when more would not be done. Times are Redis's own.
    """

    def __init__(
        self,
        redis: Redis,
        stream: str,
        *,
        group: str = "workers",
        visibility_s: float = 30.0,
        retries: Retries = Retries(),
        most: int = 0,
    ) -> None:
        self.visibility_s = visibility_s
        self.retries = retries
        self.most = most
        self._redis = redis
        self._stream, self._delayed, self._dead = stream, f"{stream}:delayed", f"{stream}:dead"
        self._group = group
        self._put = redis.register_script(_PUT)
        self._come_back = redis.register_script(_COME_BACK)
        self._claim = redis.register_script(_CLAIM)
        self._put_back = redis.register_script(_PUT_BACK)

    async def open(self) -> None:
        """Make the stream and its group, if they are not there. Before the first job is taken."""
        try:
            await self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def put(self, jobs: Sequence[Mapping[str, str]]) -> None:
        """Append jobs, all or none. `Unavailable` when the queue would become too deep."""
        args: list[str | int] = [self.most, len(jobs)]
        for job in jobs:
            flat = _flat(job)
            args += (len(flat), *flat)
        if not await self._put(keys=[self._stream, self._delayed], args=args):
            raise Unavailable("the queue is full", retry_after=max(1.0, self.visibility_s))

    async def take(self, worker: str, count: int) -> list[QueuedJob]:
        """The next jobs for a worker, at most `count`; those whose back-off is over have come back before."""
        await self._come_back(keys=[self._stream, self._delayed], args=[count])
        found = await self._with_group(
            lambda: self._redis.xreadgroup(self._group, worker, {self._stream: ">"}, count=count)
        )
        return [_job(id, fields, now=1) for id, fields in _entries(found)]

    async def claim(self, worker: str, count: int) -> list[QueuedJob]:
        """Jobs whose worker has not been heard of for `visibility_s` seconds, at most `count`; they are its now."""
        args = [
            self._group,
            worker,
            int(self.visibility_s * 1000),
            count,
            self.retries.deliveries,
            DELIVERED,
        ]
        found = await self._with_group(lambda: self._claim(keys=[self._stream, self._dead], args=args))
        return [
            QueuedJob(id, dict(zip(flat[::2], flat[1::2], strict=True)), int(times))
            for id, flat, times in found
        ]

    async def extend(self, worker: str, ids: Sequence[str]) -> None:
        """The worker is alive and at these: nobody is to claim them for another `visibility_s` seconds."""
        await self._with_group(
            lambda: self._redis.xclaim(
                self._stream, self._group, worker, min_idle_time=0, message_ids=list(ids), justid=True
            )
        )

    async def ack(self, ids: Sequence[str]) -> None:
        """These are done, and gone."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.xack(self._stream, self._group, *ids)
        pipe.xdel(self._stream, *ids)
        await pipe.execute()

    async def retry(self, job: QueuedJob, *, chance: float) -> float | None:
        """It failed: it comes back after a while, in seconds; None when it is given up, or was not ours any more.

        `chance` (0 to 1) is the jitter of the back-off.
        """
        dead = 0 < self.retries.deliveries <= job.deliveries
        delay = -1.0 if dead else self.retries.delay(job.deliveries, chance)
        fields = _flat({**job.fields, DELIVERED: str(job.deliveries)})
        moved = await self._put_back(
            keys=[self._stream, self._delayed, self._dead],
            args=[self._group, job.id, int(delay * 1000) if delay >= 0 else -1, *fields],
        )
        return delay if moved and not dead else None

    async def depth(self) -> QueueDepth:
        """What is in the queue now."""
        return await self._with_group(self._depth)

    async def _depth(self) -> QueueDepth:
        pipe = self._redis.pipeline(transaction=True)
        pipe.xlen(self._stream)
        pipe.xpending(self._stream, self._group)
        pipe.zcard(self._delayed)
        pipe.xlen(self._dead)
        size, summary, delayed, dead = await pipe.execute()
        taken = {one["name"]: int(one["pending"]) for one in summary["consumers"]}
        return QueueDepth(max(0, int(size) - sum(taken.values())), taken, int(delayed), int(dead))

    async def _with_group(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` gives. A stream that was deleted behind the queue is made again, empty, so that work goes on."""
        try:
            return await ask()
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            await self.open()
            return await ask()

    async def dead_letters(self, count: int = 100) -> list[QueuedJob]:
        """The newest jobs that were given up, newest first."""
        return [
            _job(id, fields, now=0) for id, fields in await self._redis.xrevrange(self._dead, count=count)
        ]


def _flat(fields: Mapping[str, str]) -> list[str]:
    return [part for pair in fields.items() for part in pair]


def _job(id: str, fields: Mapping[str, str], *, now: int) -> QueuedJob:
    """An entry of a stream as a job that is delivered `now` times more than the entry says."""
    own = {name: value for name, value in fields.items() if name != DELIVERED}
    return QueuedJob(id, own, int(fields.get(DELIVERED, 0)) + now)


def _entries(found: Any) -> Iterable[tuple[str, dict[str, str]]]:
    """Entries of all streams, in the form of either protocol version."""
    streams = found.values() if isinstance(found, dict) else [entries for _, entries in found or ()]
    for entries in streams:
        yield from entries[0] if entries and isinstance(entries[0], list) else entries
