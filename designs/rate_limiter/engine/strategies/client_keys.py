"""Who calls, and by what they are counted: address, user, or API key."""

from __future__ import annotations

import ipaddress
import zlib
from dataclasses import dataclass
from typing import Protocol

from designs.rate_limiter.config import Config
from sdlab.lab import EngineContext

OFFICE = "198.51.100.7"
OUTSIDE = 254

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


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
    """A member of the cast; anybody else has a key of their own and one of 254 addresses.

    Who is called by an address calls from there.
    """
    known = CAST.get(name)
    if known is not None:
        return known
    if (address := address_in(name)) is not None:
        return Caller(name, str(address), (f"{name}-1",))
    return Caller(name, f"192.0.2.{zlib.crc32(name.encode()) % OUTSIDE + 1}", (f"{name}-1",))


def address_in(text: str) -> Address | None:
    """The address that a text is; one of IPv4 that is written as IPv6 is one of IPv4.

    >>> str(address_in("::ffff:192.0.2.9")), address_in("ana")
    ('192.0.2.9', None)
    """
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def network_of(address: str, *, prefix: int) -> str:
    """What an address is counted as: itself, or in IPv6 the network of `prefix` bits that it lies in.

    >>> network_of("2001:db8:1:2::7", prefix=64), network_of("192.0.2.9", prefix=64)
    ('2001:db8:1:2::/64', '192.0.2.9')
    """
    found = address_in(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, prefix), strict=False))
    return address


class ClientKey(Protocol):
    """What one allowance belongs to."""

    label: str
    tradeoff: str

    @staticmethod
    def of(context: EngineContext[Config], caller: Caller, number: int) -> str:
        """The key that this caller's request of that number is counted under; says why."""
        ...


class ByUser:
    """An allowance per signed-in user."""

    label = "user"
    tradeoff = "Fair to people, however they connect; needs a sign-in before the limiter."

    @staticmethod
    def of(context: EngineContext[Config], caller: Caller, number: int) -> str:
        context.decide(f"counted by user, as {caller.name}")
        return f"user:{caller.name}"


class ByApiKey:
    """An allowance per API key."""

    label = "API key"
    tradeoff = "Cheap to read off a request; whoever may make keys multiplies the allowance."

    @staticmethod
    def of(context: EngineContext[Config], caller: Caller, number: int) -> str:
        key = caller.api_key(number)
        context.decide(f"counted by API key, as {key}")
        return f"key:{key}"


class ByAddress:
    """An allowance per address."""

    label = "IP address"
    tradeoff = (
        "Works for anonymous traffic; everybody behind one address shares one allowance. "
        "IPv6 goes by network, since whoever has one address has billions."
    )

    @staticmethod
    def of(context: EngineContext[Config], caller: Caller, number: int) -> str:
        network = network_of(caller.address, prefix=context.config.ipv6_prefix)
        context.decide(f"counted by address, as {network}")
        return f"ip:{network}"


CLIENT_KEYS: dict[str, type[ClientKey]] = {"user": ByUser, "api_key": ByApiKey, "ip": ByAddress}
