"""Last positions in Redis: one hash per shard; a position lives where the cell of the bus belongs.

A script stores a position only when it is newer than the stored one, in one step, so that no
order of arrival can put a bus back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sdlab.blocks import geohash
from sdlab.blocks.hash_ring import HashRing, ModuloMap

HOME_LETTERS = 6
PAGE = 1000
VIRTUAL_NODES = 16

_PUT = """
local kept = {}
for i = 2, #ARGV, 3 do
  local old = redis.call('hget', KEYS[1], ARGV[i])
  local fresh = 1
  if ARGV[1] == '1' and old then
    local t = tonumber(string.match(old, '^[^|]+'))
    if t and t > tonumber(ARGV[i + 1]) then fresh = 0 end
  end
  if fresh == 1 then redis.call('hset', KEYS[1], ARGV[i], ARGV[i + 1] .. '|' .. ARGV[i + 2]) end
  kept[#kept + 1] = fresh
end
return kept
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


class Position(NamedTuple):
    """Where a bus said it was. `t` is Unix seconds, coordinates are degrees."""

    bus: str
    t: float
    lat: float
    lng: float

    @property
    def home(self) -> str:
        """The cell that decides on the shard."""
        return geohash.encode(self.lat, self.lng, HOME_LETTERS)


def parse(bus: str, text: str) -> Position:
    """A position as the store keeps it."""
    t, lat, lng = text.split("|")
    return Position(bus, float(t), float(lat), float(lng))


class Shards:
    """The hashes of one room."""

    def __init__(self, redis: Any, key: Callable[..., str]) -> None:
        self._redis = redis
        self._key = key
        self._put = redis.register_script(_PUT)
        self._drop = redis.register_script(_DROP)
        self.placement: HashRing | ModuloMap = HashRing([0])
        self._owners: dict[str, int] = {}

    def arrange(self, shards: int, *, ring: bool) -> None:
        """From now on cells belong to these shards."""
        owners = list(range(shards))
        self.placement = HashRing(owners, virtual_nodes=VIRTUAL_NODES) if ring else ModuloMap(owners)
        self._owners = {}

    def owner(self, cell: str) -> int:
        """The shard of a cell."""
        found = self._owners.get(cell)
        if found is None:
            found = self._owners[cell] = self.placement.owner(cell)
        return found

    async def put(self, shard: int, positions: Sequence[Position], *, checked: bool) -> list[bool]:
        """Store positions; which of them were newer than what was there."""
        arguments: list[object] = ["1" if checked else "0"]
        for one in positions:
            arguments += (one.bus, f"{one.t:.3f}", f"{one.lat:.7f}|{one.lng:.7f}")
        kept = await self._put(keys=[self._hash(shard)], args=arguments)
        return [bool(one) for one in kept]

    async def drop(self, shard: int, positions: Iterable[Position]) -> None:
        """Forget positions of buses that live elsewhere now; one that came back meanwhile stays."""
        arguments = [part for one in positions for part in (one.bus, f"{one.t:.3f}")]
        if arguments:
            await self._drop(keys=[self._hash(shard)], args=arguments)

    async def get(self, shard: int, bus: str) -> Position | None:
        """What a shard says of a bus."""
        text = await self._redis.hget(self._hash(shard), bus)
        return None if text is None else parse(bus, text)

    async def everything(self, shards: int) -> dict[int, list[Position]]:
        """All that all shards hold."""
        found: dict[int, list[Position]] = defaultdict(list)
        for shard in range(shards):
            async for bus, text in self._redis.hscan_iter(self._hash(shard), count=PAGE):
                found[shard].append(parse(bus, text))
        return found

    async def rearrange(self, before: int, now: int) -> int:
        """Bring every position to its owner among `now` shards; how many moved."""
        moved = 0
        for shard, positions in (await self.everything(before)).items():
            leaving: dict[int, list[Position]] = defaultdict(list)
            for one in positions:
                if (owner := self.owner(one.home)) != shard or shard >= now:
                    leaving[owner].append(one)
            for owner, some in leaving.items():
                for start in range(0, len(some), PAGE):
                    page = some[start : start + PAGE]
                    await self.put(owner, page, checked=True)
                    await self.drop(shard, page)
                moved += len(some)
        return moved

    def _hash(self, shard: int) -> str:
        return self._key("shard", shard)
