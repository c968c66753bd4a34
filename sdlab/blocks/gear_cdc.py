"""Content-defined chunking by a gear hash: a boundary stands where the last 32 bytes say so, wherever they lie.

After W. Xia et al., "Ddelta" (2014) and "FastCDC" (USENIX ATC 2016). An insertion moves boundaries only near itself:
behind it the same bytes stand before each boundary, so that the same chunks come again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random

import numpy as np
import numpy.typing as npt

WINDOW = 32  # bytes: an older one is shifted out of the 32 bits
Hashes = npt.NDArray[np.uint32]


@cache
def gear() -> Hashes:
    """A number for each byte value, the same everywhere."""
    chance = Random("gear")
    return np.array([chance.getrandbits(32) for _ in range(256)], dtype=np.uint32)


def gear_hashes(content: bytes) -> Hashes:
    """The hash after each byte: `h = (h << 1) + gear[byte]`, in 32 bits.

    Computed for all positions together: the hash of 2 k bytes is made of two of k bytes.
    """
    hashes = gear()[np.frombuffer(content, dtype=np.uint8)]
    width = 1
    while width < WINDOW:
        longer = hashes.copy()
        longer[width:] += hashes[:-width] << np.uint32(width)
        hashes, width = longer, width * 2
    return hashes


def mask_of(average: int) -> int:
    """The topmost bits that have to be zero, so that a boundary comes every `average` bytes in the mean (a power of two).

    >>> f"{mask_of(1024):032b}".count("1")
    10
    """
    bits = max(1, average.bit_length() - 1)
    return ((1 << bits) - 1) << (WINDOW - bits)


def candidates(content: bytes, *, average: int) -> tuple[int, ...]:
    """Every position behind which the hash allows a boundary, whatever lies before its window."""
    if not content:
        return ()
    allowed = (gear_hashes(content) & np.uint32(mask_of(average))) == 0
    return tuple(int(at) + 1 for at in np.flatnonzero(allowed))


def cut(content: bytes, *, average: int) -> Iterator[tuple[int, int]]:
    """Start and end of each chunk: at least a quarter of `average`, at most four times it, the last one as it comes.

    >>> list(cut(b"abc", average=256))
    [(0, 3)]
    """
    least, most = average // 4, average * 4
    start, allowed = 0, candidates(content, average=average)
    for at in allowed:
        while at - start > most:
            yield start, start + most
            start += most
        if at - start >= least:
            yield start, at
            start = at
    while len(content) - start > most:
        yield start, start + most
        start += most
    if start < len(content):
        yield start, len(content)
