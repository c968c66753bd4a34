"""SimHash: a fingerprint of a text that changes in few bits when the text changes a little.

Moses S. Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002; used for web pages by
Manku, Jain and Das Sarma, "Detecting near-duplicates for web crawling", WWW 2007.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

BITS = 64
SHINGLE = 3
_WORD = re.compile(r"\w+")
_WIDTH = 32  # bits of a sum: more than any text has features
_FULL = (1 << _WIDTH) - 1
_SPREAD = [sum((byte >> bit & 1) << _WIDTH * bit for bit in range(8)) for byte in range(256)]


def shingles(text: str, size: int = SHINGLE) -> list[str]:
    """Runs of `size` words that follow each other, in lower case; the whole text where it is shorter.

    >>> shingles("The quick brown fox", 3)
    ['the quick brown', 'quick brown fox']
    """
    words = _WORD.findall(text.lower())
    if len(words) <= size:
        return [" ".join(words)] if words else []
    return [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]


def simhash(features: Iterable[str]) -> int:
    """64 bits: each is the majority, over all features, of that bit of their hashes. No features give 0.

    >>> simhash([])
    0
    """
    counts = Counter(features)
    sums = [0] * (BITS // 8)  # of each byte of the hashes, eight sums side by side in one number
    for feature, weight in counts.items():
        for at, byte in enumerate(hashlib.blake2b(feature.encode(), digest_size=8).digest()):
            sums[at] += weight * _SPREAD[byte]
    half, found = counts.total() / 2, 0
    for packed in sums:
        for bit in reversed(range(8)):
            found = found << 1 | ((packed >> _WIDTH * bit & _FULL) > half)
    return found


def distance(one: int, other: int) -> int:
    """In how many bits two fingerprints differ.

    >>> distance(0b1011, 0b0010)
    2
    """
    return (one ^ other).bit_count()


def bands(fingerprint: int, count: int) -> tuple[int, ...]:
    """The fingerprint in `count` pieces, with their number in front: two that differ in less than `count` bits share one.

    >>> [hex(one) for one in bands(0x1234_5678_9ABC_DEF0, 4)]
    ['0xdef0', '0x100000000000009abc', '0x200000000000005678', '0x300000000000001234']
    """
    width = BITS // count
    mask = (1 << width) - 1
    return tuple(at << 68 | (fingerprint >> at * width & mask) for at in range(count))


class NearIndex:
    """Fingerprints by their bands. `near` finds every one within `within` bits, and no other."""

    def __init__(self, within: int) -> None:
        if not 0 <= within < BITS // 2:
            raise ValueError("within is from 0 to 31 bits")
        self.within = within
        self._count = max(1, within + 1)
        self._bands: dict[int, list[tuple[int, str]]] = {}
        self.compared = 0

    def add(self, fingerprint: int, name: str) -> None:
        """Remember it under a name."""
        for band in bands(fingerprint, self._count):
            self._bands.setdefault(band, []).append((fingerprint, name))

    def near(self, fingerprint: int) -> str | None:
        """The name of the nearest one that was added, within `within` bits; of equals the first."""
        best: tuple[int, str] | None = None
        for band in bands(fingerprint, self._count):
            for other, name in self._bands.get(band, ()):
                self.compared += 1
                apart = distance(fingerprint, other)
                if apart <= self.within and (best is None or apart < best[0]):
                    best = (apart, name)
        return best[1] if best else None


def nearest(fingerprint: int, others: Sequence[tuple[int, str]], within: int) -> str | None:
    """The same by comparing with each, for tests and for small sets."""
    found = [
        (distance(fingerprint, one), at, name)
        for at, (one, name) in enumerate(others)
        if distance(fingerprint, one) <= within
    ]
    return min(found)[2] if found else None
