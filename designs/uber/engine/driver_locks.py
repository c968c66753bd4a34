"""What keeps a driver from being offered two rides at a time: a key in Redis, a table of one matcher, or nothing."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from designs.uber.config import Config
from designs.uber.engine.nodes import LOCKS
from sdlab.lab import EngineContext

MARGIN_S = 2.0  # a lock outlives its offer, or the next one could begin before it is over
SHOWN = 24
KEPT_MS = 60_000  # after its end, a key that nobody gave back is deleted


class DriverLock(Protocol):
    """One owner per driver, at most; how far that reaches is the question."""

    async def take(self, driver: str, owner: str, seconds: float) -> bool:
        """Whether the driver is the owner's now."""

    async def give_back(self, driver: str, owner: str) -> None:
        """The offer is over."""


# The end of a lock stands in it and is compared with the caller's clock; Redis deletes what nobody gave back.
_TAKE = """
local held = redis.call('GET', KEYS[1])
if held and tonumber(string.match(held, '(%d+)$')) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[3], 'PX', ARGV[3] - ARGV[2] + tonumber(ARGV[4]))
return 1
"""
_GIVE_BACK = """
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^(%S+)') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lock of a driver, and for how many more seconds."""

    owner: str
    left_s: float


class InRedis:
    """Set only if it is free, with the owner's token and an end; given back only by the owner, or by time."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context, self._redis = context, context.room.redis
        self._take = self._redis.register_script(_TAKE)
        self._give_back = self._redis.register_script(_GIVE_BACK)

    def key(self, driver: str) -> str:
        """Where the lock of a driver is."""
        return self._context.room.key("lock", driver)

    async def take(self, driver: str, owner: str, seconds: float) -> bool:
        """Whether the driver is the owner's now."""
        now = int(self._context.clock.time() * 1000)
        args = [owner, now, now + int(seconds * 1000), KEPT_MS]
        taken = bool(await self._take(keys=[self.key(driver)], args=args))
        if taken:
            self._context.decide(f"the key of {driver} was free, and is set")
        else:
            self._context.decide(f"the key of {driver} is held: the next one is tried")
        return taken

    async def give_back(self, driver: str, owner: str) -> None:
        """Free it, if it is the owner's."""
        await self._give_back(keys=[self.key(driver)], args=[owner])

    async def holders(self, drivers: list[str]) -> dict[str, Holder]:
        """Who has the locks of these."""
        if not drivers:
            return {}
        now, found = self._context.clock.time(), {}
        for driver, held in zip(
            drivers, await self._redis.mget([self.key(one) for one in drivers]), strict=True
        ):
            owner, _, ends = (held or "").partition(" ")
            if held and int(ends) / 1000 > now:
                found[driver] = Holder(owner, int(ends) / 1000 - now)
        return found


@dataclass(slots=True)
class InMemory:
    """A table in each matcher: the first part of an owner is the matcher, and no other looks into it."""

    context: EngineContext[Config]
    tables: dict[str, dict[str, float]]

    async def take(self, driver: str, owner: str, seconds: float) -> bool:
        table, now = self.tables.setdefault(owner.partition(":")[0], {}), self.context.clock.monotonic()
        if table.get(driver, 0.0) > now:
            self.context.decide(f"this matcher is asking {driver} already: the next one is tried")
            return False
        table[driver] = now + seconds
        self.context.decide(f"this matcher asks {driver} nothing now; of others it knows nothing")
        return True

    async def give_back(self, driver: str, owner: str) -> None:
        self.tables.get(owner.partition(":")[0], {}).pop(driver, None)


class Nothing:
    """Nobody looks."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context

    async def take(self, driver: str, owner: str, seconds: float) -> bool:
        self._context.decide(f"nothing keeps {driver} from a second offer")
        return True

    async def give_back(self, driver: str, owner: str) -> None:
        """There is nothing."""


class DriverLocks:
    """The lock in force, reached through its node. `recent` are drivers who were locked last, newest last."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.in_redis = InRedis(context)
        self.in_memory = InMemory(context, {})
        self._ways: dict[str, DriverLock] = {
            "redis": self.in_redis,
            "memory": self.in_memory,
            "none": Nothing(context),
        }
        self.recent: OrderedDict[str, None] = OrderedDict()
        self.taken = self.refused = 0

    async def take(self, driver: str, owner: str) -> bool:
        """Whether the driver may be asked on behalf of that owner ("matcher:ride")."""
        way, seconds = self._ways[self._context.config.lock], self._context.config.offer_s + MARGIN_S
        taken: bool = await self._context.node(LOCKS).call(
            "lock driver",
            lambda: way.take(driver, owner, seconds),
            source=owner.partition(":")[0],
            outcome=lambda one: "ok" if one else "miss",
        )
        self.taken += taken
        self.refused += not taken
        if taken:
            self.recent.pop(driver, None)
            self.recent[driver] = None
            while len(self.recent) > SHOWN:
                self.recent.popitem(last=False)
        return taken

    async def give_back(self, driver: str, owner: str) -> None:
        """The driver may be asked by others."""
        for way in self._ways.values():  # also one that was taken before another approach was chosen
            await way.give_back(driver, owner)

    def forget(self, matcher: str) -> None:
        """A matcher has ended, and its memory with it."""
        self.in_memory.tables.pop(matcher, None)
