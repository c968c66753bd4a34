"""Which addresses a server may connect to for somebody else: those of the public Internet, and no others.

A name is resolved, all of its addresses are checked, and the connection goes to one that was checked, so that a
name which changes in between leads nowhere else (DNS rebinding):
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable

Resolve = Callable[[str, int], Awaitable[list[str]]]


class Refused(Exception):
    """This host must not be called; the text says why."""


def check_address(address: str) -> str:
    """The address, where it is one of the public Internet. `Refused` for private, loopback, link-local and the like.

    >>> check_address("93.184.215.14")
    '93.184.215.14'
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        found = inner or found
    if not found.is_global or found.is_multicast or found.is_reserved:
        raise Refused(f"{address} is no address of the public Internet")
    return address


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    return [str(one[4][0]) for one in found]
