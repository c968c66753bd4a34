"""Who calls, and by what they are counted: address, user, or API key."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Protocol

OFFICE = "198.51.100.7"
OUTSIDE = 254


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who sends requests: from one address, with one API key or several in turn."""

    name: str
    address: str
    keys: tuple[str, ...]

    def key(self, number: int) -> str:
        """The API key of this person's request of that number."""
        return self.keys[number % len(self.keys)]


CAST = {
    person.name: person
    for person in (
        Person("ana", OFFICE, ("ana-1",)),
        Person("ben", OFFICE, ("ben-1",)),
        Person("chi", "203.0.113.20", ("chi-1",)),
        Person("dev", "203.0.113.41", ("dev-1", "dev-2")),
        Person("eve", OFFICE, ("eve-1",)),
    )
}


def person(name: str) -> Person:
    """A member of the cast; anybody else has a key of their own and one of 254 addresses."""
    known = CAST.get(name)
    if known is not None:
        return known
    return Person(name, f"192.0.2.{zlib.crc32(name.encode()) % OUTSIDE + 1}", (f"{name}-1",))


class ClientKey(Protocol):
    """What one allowance belongs to."""

    label: str
    tradeoff: str

    @staticmethod
    def of(who: Person, number: int) -> str:
        """The key that this person's request of that number is counted under."""
        ...


class ByUser:
    """An allowance per signed-in user."""

    label = "user"
    tradeoff = "Fair to people, however they connect; needs a sign-in before the limiter."

    @staticmethod
    def of(who: Person, number: int) -> str:
        return f"user:{who.name}"


class ByApiKey:
    """An allowance per API key."""

    label = "API key"
    tradeoff = "Cheap to read off a request; whoever may make keys multiplies the allowance."

    @staticmethod
    def of(who: Person, number: int) -> str:
        return f"key:{who.key(number)}"


class ByAddress:
    """An allowance per address."""

    label = "IP address"
    tradeoff = "Works for anonymous traffic; everybody behind one address shares one allowance."

    @staticmethod
    def of(who: Person, number: int) -> str:
        return f"ip:{who.address}"


CLIENT_KEYS: dict[str, type[ClientKey]] = {"user": ByUser, "api_key": ByApiKey, "ip": ByAddress}
