"""Counts of free units in Valkey, by postal region, each in copies that hear of changes one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from designs.local_delivery.config import Config
from designs.local_delivery.engine.nodes import REGION, REPLICATOR
from designs.local_delivery.engine.stock import Shelf, Stock
from designs.local_delivery.engine.world import CENTRES, REGIONS
from sdlab.blocks.windows import SlidingHistogram
from sdlab.lab import EngineContext

COPIES = 2
MOST_SHELVES = 400  # of one turn


class Replicas:
    """A hash for each region and copy, with a field for each shelf."""

    def __init__(self, context: EngineContext[Config], stock: Stock) -> None:
        self._context, self._stock = context, stock
        self._redis = context.room.redis
        self._behind: dict[Shelf, float] = {}  # for the second copy: shelves, and since when
        self._since: dict[Shelf, float] = {}
        self._turns: Counter[str] = Counter()
        self.reads: Counter[tuple[str, int]] = Counter()
        self.applied = 0
        self.lag_ms = SlidingHistogram(slices=30)

    def key(self, region: str, copy: int) -> str:
        """Where the counts of a copy lie."""
        return self._context.room.key("counts", region, copy)

    def next_copy(self, region: str) -> int:
        """The copies are asked in turn."""
        self._turns[region] += 1
        copy = self._turns[region] % COPIES
        self.reads[region, copy] += 1
        return copy

    def noticed(self) -> None:
        """Shelves have changed: remember since when."""
        now = self._context.clock.monotonic()
        for shelf in self._stock.dirty:
            self._since.setdefault(shelf, now)

    @property
    def waiting(self) -> int:
        """Shelves of which some copy has not heard yet."""
        return len(self._stock.dirty | self._behind.keys())

    async def read(
        self, region: str, copy: int, centres: Collection[int], items: Collection[int]
    ) -> Counter[Shelf]:
        """Free units as this copy has them."""
        shelves = [(centre, item) for centre in centres for item in items]
        found = await self._redis.hmget(self.key(region, copy), [field(one) for one in shelves])
        return Counter(
            {shelf: int(count) for shelf, count in zip(shelves, found, strict=True) if count is not None}
        )

    async def fill(self) -> None:
        """All counts into all copies."""
        shelves = list(self._stock.dirty)
        self._stock.dirty.clear()
        await self._put(shelves, list(range(COPIES)))
        self._since.clear()
        self._behind.clear()

    async def follow(self) -> bool:
        """One turn: what changed goes to the first copy; what went there the last time, to the others. Whether any did."""
        behind, self._behind = self._behind, {}
        await self._put(list(behind), list(range(1, COPIES)))
        some = sorted(self._stock.dirty)[:MOST_SHELVES]
        if not some:
            return bool(behind)
        self._stock.dirty.difference_update(some)
        await self._put(some, [0])
        now = self._context.clock.monotonic()
        for shelf in some:
            since = self._since.pop(shelf, now)
            self.lag_ms.add(now, (now - since) * 1000)
            self._behind[shelf] = since
        self.applied += len(some)
        return True

    async def _put(self, shelves: Collection[Shelf], copies: Collection[int]) -> None:
        if not shelves:
            return
        counts = await self._stock.free_at({one[0] for one in shelves}, {one[1] for one in shelves})
        for region in REGIONS:
            mapping = {field(one): counts[one] for one in shelves if CENTRES[one[0]].region == region}
            if not mapping:
                continue
            pipe = self._redis.pipeline(transaction=False)
            for copy in copies:
                pipe.hset(self.key(region, copy), mapping=mapping)
            if node := self._context.nodes.get(REGION[region]):
                await node.call("HSET", pipe.execute, source=REPLICATOR)
            else:
                await pipe.execute()


def field(shelf: Shelf) -> str:
    """The field of a shelf."""
    return f"{shelf[0]}:{shelf[1]}"
