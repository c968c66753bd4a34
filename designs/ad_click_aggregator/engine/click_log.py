"""The log of clicks: four Redis streams, and the keys of impressions that were clicked."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.counters import Counters
from designs.ad_click_aggregator.engine.nodes import CLICKS, LOG, SEEN
from designs.ad_click_aggregator.engine.strategies import KEYS, PARTITIONS
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext
from sdlab.parts.event_log import START, EventLog, order_of

REMEMBERED_IDS = 64
LOOKED_BACK, HOT_SHARE, HOT_PER_S = (
    64,
    0.3,
    20.0,
)  # a hot ad has that share of the last clicks, when these come fast
WAITING = 50_000  # clicks of a partition whose age is followed
APPEND = """
local ttl = tonumber(ARGV[1])
if ttl > 0 then
  local now = tonumber(ARGV[5])
  local ends = redis.call('GET', KEYS[1])
  if ends and tonumber(ends) > now then return false end
  redis.call('SET', KEYS[1], string.format('%.3f', now + ttl), 'EX', ttl + 60)
end
local n = redis.call('HINCRBY', KEYS[3], ARGV[2], 1)
local id = redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[3], '*',
  't', ARGV[4], 'a', ARGV[5], 'k', ARGV[6], 'i', ARGV[7], 'n', n)
return {id, n}
"""


@dataclass(frozen=True, slots=True)
class LoggedClick:
    """A click in the log. `at` is when it was clicked, `arrived` when we heard of it (Unix s)."""

    ad: int
    partition: int
    position: str
    at: float
    arrived: float

    @property
    def place(self) -> str:
        """Where it lies, as one word."""
        return f"{self.partition}/{self.position}"


class ClickLog:
    """Appends a click and sets the key of its impression in one step; knows how far aggregators and store are."""

    def __init__(self, context: EngineContext[Config], counters: Counters) -> None:
        self._context, self._counters = context, counters
        self._redis = context.room.redis
        self.log = EventLog(self._redis, context.room.key("clicks"), partitions=PARTITIONS)
        self.read_key = context.room.key("checkpoint:read")
        self.checkpoint_key = context.room.key("checkpoint")
        self.count_key = context.room.key("appended")
        self.clicked: deque[str] = deque(maxlen=REMEMBERED_IDS)
        self.tails = dict.fromkeys(range(PARTITIONS), START)
        self.appended = dict.fromkeys(range(PARTITIONS), 0)
        self.newest = 0.0  # event time of the newest click
        self.loads = [SlidingCounter(seconds=10) for _ in range(PARTITIONS)]
        self._unread: list[deque[tuple[int, float]]] = [deque(maxlen=WAITING) for _ in range(PARTITIONS)]
        self._unseen: list[deque[tuple[tuple[int, int], float]]] = [
            deque(maxlen=WAITING) for _ in range(PARTITIONS)
        ]
        self._last: deque[tuple[int, float]] = deque(maxlen=LOOKED_BACK)
        self._turns: Counter[int] = Counter()

    @property
    def streams(self) -> dict[str, str]:
        """The keys of the partitions, for the processes that read them."""
        return {str(one): self.log.key_of(one) for one in range(PARTITIONS)}

    @property
    def empty(self) -> bool:
        """Whether nothing was ever clicked."""
        return all(tail == START for tail in self.tails.values())

    async def open(self) -> None:
        """How long the partitions are."""
        for partition in range(PARTITIONS):
            for entry in await self.log.newest(1, partition=partition):
                self.tails[partition] = entry.id
                self.appended[partition] = int(entry.fields.get("n", 0))
                self.newest = max(self.newest, float(entry.fields["t"]))

    def seen_key(self, id: str) -> str:
        """The key of an impression that was clicked."""
        return self._context.room.key("seen", id)

    async def append(self, id: str, ad: int, *, ttl: int, at: float) -> LoggedClick | None:
        """Log it, unless its impression was clicked before and is remembered: then none."""
        now = self._context.clock.time()
        self._turns[ad] += 1
        partition = KEYS[self._context.config.key].partition(
            self._context, ad, hot=self._hot(ad, now), turn=self._turns[ad]
        )

        async def work() -> LoggedClick | None:
            keys = (self.seen_key(id), self.log.key_of(partition), self.count_key)
            values = (ttl, partition, self._context.config.kept, repr(at), repr(now), ad, id)
            answer = await self._redis.eval(APPEND, len(keys), *keys, *values)  # type: ignore[misc]
            if not answer:
                return None
            position, number = str(answer[0]), int(answer[1])
            if order_of(position) > order_of(self.tails[partition]):
                self.tails[partition], self.appended[partition] = position, number
            self._unread[partition].append((number, now))
            self._unseen[partition].append((order_of(position), now))
            return LoggedClick(ad, partition, position, at, now)

        def outcome(found: LoggedClick | None) -> str:
            return "ok" if found else "miss"

        async def logged() -> LoggedClick | None:
            return await self._context.node(LOG).call("append once", work, source=CLICKS, outcome=outcome)

        if ttl:
            found = await self._context.node(SEEN).call(
                "is it there?", logged, source=CLICKS, outcome=outcome
            )
        else:
            found = await logged()
        if found is None:
            self._context.decide("its impression was clicked before: redirected, and not counted")
            return None
        self.clicked.append(id)
        self.newest = max(self.newest, at)
        self.loads[partition].add(self._context.clock.monotonic())
        return found

    def _hot(self, ad: int, now: float) -> bool:
        """Whether many of the last clicks were on that ad, and came fast."""
        self._last.append((ad, now))
        if len(self._last) < LOOKED_BACK or now - self._last[0][1] > LOOKED_BACK / HOT_PER_S:
            return False
        return sum(one == ad for one, _ in self._last) > HOT_SHARE * LOOKED_BACK

    async def read_numbers(self) -> dict[int, int]:
        """The number of the click that was read last, of each partition."""
        stored = await self._redis.hgetall(self.read_key)  # type: ignore[misc]
        return {int(one): int(place.partition("/")[2] or 0) for one, place in stored.items()}

    def was_read(self, partition: int, place: str) -> None:
        """Up to there, an aggregator has counted."""
        number = int(place.partition("/")[2] or 0)
        unread = self._unread[partition]
        while unread and unread[0][0] <= number:
            unread.popleft()

    def was_written(self, partition: int, position: str) -> None:
        """Up to there, the store has it: how old were they?"""
        unseen, upto, now = self._unseen[partition], order_of(position), self._context.clock.time()
        while unseen and unseen[0][0] <= upto:
            self._counters.fresh.add((now - unseen.popleft()[1]) * 1000)

    def written_at_once(self, click: LoggedClick) -> None:
        """The row has it already."""
        self._counters.fresh.add((self._context.clock.time() - click.arrived) * 1000)
        unseen = self._unseen[click.partition]
        place = (order_of(click.position), click.arrived)
        if place in unseen:
            unseen.remove(place)
        self._unread[click.partition].clear()

    @property
    def lag(self) -> list[int]:
        """Clicks that wait for an aggregator, by partition."""
        return [len(one) for one in self._unread]

    @property
    def lag_s(self) -> float:
        """How long the first of them has been waiting, at most."""
        now = self._context.clock.time()
        return max((now - one[0][1] for one in self._unread if one), default=0.0)

    @property
    def unseen_s(self) -> float:
        """How old the oldest click is that no dashboard shows yet."""
        now = self._context.clock.time()
        return max((now - one[0][1] for one in self._unseen if one), default=0.0)
