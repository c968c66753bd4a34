"""A Bloom filter: "certainly not seen" or "perhaps seen", in a few bits per element.

Burton H. Bloom, "Space/time trade-offs in hash coding with allowable errors", CACM 1970. The
`k` positions come from one 128-bit digest by double hashing (Kirsch and Mitzenmacher, "Less
hashing, same performance", 2006).
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from itertools import pairwise


class BloomFilter:
    """A set that may say yes wrongly and never says no wrongly.

    `capacity` elements (>= 1) can be added before the rate of wrong yeses exceeds `error`
    (0 < error < 1). Nothing can be removed.

    >>> seen = BloomFilter(capacity=100, error=0.01)
    >>> seen.add("a")
    >>> seen.may_contain("a"), seen.may_contain("b")
    (True, False)
    """

    __slots__ = ("_bits", "_ones", "added", "bits", "capacity", "error", "hashes")

    def __init__(self, *, capacity: int, error: float) -> None:
        if capacity < 1 or not 0 < error < 1:
            raise ValueError("capacity is at least 1 and error between 0 and 1")
        self.capacity = capacity
        self.error = error
        self.bits = max(8, math.ceil(-capacity * math.log(error) / math.log(2) ** 2))
        self.hashes = max(1, round(self.bits / capacity * math.log(2)))
        self.added = 0
        self._bits = bytearray((self.bits + 7) // 8)
        self._ones = 0

    def positions(self, element: str) -> tuple[int, ...]:
        """The bits that this element sets and asks for."""
        digest = hashlib.blake2b(element.encode(), digest_size=16).digest()
        first = int.from_bytes(digest[:8], "big")
        step = int.from_bytes(digest[8:], "big") | 1  # never 0, or all probes would meet
        return tuple((first + probe * step) % self.bits for probe in range(self.hashes))

    def add(self, element: str) -> None:
        """Remember the element; from now on `may_contain` says yes to it."""
        for position in self.positions(element):
            byte, mask = position >> 3, 1 << (position & 7)
            if not self._bits[byte] & mask:
                self._bits[byte] |= mask
                self._ones += 1
        self.added += 1

    def may_contain(self, element: str) -> bool:
        """False: it was certainly never added. True: it was, or others happen to have set its bits."""
        return all(self._bits[position >> 3] & 1 << (position & 7) for position in self.positions(element))

    @property
    def fill(self) -> float:
        """The share of bits that are set, 0..1; one half when `capacity` is reached."""
        return self._ones / self.bits

    @property
    def expected_error(self) -> float:
        """The share of wrong yeses that theory expects after what was added: (1 - e^(-kn/m))^k."""
        return (1 - math.exp(-self.hashes * self.added / self.bits)) ** self.hashes

    def picture(self, cells: int) -> list[float]:
        """The bit array in at most `cells` pieces of whole bytes: the share of set bits in each, 0..1."""
        edges = self._edges(cells)
        return [
            int.from_bytes(self._bits[low:high], "big").bit_count() / (min(high * 8, self.bits) - low * 8)
            for low, high in pairwise(edges)
        ]

    def cell_of(self, position: int, cells: int) -> int:
        """Which piece of `picture(cells)` a bit lies in."""
        return bisect_right(self._edges(cells), position >> 3) - 1

    def _edges(self, cells: int) -> list[int]:
        size = len(self._bits)
        cells = min(cells, size)
        return [cell * size // cells for cell in range(cells + 1)]
