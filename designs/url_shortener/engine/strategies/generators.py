"""Four ways to make a code. Each draws candidates; whether a candidate is free, the store decides."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import ClassVar, Protocol

from sdlab.blocks import base62, snowflake
from sdlab.blocks.feistel import Feistel

MD5_SIGNS = base62.width_of(128)
SNOWFLAKE_SIGNS = base62.width_of(64)


@dataclass(frozen=True, slots=True)
class Draw:
    """A candidate: the code, the number that it writes, and how it came about in words."""

    code: str
    number: int
    how: str
    source: str = ""
    raw: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """A number from an allocating service, and the node that gave it."""

    number: int
    source: str


@dataclass(frozen=True, slots=True)
class Means:
    """What generators draw with: codes of `width` signs, numbers below `space`.

    `hop` reaches the generator's own node, the others reach the services that allocate.
    """

    width: int
    space: int
    rng: Random
    next_token: Callable[[], Awaitable[Taken]]
    next_id: Callable[[], Awaitable[Taken]]
    shuffle: Feistel
    hop: Callable[[], Awaitable[None]]

    def write(self, number: int) -> str:
        """The number as a code of the configured width."""
        return base62.fixed(number, self.width)


class Generator(Protocol):
    """A way to make codes. `repeats`: the same URL gives the same candidates."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    repeats: ClassVar[bool]

    async def draw(self, url: str, *, attempt: int) -> Draw:
        """The candidate for this URL at its `attempt`-th try (0 is the first)."""
        ...


class RandomKeys(Generator):
    """Approach 1: a random number of the code space."""

    label = "Random"
    tradeoff = (
        "No service and no order to guess; every code must be checked, the more often the fuller the space."
    )
    repeats = False

    def __init__(self, means: Means) -> None:
        self._means = means

    async def draw(self, url: str, *, attempt: int) -> Draw:
        await self._means.hop()
        number = self._means.rng.randrange(self._means.space)
        return Draw(self._means.write(number), number, f"random {number:,}", raw=number)


class SnowflakeKeys(Generator):
    """Approach 2: time, machine and sequence in one number."""

    label = "Snowflake"
    tradeoff = (
        "No coordination per code; codes are 11 signs long, and from one link its neighbours are guessed."
    )
    repeats = False

    def __init__(self, means: Means) -> None:
        self._means = means

    async def draw(self, url: str, *, attempt: int) -> Draw:
        taken = await self._means.next_id()
        code = base62.fixed(taken.number, SNOWFLAKE_SIGNS)
        return Draw(code, taken.number, f"id {taken.number} of {taken.source}", taken.source, taken.number)


class Md5Keys(Generator):
    """Approach 3: the first signs of the URL's MD5 digest; a taken code is resolved by linear probing."""

    label = "MD5"
    tradeoff = "Same URL, same code, no service; who knows the URL knows its code, and cut digests collide."
    repeats = True

    def __init__(self, means: Means) -> None:
        self._means = means

    async def draw(self, url: str, *, attempt: int) -> Draw:
        await self._means.hop()
        number = (md5_number(url, self._means.width) + attempt) % self._means.space
        probe = f", probe {attempt}" if attempt else ""
        return Draw(self._means.write(number), number, f"MD5 {md5_hex(url)[:8]}…{probe}", raw=attempt)


class TokenRangeKeys(Generator):
    """Approach 4: servers walk leased ranges of a counter; a keyed shuffle hides the order."""

    label = "Token range"
    tradeoff = "Unique without a check per code; needs a counter, and a dead server loses its range."
    repeats = False

    def __init__(self, means: Means) -> None:
        self._means = means

    async def draw(self, url: str, *, attempt: int) -> Draw:
        taken = await self._means.next_token()
        number = self._means.shuffle.scramble(taken.number)
        how = f"token {taken.number:,} of {taken.source}"
        return Draw(self._means.write(number), number, how, taken.source, taken.number)


def md5_hex(url: str) -> str:
    """The digest of a URL, 32 hexadecimal signs."""
    return hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()


def md5_number(url: str, signs: int) -> int:
    """The number written by the first `signs` of the 22 base62 signs of the digest."""
    return base62.decode(base62.fixed(int(md5_hex(url), 16), MD5_SIGNS)[:signs])


def md5_space(signs: int) -> int:
    """How many different codes the first `signs` signs can make.

    2^128 is only 7.8 × 62^21, so the first sign is one of 8 and not of 62.

    >>> md5_space(1), 62**7 // md5_space(7)
    (8, 7)
    """
    return int(((1 << 128) - 1) // base62.BASE ** (MD5_SIGNS - signs)) + 1


def fields_of(number: int) -> snowflake.Fields:
    """What anybody can read from a Snowflake code's number."""
    return snowflake.split(number)


GENERATORS: dict[str, type[RandomKeys | SnowflakeKeys | Md5Keys | TokenRangeKeys]] = {
    "random": RandomKeys,
    "snowflake": SnowflakeKeys,
    "md5": Md5Keys,
    "token_range": TokenRangeKeys,
}
