"""The program of the lab's web: HTTP servers of all its hosts on one port of the loopback, and its name server.

A process of its own. It keeps the log of who asked which host for what and when, as hosts do; a host that is asked
sooner than it allows grows slow, then answers 503, or 429 where it is strict.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from aiohttp import web

from designs.web_crawler.engine.names import answer, asked
from designs.web_crawler.engine.small_web import (
    INSIDE,
    OWN_ADDRESS,
    PRIVATE,
    REBINDING,
    Answer,
    Site,
    small_web,
)
from sdlab.parts.workers.peer import Handler, Peer

LOOPBACK = "127.0.0.1"
TTL_S = 60
KEPT = 50_000
BURDEN_MS = 60  # that each request above its measure costs a host
MOST_BURDEN = 8  # requests above its measure in a second, with which it answers 503
HOUSE_SLOT_MS, HOUSE_ROOM = 250, 3  # the shared house answers so many in so long
MOST_RETRY_S = 3
CHUNK = 64 * 1024
BY = "X-Fetcher"
QUIET = logging.getLogger("sdlab.web_crawler.quiet")  # that somebody went away is no error of a server
QUIET.disabled = True


@dataclass(slots=True)
class Load:
    """What a host knows of the last second, in ms."""

    last: int = 0
    early: deque[int] = field(default_factory=deque)
    slot: int = -1
    in_slot: int = 0


class WebServers:
    """All hosts of the web, told apart by the Host header."""

    def __init__(self, parent: Peer, *, seed: int, scale: int, own_clock: bool) -> None:
        self._parent, self._own_clock = parent, own_clock
        self._web = small_web(seed, scale)
        self._rng = Random(f"servers {seed}")
        self._loads: dict[str, Load] = defaultdict(Load)
        self._log: deque[tuple[int, int, str, str, int, int, str]] = deque(maxlen=KEPT)
        self._number = 0
        self._slow_ms, self._busy = 0.0, 0.0
        self.lookups = 0

    async def open(self) -> tuple[int, int]:
        """The ports of the web and of the name server."""
        loop = asyncio.get_running_loop()
        server = web.Server(self._handle, access_log=None, logger=QUIET)
        listening = await loop.create_server(server, LOOPBACK, 0, backlog=512)
        transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(self), local_addr=(LOOPBACK, 0))
        self._kept = (listening, transport)
        return listening.sockets[0].getsockname()[1], transport.get_extra_info("sockname")[1]

    async def close(self) -> None:
        """Nobody is answered any more."""
        listening, transport = self._kept
        transport.close()
        listening.close()
        await listening.wait_closed()

    # What the engine asks

    async def log(self, *, after: int, most: int) -> dict[str, Any]:
        """Requests behind a number, the oldest first."""
        behind = self._number - after
        found = list(self._log)[-behind:] if behind > 0 else []
        return {"entries": found[:most], "lookups": self.lookups}

    async def set(self, *, slow_ms: float, busy: float) -> None:
        """Faults: every answer is so much later; this share is answered by 503."""
        self._slow_ms, self._busy = slow_ms, busy

    # Requests

    async def _now(self) -> int:
        if self._own_clock:
            return int(time.time() * 1000)
        return int(await self._parent.ask("now"))

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.host.partition(":")[0].lower()
        by = request.headers.get(BY, "")
        site, now = self._web.site(host), await self._now()
        path = request.rel_url.raw_path
        said = self._web.answer(host, path, request.rel_url.raw_query_string)
        hold = self._slow_ms
        if site is not None:
            refusal, burden = self._judged(site, now)
            said = refusal or said
            hold += site.latency_ms + burden
        if said.status == 200 and request.headers.get("If-None-Match", "") == said.headers.get("ETag", "-"):
            said = Answer(304, headers=said.headers)
        self._number += 1
        self._log.append((self._number, now, host, path, said.status, int(hold), by))
        if hold and not await self._parent.ask("hold", by=by, ms=hold):
            if request.transport is not None:
                request.transport.close()
            raise ConnectionResetError("whoever asked has gone")
        return await self._sent(request, said)

    async def _sent(self, request: web.BaseRequest, said: Answer) -> web.StreamResponse:
        headers = {**said.headers, "Content-Type": said.content_type}
        if len(said.body) <= CHUNK:
            return web.Response(status=said.status, body=said.body, headers=headers)
        response = web.StreamResponse(status=said.status, headers=headers)
        await response.prepare(request)
        for at in range(0, len(said.body), CHUNK):
            await response.write(said.body[at : at + CHUNK])
        await response.write_eof()
        return response

    def _judged(self, site: Site, now: int) -> tuple[Answer | None, float]:
        """A refusal, and by how many ms it answers later, for who comes too early."""
        load = self._loads[site.host]
        early = bool(load.last) and now - load.last < site.gap_ms
        load.last = now
        while load.early and load.early[0] <= now - 1000:
            load.early.popleft()
        if early:
            load.early.append(now)
            if site.strict:
                return _later(429, max(1, round(site.gap_ms / 1000 + 0.49))), 0
            if len(load.early) > MOST_BURDEN:
                return _later(503, 1), 0
        if site.house != OWN_ADDRESS and self._house_is_full(site, now):
            return Answer(503, b"the house is full", "text/plain"), 0
        if self._busy and self._rng.random() * 100 < self._busy:
            return _later(503, 1 + self._rng.randrange(MOST_RETRY_S - 1)), 0
        return None, BURDEN_MS * len(load.early)

    def _house_is_full(self, site: Site, now: int) -> bool:
        load = self._loads[site.house]
        if now // HOUSE_SLOT_MS != load.slot:
            load.slot, load.in_slot = now // HOUSE_SLOT_MS, 0
        load.in_slot += 1
        return load.in_slot > HOUSE_ROOM

    def addresses(self, host: str) -> list[str]:
        """What the name server knows of a host; a name that is bound anew is inside a network every second time."""
        self.lookups += 1
        if host == INSIDE or (host == REBINDING and self.lookups % 2):
            return [PRIVATE]
        return [LOOPBACK] if host == REBINDING or self._web.site(host) else []


class NameServer(asyncio.DatagramProtocol):
    """Answers questions for addresses."""

    def __init__(self, servers: WebServers) -> None:
        self._servers = servers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            _, host = asked(data)
        except ValueError:
            return
        self._transport.sendto(answer(data, self._servers.addresses(host), TTL_S), addr)


def _later(status: int, seconds: int) -> Answer:
    return Answer(status, b"later", "text/plain", {"Retry-After": str(seconds)})


async def make(parent: Peer, **setup: Any) -> dict[str, Handler]:
    """What the web can be asked by the engine; the ports are told when it is open."""
    servers = WebServers(parent, **setup)
    port, names = await servers.open()

    async def ports() -> dict[str, int]:
        return {"web": port, "names": names}

    return {"ports": ports, "log": servers.log, "set": servers.set}
