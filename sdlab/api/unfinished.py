"""Cuts off whoever sends a message that does not end.

The server puts a message of a socket together before the application sees any of it, up to 64 MB
for each connection, and has no setting for that. How much has arrived is known to the system: a
connection that brought more than `MOST_UNFINISHED` bytes since its last whole message is closed.

Linux tells the number (`tcpi_bytes_received`, RFC 4898's tcpEStatsAppHCThruOctetsReceived); elsewhere
nothing is cut off, and only the number of sockets of an address bounds what it may take.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

MOST_UNFINISHED = 1024 * 1024  # bytes
LOOK_EVERY = 0.25  # seconds; in these, a fast network brings some 30 MB, over all connections together
MOST_SOUGHT = 8  # looks at all descriptors for the one of a connection; after these it is not here
DESCRIPTORS = "/proc/self/fd"
_RECEIVED = struct.Struct("=128xQ")  # of Linux's `struct tcp_info`


class Incoming:
    """One connection of a peer, and how much of what it brought has become messages."""

    def __init__(self, peer: tuple[str, int]) -> None:
        self.peer = peer
        self.descriptor = -1
        self.sought = 0
        self._told = 0
        self._heard = False

    def heard(self, text: str) -> None:
        """A whole message has come."""
        self._told += len(text.encode(errors="replace"))
        self._heard = True

    def is_endless(self, received: int) -> bool:
        """Whether too much of the `received` bytes belongs to no whole message.

        What surrounds messages adds up over days; while whole ones come, it is nobody's fault.
        """
        endless = received - self._told > MOST_UNFINISHED
        if self._heard and not endless:
            self._heard, self._told = False, received
        return endless


class Unfinished:
    """Looks at all connections that are `watched`, and only while there are any."""

    def __init__(self) -> None:
        self._watched: set[Incoming] = set()
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def watched(self, client: tuple[str, int] | None) -> Iterator[Incoming]:
        """Cut this peer off, should it not come to an end, for as long as the block runs."""
        incoming = Incoming(_plain(client or ("", 0)))
        if client is None or sys.platform != "linux":
            yield incoming
            return
        self._watched.add(incoming)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_until_none_is_left(), name="unfinished messages")
        try:
            yield incoming
        finally:
            self._watched.discard(incoming)

    async def _look_until_none_is_left(self) -> None:
        while self._watched:
            self._find([one for one in self._watched if one.descriptor < 0 and one.sought < MOST_SOUGHT])
            for one in list(self._watched):
                _look(one)
            await asyncio.sleep(LOOK_EVERY)

    def _find(self, new: list[Incoming]) -> None:
        """Which descriptor a connection has; the server that holds it does not say."""
        if not new:
            return
        wanted = {one.peer: one for one in new}
        for one in new:
            one.sought += 1
        for name in os.listdir(DESCRIPTORS):
            with suppress(OSError), _borrowed(int(name)) as connection:
                if found := wanted.get(_plain(connection.getpeername())):
                    found.descriptor = int(name)


def _look(one: Incoming) -> None:
    if one.descriptor < 0:
        return
    with suppress(OSError), _borrowed(one.descriptor) as connection:
        if _plain(connection.getpeername()) != one.peer:
            return  # closed meanwhile, and the number is another's
        (received,) = _RECEIVED.unpack(
            connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RECEIVED.size)
        )
        if one.is_endless(received):
            connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    """The connection behind a descriptor of the server's, which stays the server's."""
    copy = os.dup(descriptor)
    try:
        one = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)  # what it stands for is no socket: nobody else would close it
        raise
    with one:
        yield one


def _plain(address: Any) -> tuple[str, int]:
    """Address and port; an IPv4 address in IPv6 clothes without them."""
    if not isinstance(address, tuple) or len(address) < 2:
        return "", 0
    with suppress(ValueError):
        host = ipaddress.ip_address(str(address[0]).partition("%")[0])
        mapped = getattr(host, "ipv4_mapped", None)
        return str(mapped or host), int(address[1])
    return str(address[0]), int(address[1])
