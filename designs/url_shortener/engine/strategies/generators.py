"""Four ways to make a code. Each draws candidates; whether a candidate is free, the store decides."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Protocol

from designs.url_shortener.engine.strategies.locks import Decide
from sdlab.blocks import base62, snowflake
from sdlab.lab import EvidenceView

MD5_CHARACTERS = base62.width_of(128)
SNOWFLAKE_CHARACTERS = base62.width_of(64)


@dataclass(frozen=True, slots=True)
class Draw:
    """A candidate: the code, the number that it writes, and how it came about in words."""

    code: str
    number: int
    how: str
    source: str = ""
    raw: int = 0
    steps: tuple[EvidenceView, ...] = ()


@dataclass(frozen=True, slots=True)
class Allocated:
    """A number from an allocating service, the name of who gave it, and how it was taken."""

    number: int
    source: str
    steps: tuple[EvidenceView, ...] = ()


class Numbers(Protocol):
    """Where numbers come from, for codes of `width` characters, of which there are `space`."""

    @property
    def width(self) -> int: ...

    @property
    def space(self) -> int: ...

    @property
    def decide(self) -> Decide: ...

    async def generator_node(self) -> None:
        """Reach the node of generators that need no service. `Unavailable` while it is down."""
        ...

    def random(self) -> int:
        """A number below `space`."""
        ...

    async def next_token(self) -> Allocated:
        """The next token of a leased range. `Unavailable` when no server can give one."""
        ...

    async def next_id(self) -> Allocated:
        """The next Snowflake id. `Unavailable` when no worker can give one."""
        ...

    def scramble(self, token: int) -> int:
        """The number below `space` that a token stands for, by a secret one-to-one mapping."""
        ...


class Generator(Protocol):
    """A way to make codes. `repeats`: the same URL gives the same candidates."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    repeats: ClassVar[bool]

    @staticmethod
    async def draw(numbers: Numbers, url: str, *, attempt: int) -> Draw:
        """The candidate for this URL at its `attempt`-th try (0 is the first)."""
        ...


class RandomKeys(Generator):
    """Approach 1: a random number of the code space."""

    label = "Random"
    tradeoff = (
        "No service and no order to guess; every code must be checked, the more often the fuller the space."
    )
    repeats = False

    @staticmethod
    async def draw(numbers: Numbers, url: str, *, attempt: int) -> Draw:
        await numbers.generator_node()
        number = numbers.random()
        numbers.decide(f"chance says {number:,} of {numbers.space:,}; whether it is free, the store knows")
        return Draw(base62.fixed(number, numbers.width), number, f"random {number:,}", raw=number)


class SnowflakeKeys(Generator):
    """Approach 2: time, machine and sequence in one number."""

    label = "Snowflake"
    tradeoff = "No coordination per code; codes are 11 characters long, and from one link its neighbours are guessed."
    repeats = False

    @staticmethod
    async def draw(numbers: Numbers, url: str, *, attempt: int) -> Draw:
        id = await numbers.next_id()
        code = base62.fixed(id.number, SNOWFLAKE_CHARACTERS)
        numbers.decide(f"time, machine and sequence make an id of 63 bits, with {id.source} in it")
        return Draw(code, id.number, f"id {id.number} of {id.source}", id.source, id.number, id.steps)


class Md5Keys(Generator):
    """Approach 3: the first characters of the URL's MD5 digest; a taken code is resolved by linear probing."""

    label = "MD5"
    tradeoff = "Same URL, same code, no service; who knows the URL knows its code, and cut digests collide."
    repeats = True

    @staticmethod
    async def draw(numbers: Numbers, url: str, *, attempt: int) -> Draw:
        await numbers.generator_node()
        number = (md5_number(url, numbers.width) + attempt) % numbers.space
        probe = f", probe {attempt}" if attempt else ""
        numbers.decide(f"the digest of the URL begins with this code{probe}: equal URLs begin alike")
        code = base62.fixed(number, numbers.width)
        return Draw(code, number, f"MD5 {md5_hex(url)[:8]}…{probe}", raw=attempt)


class TokenRangeKeys(Generator):
    """Approach 4: servers walk leased ranges of a counter; a keyed shuffle hides the order."""

    label = "Token range"
    tradeoff = "Unique without a check per code; needs a counter, and a dead server loses its range."
    repeats = False

    @staticmethod
    async def draw(numbers: Numbers, url: str, *, attempt: int) -> Draw:
        token = await numbers.next_token()
        number = numbers.scramble(token.number)
        numbers.decide(f"token {token.number:,} is shuffled to {number:,}, which no other token is")
        how = f"token {token.number:,} of {token.source}"
        code = base62.fixed(number, numbers.width)
        return Draw(code, number, how, token.source, token.number, token.steps)


def md5_hex(url: str) -> str:
    """The digest of a URL, 32 hexadecimal characters."""
    return hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()


def md5_number(url: str, characters: int) -> int:
    """The number written by the first `characters` of the 22 base62 characters of the digest."""
    return base62.decode(base62.fixed(int(md5_hex(url), 16), MD5_CHARACTERS)[:characters])


def md5_space(characters: int) -> int:
    """How many different codes the first `characters` can make.

    2^128 is only 7.8 × 62^21, so the first character is one of 8 and not of 62.

    >>> md5_space(1), 62**7 // md5_space(7)
    (8, 7)
    """
    return int(((1 << 128) - 1) // base62.BASE ** (MD5_CHARACTERS - characters)) + 1


def snowflake_fields(number: int) -> snowflake.Fields:
    """What anybody can read from a Snowflake code's number."""
    return snowflake.split(number)


GENERATORS: dict[str, type[Generator]] = {
    "random": RandomKeys,
    "snowflake": SnowflakeKeys,
    "md5": Md5Keys,
    "token_range": TokenRangeKeys,
}
