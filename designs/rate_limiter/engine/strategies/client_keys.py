"""Who calls, and by what they are counted: address, user, or API key."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Protocol

OFFICE = "198.51.100.7"
OUTSIDE = 254


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who sends requests: from one address, with one API key or several in turn."""

    name: str
    address: str
    api_keys: tuple[str, ...]

    def api_key(self, number: int) -> str:
        """The API key of this caller's request of that number."""
        return self.api_keys[number % len(self.api_keys)]


CAST = {
    caller.name: caller
    for caller in (
        Caller("ana", OFFICE, ("ana-1",)),
        Caller("ben", OFFICE, ("ben-1",)),
        Caller("chi", "203.0.113.20", ("chi-1",)),
        Caller("dev", "203.0.113.41", ("dev-1", "dev-2")),
        Caller("eve", OFFICE, ("eve-1",)),
    )
}


def caller_of(name: str) -> Caller:
    """A member of the cast; anybody else has a key of their own and one of 254 addresses."""
    known = CAST.get(name)
    if known is not None:
        return known
    return Caller(name, f"192.0.2.{zlib.crc32(name.encode()) % OUTSIDE + 1}", (f"{name}-1",))


class ClientKey(Protocol):
    """What one allowance belongs to."""

    label: str
    tradeoff: str

    @staticmethod
    def of(caller: Caller, number: int) -> str:
        """The key that this caller's request of that number is counted under."""
        ...


class ByUser:
    """An allowance per signed-in user."""

    label = "user"
    tradeoff = "Fair to people, however they connect; needs a sign-in before the limiter."

    @staticmethod
    def of(caller: Caller, number: int) -> str:
        return f"user:{caller.name}"


class ByApiKey:
    """An allowance per API key."""

    label = "API key"
    tradeoff = "Cheap to read off a request; whoever may make keys multiplies the allowance."

    @staticmethod
    def of(caller: Caller, number: int) -> str:
        return f"key:{caller.api_key(number)}"


class ByAddress:
    """An allowance per address."""

    label = "IP address"
    tradeoff = "Works for anonymous traffic; everybody behind one address shares one allowance."

    @staticmethod
    def of(caller: Caller, number: int) -> str:
        return f"ip:{caller.address}"


CLIENT_KEYS: dict[str, type[ClientKey]] = {"user": ByUser, "api_key": ByApiKey, "ip": ByAddress}
