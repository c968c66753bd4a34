"""Names of hosts to addresses, for a fetcher: the lab's web by its own name server, others only where an operator allows it.

Every address is checked, also after a redirect and when a name is resolved anew, and the connection goes to the one that
was checked.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from designs.web_crawler.engine.names import answered, question
from sdlab.parts.public_address import Refused, Resolve, check_address, resolve

LOOPBACK = "127.0.0.1"
ANSWER_WITHIN_S = 3.0
KEPT = 2_000


class _Line(asyncio.DatagramProtocol):
    """Questions to the name server that wait for their answers, by number."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[tuple[list[str], int]]] = {}

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            number, addresses, ttl = answered(data)
        except ValueError:
            return
        waits = self.waiting.get(number)
        if waits is not None and not waits.done():
            waits.set_result((addresses, ttl))


class CheckedResolver(AbstractResolver):
    """`now_ms` and `ttl_ms` are told with each fetch; 0 remembers nothing."""

    def __init__(
        self,
        *,
        hosts: frozenset[str],
        allowed: frozenset[str],
        web: int,
        names: int,
        lookup: Resolve = resolve,
    ) -> None:
        self._hosts, self._allowed, self._web, self._names = hosts, allowed, web, names
        self._lookup = lookup
        self._line: _Line | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._numbers = itertools.cycle(range(1, 65_536))
        self._known: dict[str, tuple[list[str], int]] = {}
        self.now_ms = self.ttl_ms = 0
        self.hits = self.lookups = self.again = 0
        self._ever: set[str] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Where that host is. `Refused` when it must not be asked."""
        ours = host in self._hosts
        if not ours and host not in self._allowed:
            raise Refused(f"{host} is not of the lab's own web")
        known = self._known.get(host)
        if known is not None and self.now_ms < known[1]:
            self.hits += 1
            addresses = known[0]
        else:
            self.lookups += 1
            addresses = await (self._asked(host) if ours else self._outside(host, port))
            self.again += host in self._ever
            if len(self._ever) < KEPT:
                self._ever.add(host)
            if self.ttl_ms:
                self._remember(host, addresses)
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=self._web if ours else port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in addresses
        ]

    def _remember(self, host: str, addresses: list[str]) -> None:
        while len(self._known) >= KEPT:
            del self._known[next(iter(self._known))]
        self._known[host] = (addresses, self.now_ms + self.ttl_ms)

    async def _asked(self, host: str) -> list[str]:
        """Of the lab's web: it lies on this machine, and a name of it that leads elsewhere leads nowhere."""
        if self._transport is None:
            loop = asyncio.get_running_loop()
            self._transport, self._line = await loop.create_datagram_endpoint(
                _Line, remote_addr=(LOOPBACK, self._names)
            )
        assert self._line is not None
        number = next(self._numbers)
        waits = self._line.waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._transport.sendto(question(number, host))
            addresses, _ = await asyncio.wait_for(waits, ANSWER_WITHIN_S)
        finally:
            del self._line.waiting[number]
        if not addresses:
            raise OSError(f"there is no host {host}")
        for one in addresses:
            if one != LOOPBACK:
                raise Refused(f"{host} leads to {one}, which is not where this web is")
        return addresses

    async def _outside(self, host: str, port: int) -> list[str]:
        return [check_address(one) for one in await self._lookup(host, port)]

    def told(self) -> tuple[int, int, int]:
        """How often names were remembered, asked for, and asked for again, since this was asked the last time."""
        found = self.hits, self.lookups, self.again
        self.hits = self.lookups = self.again = 0
        return found

    async def close(self) -> None:
        """Let go of the line."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
