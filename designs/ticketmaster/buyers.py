"""A crowd of buyers over HTTP, in a process of its own: `buyers URL ROOM COUNT ATTEMPTS SEATS`.

COUNT connections try ATTEMPTS times each to hold up to four of SEATS seats of the popular event,
and pay for what they get. What came back is printed as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

ROWS, PER_ROW = "ABCDEFGHIJ", 20
AT_ONCE = 100
BASE = "/api/ticketmaster"


@dataclass(slots=True)
class Crowd:
    """What all of them got. Latencies are those of attempts to hold, in seconds."""

    host: str
    port: int
    room: str
    seats: list[str]
    statuses: Counter[int] = field(default_factory=Counter)
    bought: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)


class Buyer:
    """One connection that is kept, with at most one request under way."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self._crowd, self._chance, self._name = crowd, Random(number), f"b{number}"

    async def connect(self) -> None:
        """Open the connection."""
        self._reader, self._writer = await asyncio.open_connection(self._crowd.host, self._crowd.port)

    async def shop(self, attempts: int) -> None:
        """Try to hold again and again; pay for each hold."""
        for _ in range(attempts):
            seats = self._chance.sample(self._crowd.seats, self._chance.randint(1, 4))
            began = time.perf_counter()
            status, held = await self._post("/holds", {"event_id": "e1", "seats": seats})
            self._crowd.latencies.append(time.perf_counter() - began)
            self._crowd.statuses[status] += 1
            if status == 201:
                paid, ticket = await self._post("/bookings", {"hold_id": held["hold_id"]})
                if paid == 201:
                    self._crowd.bought += ticket["seats"]
        self._writer.close()

    async def _post(self, path: str, body: dict[str, object]) -> tuple[int, dict[str, Any]]:
        data, crowd = json.dumps(body).encode(), self._crowd
        head = (
            f"POST {BASE}{path} HTTP/1.1\r\nHost: {crowd.host}\r\nContent-Type: application/json\r\n"
            f"X-SDLab-Room: {crowd.room}\r\nX-SDLab-User: {self._name}\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        self._writer.write(head.encode() + data)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(answer[9:12]), json.loads(await self._reader.readexactly(length))


async def onsale(url: str, room: str, count: int, attempts: int, seats: int) -> dict[str, object]:
    """Connect all, then let all go at once."""
    address = urlsplit(url)
    hall = [f"{row}{number}" for row in ROWS for number in range(1, PER_ROW + 1)][:seats]
    crowd = Crowd(address.hostname or "", address.port or 80, room, hall)
    buyers = [Buyer(crowd, number) for number in range(count)]
    for start in range(0, count, AT_ONCE):
        await asyncio.gather(*(one.connect() for one in buyers[start : start + AT_ONCE]))
    began = time.perf_counter()
    await asyncio.gather(*(one.shop(attempts) for one in buyers))
    seconds = time.perf_counter() - began
    ordered = sorted(crowd.latencies)
    return {
        "attempts": len(ordered),
        "rate": len(ordered) / seconds,
        "p50": ordered[len(ordered) // 2] * 1000,
        "p99": ordered[int(len(ordered) * 0.99)] * 1000,
        "bought": len(crowd.bought),
        "twice": len(crowd.bought) - len(set(crowd.bought)),
        "statuses": dict(crowd.statuses),
    }


if __name__ == "__main__":
    _, where, which, *numbers = sys.argv
    print(json.dumps(asyncio.run(onsale(where, which, *map(int, numbers)))))
