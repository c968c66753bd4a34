"""How much the shards hold, counted along with every change."""

from __future__ import annotations

from collections import Counter

from designs.url_shortener.config import Config
from designs.url_shortener.engine.shards.rows import ROW_BYTES, StoredLink, counting
from sdlab.lab import EngineContext


class ShardStats:
    """Codes per shard and per length (each once), rows and bytes (of all copies)."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room = context.room
        self.codes: Counter[int] = Counter()
        self.lengths: Counter[int] = Counter()
        self.rows = 0
        self.bytes = 0

    @property
    def links(self) -> int:
        """Codes on all shards."""
        return self.codes.total()

    async def recount(self) -> None:
        """Ask the store."""
        found = await self._room.sql.read(counting(self._room.id))
        codes: dict[tuple[int, int], int] = {}
        for shard, length, count, _ in found:
            codes[shard, length] = max(codes.get((shard, length), 0), count)
        self.rows = sum(row[2] for row in found)
        self.bytes = sum(row[3] + row[2] * ROW_BYTES for row in found)
        self.codes = Counter()
        self.lengths = Counter()
        for (shard, length), count in codes.items():
            self.codes[shard] += count
            self.lengths[length] += count

    def stored(self, link: StoredLink, shard: int, *, copies: int) -> None:
        """A shard has a code that it did not have."""
        self.codes[shard] += 1
        self.lengths[len(link.code)] += 1
        self.rows += copies
        self.bytes += copies * (len(link.url) + ROW_BYTES)

    def moved(self, shard: int, target: int, codes: int) -> None:
        """So many codes went from a shard to another."""
        self.codes[shard] -= codes
        self.codes[target] += codes
