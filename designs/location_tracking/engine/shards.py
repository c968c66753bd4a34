"""Last positions in Redis: one hash per shard; a position is where the cell of the bus belongs.

A script stores a position only when it is newer than the stored one, in one step, so that no
order of arrival can put a bus back.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from designs.location_tracking.config import Config
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.strategies import PLACEMENTS
from sdlab.lab import EngineContext

PAGE = 1000

_PUT = """
local stored = {}
for i = 2, #ARGV, 3 do
  local old = redis.call('hget', KEYS[1], ARGV[i])
  local fresh = 1
  if ARGV[1] == '1' and old then
    local t = tonumber(string.match(old, '^[^|]+'))
    if t and t > tonumber(ARGV[i + 1]) then fresh = 0 end
  end
  if fresh == 1 then redis.call('hset', KEYS[1], ARGV[i], ARGV[i + 1] .. '|' .. ARGV[i + 2]) end
  stored[#stored + 1] = fresh
end
return stored
"""

_DROP = """
local gone = 0
for i = 1, #ARGV, 2 do
  local old = redis.call('hget', KEYS[1], ARGV[i])
  if old then
    local t = tonumber(string.match(old, '^[^|]+'))
    if t and t <= tonumber(ARGV[i + 1]) then gone = gone + redis.call('hdel', KEYS[1], ARGV[i]) end
  end
end
return gone
"""


def parse(bus: str, text: str) -> Position:
    """A position as the store keeps it."""
    t, lat, lng = text.split("|")
    return Position(bus, float(t), float(lat), float(lng))


class ReshardingGate:
    """Lets positions be stored side by side, and keeps them out while cells change their owners."""

    def __init__(self) -> None:
        self._storing = 0
        self._idle, self._opened = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._opened.set()

    @property
    def is_open(self) -> bool:
        """Whether positions are where their cells belong."""
        return self._opened.is_set()

    @asynccontextmanager
    async def storing(self) -> AsyncIterator[None]:
        """Within the block no cell changes its owner."""
        await self._opened.wait()
        self._storing += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._storing -= 1
            if not self._storing:
                self._idle.set()

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Within the block nothing is being stored."""
        self._opened.clear()
        try:
            await self._idle.wait()
            yield
        finally:
            self._opened.set()


class PositionShards:
    """The hashes of one room. `arrange()` before the first use.

    `resharded` of `resharded_of` positions moved when cells last changed their owners, which they
    did `arranged` times.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._redis = context.room.redis
        self._put = self._redis.register_script(_PUT)
        self._drop = self._redis.register_script(_DROP)
        self.gate = ReshardingGate()
        self.resharded = self.resharded_of = self.arranged = 0

    def arrange(self) -> None:
        """From now on cells belong to shards as the config says."""
        config = self._context.config
        self.placement = PLACEMENTS[config.placement].make(range(config.shards))
        self._owners: dict[str, int] = {}
        self.arranged += 1

    def owner(self, cell: str) -> int:
        """The shard of a cell."""
        found = self._owners.get(cell)
        if found is None:
            found = self._owners[cell] = self.placement.owner(cell)
        return found

    def by_owner(self, positions: Iterable[Position]) -> dict[int, list[Position]]:
        """Positions by the shard that owns their cell."""
        found: dict[int, list[Position]] = defaultdict(list)
        for one in positions:
            found[self.owner(one.cell)].append(one)
        return found

    async def put(self, shard: int, positions: Sequence[Position], *, compared: bool) -> list[bool]:
        """Store positions; which of them were stored: if `compared`, those that nothing newer was there of."""
        arguments: list[object] = ["1" if compared else "0"]
        for one in positions:
            arguments += (one.bus, f"{one.t:.3f}", f"{one.lat:.7f}|{one.lng:.7f}")
        stored = await self._put(keys=[self._hash(shard)], args=arguments)
        return [bool(one) for one in stored]

    async def drop(self, shard: int, positions: Iterable[Position]) -> None:
        """Forget positions of buses that live elsewhere now; one that came back meanwhile stays."""
        arguments = [part for one in positions for part in (one.bus, f"{one.t:.3f}")]
        if arguments:
            await self._drop(keys=[self._hash(shard)], args=arguments)

    async def held(self, bus: str) -> list[Position | None]:
        """What each shard, in order, says of a bus; of one moment."""
        pipe = self._redis.pipeline(transaction=True)
        for shard in range(self._context.config.shards):
            pipe.hget(self._hash(shard), bus)
        return [None if text is None else parse(bus, text) for text in await pipe.execute()]

    async def sizes_and(self, buses: Sequence[str]) -> tuple[list[int], list[list[Position]]]:
        """How many buses each shard holds, and which of these, at one moment."""
        pipe = self._redis.pipeline(transaction=True)
        shards = range(self._context.config.shards)
        for shard in shards:
            pipe.hlen(self._hash(shard))
            pipe.hmget(self._hash(shard), list(buses))
        answers = await pipe.execute()
        found = [
            [parse(bus, text) for bus, text in zip(buses, texts, strict=True) if text is not None]
            for texts in answers[1::2]
        ]
        return [int(size) for size in answers[::2]], found

    async def everything(self, shards: int) -> dict[int, list[Position]]:
        """All that the first `shards` shards hold."""
        found: dict[int, list[Position]] = defaultdict(list)
        for shard in range(shards):
            async for bus, text in self._redis.hscan_iter(self._hash(shard), count=PAGE):
                found[shard].append(parse(bus, text))
        return found

    async def reshard(self, before: int) -> None:
        """Arrange anew and bring every position to its owner, while nothing is stored; `before` shards there were."""
        async with self.gate.closed():
            self.arrange()
            held = await self.everything(max(before, self._context.config.shards))
            self.resharded_of = sum(map(len, held.values()))
            self.resharded = 0
            for shard, positions in held.items():
                for owner, some in self.by_owner(positions).items():
                    if owner != shard:
                        await self._move(some, shard, owner)
                        self.resharded += len(some)

    async def _move(self, positions: list[Position], shard: int, owner: int) -> None:
        for start in range(0, len(positions), PAGE):
            page = positions[start : start + PAGE]
            await self.put(owner, page, compared=True)
            await self.drop(shard, page)

    def _hash(self, shard: int) -> str:
        return self._context.room.key("shard", shard)
