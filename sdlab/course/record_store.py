"""Sends statements to one learning record store: in batches, from a bounded queue, again when it is not there.

Whoever has something to say leaves it here and goes on; what finds no place is counted and lost. A statement keeps
its id however often it is sent, and a store keeps the first: xAPI 1.0.3, part 3, section 2.1.2.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sdlab.metrics import XAPI

log = logging.getLogger("sdlab.xapi")

VERSION = "1.0.3"
MOST_WAITING = 5_000  # statements, about a kilobyte each
MOST_AT_ONCE = 50
GATHER = 1.0  # seconds in which what is said travels together
SEND_WITHIN = 5.0
MOST_TRIES = 6
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
LAST_WITHIN = 3.0  # for what still waits when the server ends

OVERTAXED = 429
CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Answer:
    """What a record store said: 0 for nothing, and after how many seconds it wants to be asked again."""

    status: int
    after: float = 0.0

    @property
    def again(self) -> bool:
        """Whether the same may be taken later."""
        return self.status in (0, OVERTAXED) or self.status >= 500


class Post(Protocol):
    """Sends a body there; never raises for what a peer or a network does."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Awaitable[Answer]: ...


class RecordStore:
    """One store, at `endpoint`, with the credentials of this server."""

    def __init__(
        self,
        endpoint: str,
        *,
        key: str = "",
        secret: str = "",
        post: Post | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._url = f"{endpoint.rstrip('/')}/statements"
        self._headers = {"Content-Type": "application/json", "X-Experience-API-Version": VERSION}
        if key:
            shown = base64.b64encode(f"{key}:{secret}".encode()).decode()
            self._headers["Authorization"] = f"Basic {shown}"
        self._post = post or post_with_aiohttp
        self._sleep, self._chance = sleep, chance
        self._waiting: deque[dict[str, Any]] = deque()
        self._said = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def tell(self, statement: dict[str, Any]) -> None:
        """Leave it to be sent; returns at once."""
        if len(self._waiting) >= MOST_WAITING:
            XAPI.labels("dropped").inc()
            return
        self._waiting.append(statement)
        self._said.set()

    @property
    def waiting(self) -> int:
        """How many are not sent yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Send what is told from now on."""
        self._task = asyncio.create_task(self._run(), name="record store")

    async def close(self) -> None:
        """Send what waits, once and for at most `LAST_WITHIN`, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            async with asyncio.timeout(LAST_WITHIN):
                while self._waiting and await self._send(self._batch(), tries=1):
                    pass
        except TimeoutError:
            pass
        XAPI.labels("dropped").inc(len(self._waiting))
        self._waiting.clear()

    async def _run(self) -> None:
        while True:
            await self._said.wait()
            self._said.clear()
            await self._sleep(GATHER)
            while self._waiting:
                await self._send(self._batch(), tries=MOST_TRIES)

    def _batch(self) -> list[dict[str, Any]]:
        """The oldest; they wait until it is known what became of them."""
        return [self._waiting[number] for number in range(min(MOST_AT_ONCE, len(self._waiting)))]

    async def _send(self, batch: list[dict[str, Any]], *, tries: int) -> bool:
        """Whether they were taken; either way they wait no more."""
        body = json.dumps(batch).encode()
        for number in range(tries):
            answer = await self._post(self._url, body, self._headers)
            if not answer.again:
                break
            if number + 1 < tries:
                await self._sleep(self._pause(number, answer.after))
        # Sent before, and the answer was lost: then it has them already.
        taken = answer.status in (200, 204) or (answer.status == CONFLICT and number > 0)
        XAPI.labels("sent" if taken else "dropped" if answer.again else "refused").inc(len(batch))
        if not taken:
            log.error("a learning record store did not take statements: %s", answer.status or "no answer")
        for _ in batch:
            self._waiting.popleft()
        return taken

    def _pause(self, number: int, asked: float) -> float:
        """Doubled each time, and never the same for all who wait."""
        pause: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2**number) * (0.5 + self._chance() / 2)
        return min(LONGEST_PAUSE, max(pause, asked))


async def post_with_aiohttp(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Within `SEND_WITHIN` seconds, to that address alone."""
    import aiohttp  # only where a store is set

    limit = aiohttp.ClientTimeout(total=SEND_WITHIN)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return Answer(answer.status, _seconds(answer.headers.get("Retry-After", "")))
    except (aiohttp.ClientError, OSError, TimeoutError):
        return Answer(0)


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0
