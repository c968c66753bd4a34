"""Labs under load: their own traffic, and writes of ours whose acknowledgement is remembered and held against them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from sdlab.lab import Design
from sdlab.launcher.errors import LauncherError

OPERATIONS = 400  # of each seed, see sdlab.api.bench
CALLERS = 2  # of each lab
WRITES_PER_SECOND = 40.0  # of all labs together: the machine is shared with what is hurt
TRAFFIC_PER_SECOND = 60.0  # of all labs together
MOST_PER_LAB = 20.0
ANSWERS_WITHIN = 5.0  # seconds of a client's patience
OPENS_WITHIN = 120.0
ASKS_WITHIN = 30.0
WARM_AFTER = 10  # writes of each lab
WARMS_UP = 6.0  # seconds more: pools, caches and processes of labs have their size
AT_ONCE = 50  # answers that are asked about together
HEALTH_EVERY = 0.1
TROUBLED = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(slots=True)
class LabLoad:
    """The load on one lab. `acknowledged` has a triple for each write: begun, answered, the answer."""

    design: Design
    seed: int = 1
    next: int = 0
    acknowledged: list[tuple[float, float, Any]] = field(default_factory=list)
    hung: int = 0

    @property
    def slug(self) -> str:
        """The lab's."""
        return self.design.slug

    def operation(self) -> dict[str, Any]:
        """The next one: the lab's workloads in turn, another seed after `OPERATIONS` of each."""
        workloads = self.design.workloads
        number, which = divmod(self.next, len(workloads))
        self.next += 1
        turn, number = divmod(number, OPERATIONS)
        return {"workload": workloads[which].id, "seed": self.seed + turn, "number": number}

    def recovered(self, since: float) -> float | None:
        """Seconds from that moment until a write that began after it was acknowledged."""
        ends = [end for begun, end, _ in self.acknowledged if begun >= since]
        return min(ends) - since if ends else None

    def during(self, since: float, until: float) -> int:
        """How many writes were acknowledged in between."""
        return sum(since <= end < until for _, end, _ in self.acknowledged)


class Load:
    """Callers of all labs in one room. Enter it; it plays while `play` runs."""

    def __init__(self, url: str, designs: Sequence[Design]) -> None:
        self.labs = [LabLoad(one) for one in designs]
        self._url = url
        self._room = ""
        self._session: aiohttp.ClientSession | None = None
        self._playing: list[asyncio.Task[None]] = []
        self._seed = 0

    async def __aenter__(self) -> Load:
        self._session = aiohttp.ClientSession(self._url, connector=aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.pause()
        assert self._session is not None
        await self._session.close()

    async def ask(
        self, method: str, path: str, body: Any = None, *, within: float = ASKS_WITHIN
    ) -> tuple[int, Any]:
        """Status and answer of a call. Raises one of `TROUBLED` when there is none."""
        assert self._session is not None
        headers = {"X-SDLab-Room": self._room} if self._room else {}
        timeout = aiohttp.ClientTimeout(total=within)
        call = self._session.request(method, path, json=body, headers=headers, timeout=timeout)
        async with call as answer:
            return answer.status, await answer.json(content_type=None)

    async def open(self) -> None:
        """A new room with all labs at work in it. `LauncherError` for a lab that does not open."""
        self._room = ""
        _, made = await self.ask("POST", "/api/rooms")
        self._room = made["room"]
        for one in self.labs:
            status, said = await self.ask("GET", f"/api/labs/{one.slug}/snapshot", within=OPENS_WITHIN)
            if status != 200:
                raise LauncherError(f"{one.slug} does not open: {said}")

    async def warm_up(self) -> None:
        """Play until every lab has acknowledged some writes one after the other: what opens has opened by then."""
        await self.start()
        until = time.monotonic() + OPENS_WITHIN
        while time.monotonic() < until and any(len(one.acknowledged) < WARM_AFTER for one in self.labs):  # noqa: ASYNC110 - as below
            await asyncio.sleep(HEALTH_EVERY)
        await asyncio.sleep(WARMS_UP)
        await self.pause()

    async def start(self) -> None:
        """Traffic of the labs' own, and our callers; what was acknowledged before is forgotten."""
        self._seed += 1
        for one in self.labs:
            one.acknowledged, one.hung, one.next, one.seed = [], 0, 0, 1000 * self._seed
            first = one.design.workloads[0]
            rate = min(first.rate, MOST_PER_LAB, TRAFFIC_PER_SECOND / len(self.labs))
            body = {"name": first.id, "rate": rate, "seed": self._seed}
            await self.ask("POST", f"/api/labs/{one.slug}/workload", body)
        pause = CALLERS / min(MOST_PER_LAB, WRITES_PER_SECOND / len(self.labs))
        self._playing = [
            asyncio.create_task(self._call(one, pause)) for one in self.labs for _ in range(CALLERS)
        ]

    async def pause(self) -> None:
        """No call of ours any more, and no traffic."""
        for one in self._playing:
            one.cancel()
        await asyncio.gather(*self._playing, return_exceptions=True)
        self._playing = []
        for lab in self.labs:
            with suppress(*TROUBLED):
                await self.ask("DELETE", f"/api/labs/{lab.slug}/workload")

    async def _call(self, lab: LabLoad, pause: float) -> None:
        while True:
            begun = time.monotonic()
            await self._write(lab, begun)
            await asyncio.sleep(max(0.02, pause - (time.monotonic() - begun)))

    async def _write(self, lab: LabLoad, begun: float) -> None:
        path = f"/api/bench/labs/{lab.slug}/perform"
        try:
            status, answer = await self.ask("POST", path, lab.operation(), within=ANSWERS_WITHIN)
        except TimeoutError:
            lab.hung += 1
            return
        except (aiohttp.ClientError, OSError, ValueError):
            return
        if status == 200:
            lab.acknowledged.append((begun, time.monotonic(), answer))

    # What came of it

    async def healthy(self, since: float, *, until: float) -> float | None:
        """Seconds from that moment until the server's health says so; None when it does not in time."""
        while (begun := time.monotonic()) < until:
            with suppress(*TROUBLED, ValueError):
                status, _ = await self.ask("GET", "/api/health", within=ANSWERS_WITHIN)
                if status == 200 and begun >= since:
                    return time.monotonic() - since
            await asyncio.sleep(HEALTH_EVERY)
        return None

    async def lost(self, lab: LabLoad) -> list[Any]:
        """The acknowledged answers that are honoured no more. `LauncherError` when that cannot be asked."""
        answers, lost = [answer for _, _, answer in lab.acknowledged], []
        for start in range(0, len(answers), AT_ONCE):
            some = answers[start : start + AT_ONCE]
            status, verdicts = await self.ask(
                "POST", f"/api/bench/labs/{lab.slug}/honours", {"answers": some}
            )
            if status != 200:
                raise LauncherError(f"{lab.slug} does not say what it honours: {verdicts}")
            lost += [answer for answer, kept in zip(some, verdicts, strict=True) if not kept]
        return lost

    async def claims(self, lab: LabLoad) -> list[Mapping[str, Any]]:
        """The lab's claims with what was checked and broken so far."""
        _, claims = await self.ask("GET", f"/api/labs/{lab.slug}/invariants")
        return list(claims)
