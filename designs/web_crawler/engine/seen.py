"""Where addresses that were seen are kept: rows, fingerprints in Valkey, bits in Valkey, a set in memory."""

from __future__ import annotations

import hashlib
import sys
from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from designs.web_crawler.config import Config
from designs.web_crawler.engine.models import URL
from sdlab.blocks.bloom import BloomFilter
from sdlab.lab import EngineContext

ERROR = 0.01
PART = 500

_BITS = """
local found, width = {}, tonumber(ARGV[1])
for n = 2, #ARGV, width do
  local all = 1
  for at = n, n + width - 1 do
    if redis.call('GETBIT', KEYS[1], ARGV[at]) == 0 then all = 0; break end
  end
  found[#found + 1] = all
end
return found
"""
_SET = "for n = 1, #ARGV do redis.call('SETBIT', KEYS[1], ARGV[n], 1) end return #ARGV"


def fingerprint(url: str) -> bytes:
    """Eight bytes that stand for an address."""
    return hashlib.blake2b(url.encode(), digest_size=8).digest()


class SeenStores:
    """Each crawl has sets of its own. What is in memory alone is gone after `forget_memory`."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room, self._sql, self._redis = context.room.id, context.room.sql, context.room.redis
        self._key = context.room.key
        self._bits = self._redis.register_script(_BITS)
        self._set = self._redis.register_script(_SET)
        self._memory: defaultdict[int, set[str]] = defaultdict(set)
        self._bloom = BloomFilter(capacity=context.config.bloom_for, error=ERROR)

    def hash_key(self, crawl: int) -> str:
        """Where the fingerprints of a crawl are."""
        return self._key("seen", crawl)

    def bloom_key(self, crawl: int) -> str:
        """Where the bits of a crawl are."""
        return self._key("bloom", crawl)

    @property
    def bloom_bits(self) -> int:
        """How many bits a filter has."""
        return self._bloom.bits

    async def in_rows(self, crawl: int, urls: Sequence[str]) -> set[str]:
        """Those with a row."""
        query = sa.select(URL.c.url).where(
            URL.c.room == self._room, URL.c.crawl == crawl, URL.c.url.in_(list(urls))
        )
        return set(await self._sql.read(lambda c: c.execute(query).scalars().all()))

    async def in_hash(self, crawl: int, urls: Sequence[str]) -> set[str]:
        """Those whose fingerprint is in the set."""
        members = [fingerprint(one).hex() for one in urls]
        found = await self._redis.smismember(self.hash_key(crawl), members)
        return {url for url, there in zip(urls, found, strict=True) if there}

    async def add_hash(self, crawl: int, urls: Sequence[str]) -> None:
        """Add their fingerprints."""
        await self._redis.sadd(self.hash_key(crawl), *[fingerprint(one).hex() for one in urls])

    def _made_for(self, capacity: int) -> BloomFilter:
        if self._bloom.capacity != capacity:
            self._bloom = BloomFilter(capacity=capacity, error=ERROR)
        return self._bloom

    async def in_bloom(self, crawl: int, urls: Sequence[str], capacity: int) -> set[str]:
        """Those of which all bits are set."""
        bloom = self._made_for(capacity)
        positions = [position for url in urls for position in bloom.positions(url)]
        found = await self._bits(keys=[self.bloom_key(crawl)], args=[bloom.hashes, *positions])
        return {url for url, all_set in zip(urls, found, strict=True) if int(all_set)}

    async def add_bloom(self, crawl: int, urls: Sequence[str]) -> None:
        """Set their bits."""
        positions = [position for url in urls for position in self._bloom.positions(url)]
        await self._set(keys=[self.bloom_key(crawl)], args=positions)

    def in_memory(self, crawl: int, urls: Sequence[str]) -> set[str]:
        """Those in the set of this process."""
        known = self._memory[crawl]
        return {url for url in urls if url in known}

    def add_memory(self, crawl: int, urls: Sequence[str]) -> None:
        """Add them."""
        self._memory[crawl].update(urls)

    def forget_memory(self) -> int:
        """As a restart does; how many were forgotten."""
        gone = sum(map(len, self._memory.values()))
        self._memory.clear()
        return gone

    def memory_bytes(self, crawl: int) -> int:
        """What the set in memory takes."""
        known = self._memory.get(crawl) or ()
        return sys.getsizeof(known) + sum(map(sys.getsizeof, known)) if known else 0

    async def rebuild(self, option: str, crawls: Sequence[int], capacity: int) -> None:
        """After a change of the approach: it knows what the rows know."""
        self._made_for(capacity)
        for crawl in crawls:
            query = sa.select(URL.c.url).where(URL.c.room == self._room, URL.c.crawl == crawl)
            urls = list(await self._sql.read(lambda c, q=query: c.execute(q).scalars().all()))  # type: ignore[misc]
            if option == "bloom":
                await self._redis.unlink(self.bloom_key(crawl))
            for at in range(0, len(urls), PART):
                some = urls[at : at + PART]
                if option == "hash":
                    await self.add_hash(crawl, some)
                elif option == "bloom":
                    await self.add_bloom(crawl, some)
                elif option == "memory":
                    self.add_memory(crawl, some)
