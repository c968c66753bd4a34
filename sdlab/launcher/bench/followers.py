"""A class of many, in a process of its own: `followers URL LAB COUNT ROUNDS`.

Prints `joined` once all are connected and follow, waits for a line, goes through beats while the leader's pen moves and
the class votes, and prints how long each follower waited for each beat and each mark, from the leader to the message.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

SETTLE = 2.0
BETWEEN_BEATS = 2.0
PEN_HZ, VOTES_HZ = 20, 30
PEN_AT = "path"
NOT_ASKED = (404, 409, 410)  # a beat has put the question away
PATIENCE = 20.0
JOINS_AT_ONCE = 20


@dataclass(slots=True)
class Crowd:
    """What has arrived: by version of the class, when each follower heard of it."""

    count: int
    heard: dict[int, list[float]] = field(default_factory=dict)
    frames: int = 0
    lost: int = 0
    votes: int = 0
    drawn: dict[int, float] = field(default_factory=dict)
    inked: list[float] = field(default_factory=list)
    fresh: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, text: str) -> None:
        """Take one message of one follower."""
        if text.startswith('{"ink"'):
            now = time.perf_counter()
            marks = json.loads(text)["ink"]
            self.inked += [
                now - self.drawn[one["stroke"]] for one in marks if one.get("stroke") in self.drawn
            ]
            return
        if not text.startswith('{"class"'):
            self.frames += 1
            return
        now = time.perf_counter()
        self.heard.setdefault(json.loads(text)["class"]["version"], []).append(now)
        self.fresh.set()

    async def until_all_heard(self, version: int) -> list[float]:
        """When each of them heard of that version."""
        while len(self.heard.get(version, ())) < self.count:
            self.fresh.clear()
            await asyncio.wait_for(self.fresh.wait(), PATIENCE)
        return self.heard[version]


async def teach(url: str, lab: str, count: int, rounds: int) -> dict[str, Any]:
    """Open a class, fill it, go through its beats."""
    unlimited = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        url, connector=unlimited, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        async with session.post("/api/rooms") as answer:
            own = {"X-SDLab-Room": (await answer.json())["room"]}
        async with session.post("/api/classes", json={"lab": lab}, headers=own) as answer:
            taught = await answer.json()
        crowd = Crowd(count)
        followers, tokens = await _fill(session, lab, taught, crowd)
        await crowd.until_all_heard(1)
        await asyncio.sleep(SETTLE)
        print("joined", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        busy = [
            asyncio.create_task(_draw(session, lab, taught, crowd)),
            asyncio.create_task(_vote(session, taught, tokens, crowd)),
        ]
        waits, calls = await _go_through(session, taught, crowd, rounds)
        for one in busy:
            one.cancel()
        failed = [
            one for one in await asyncio.gather(*busy, return_exceptions=True) if isinstance(one, Exception)
        ]
        if failed:
            raise failed[0]
        crowd.lost = sum(one.done() for one in followers)
        for one in followers:
            one.cancel()
        await asyncio.gather(*followers, return_exceptions=True)
    return {
        "p50": statistics.median(waits),
        "p95": statistics.quantiles(waits, n=20)[-1],
        "slowest": max(waits),
        "call": statistics.median(calls),
        "pen_p95": 1000 * statistics.quantiles(crowd.inked, n=20)[-1],
        "marks": len(crowd.inked),
        "votes": crowd.votes,
        "frames": crowd.frames,
        "lost": crowd.lost,
    }


async def _fill(
    session: aiohttp.ClientSession, lab: str, taught: dict[str, str], crowd: Crowd
) -> tuple[list[asyncio.Task[None]], list[str]]:
    followers: list[asyncio.Task[None]] = []
    everybody: list[str] = []
    for start in range(0, crowd.count, JOINS_AT_ONCE):
        size = min(JOINS_AT_ONCE, crowd.count - start)
        tokens = await asyncio.gather(*[_join(session, taught["code"]) for _ in range(size)])
        everybody += tokens
        followers += [
            asyncio.create_task(_follow(session, lab, taught["room"], one, crowd)) for one in tokens
        ]
    return followers, everybody


async def _join(session: aiohttp.ClientSession, code: str) -> str:
    async with session.post(f"/api/classes/{code}/join") as answer:
        token: str = (await answer.json())["follower"]
        return token


def _line(session: aiohttp.ClientSession, lab: str, room: str, role: str, token: str) -> Any:
    own = str(session._base_url.origin()) if session._base_url else ""
    headers = {"Cookie": f"sdlab_{role}_{room[:8]}={token}", "Origin": own}
    return session.ws_connect(f"/api/live?lab={lab}&room={room}", headers=headers, max_msg_size=0)


async def _draw(session: aiohttp.ClientSession, lab: str, taught: dict[str, str], crowd: Crowd) -> None:
    """The leader's pen, a piece of a stroke at a time."""
    async with _line(session, lab, taught["room"], "leader", taught["leader"]) as socket:
        hearing = asyncio.create_task(_drain(socket))
        try:
            for stroke in itertools.count(1):
                points = [[0.1, 0.1], [0.2, 0.15], [0.3, 0.1]]
                crowd.drawn[stroke] = time.perf_counter()
                await socket.send_json(
                    {"ink": {"at": PEN_AT, "stroke": stroke, "pen": True, "points": points}}
                )
                await asyncio.sleep(1 / PEN_HZ)
        finally:
            hearing.cancel()


async def _drain(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


async def _vote(
    session: aiohttp.ClientSession, taught: dict[str, str], tokens: list[str], crowd: Crowd
) -> None:
    """Follower after follower answers the question of the moment; where a beat has put it away, the leader asks anew."""
    base = f"/api/classes/{taught['room']}"
    asked = {
        "kind": "options",
        "question": "What breaks first?",
        "options": ["a store", "a worker", "a line"],
    }
    began = time.perf_counter()
    for number, token in enumerate(itertools.cycle(tokens)):
        headers = {"X-SDLab-Leader": token}
        async with session.post(f"{base}/answer", json={"value": number % 3}, headers=headers) as answer:
            crowd.votes += answer.status == 204
            lacking = answer.status in NOT_ASKED
            if not lacking:
                answer.raise_for_status()
        if lacking:
            headers = {"X-SDLab-Leader": taught["leader"]}
            async with session.post(f"{base}/question", json=asked, headers=headers) as answer:
                answer.raise_for_status()
        await asyncio.sleep(max(0.0, began + (number + 1) / VOTES_HZ - time.perf_counter()))


async def _follow(session: aiohttp.ClientSession, lab: str, room: str, token: str, crowd: Crowd) -> None:
    async with _line(session, lab, room, "follower", token) as socket:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            crowd.note(message.data)


async def _go_through(
    session: aiohttp.ClientSession, taught: dict[str, str], crowd: Crowd, rounds: int
) -> tuple[list[float], list[float]]:
    """Milliseconds from the leader's call: to each follower's message, and to the call's own answer."""
    waits: list[float] = []
    calls: list[float] = []
    headers = {"X-SDLab-Leader": taught["leader"]}
    beats = 0
    for number in range(rounds):
        body = {"beat": number % beats + 1 if beats else 1, "revealed": True}
        began = time.perf_counter()
        async with session.patch(f"/api/classes/{taught['room']}", json=body, headers=headers) as answer:
            now = await answer.json()
        calls.append(1000 * (time.perf_counter() - began))
        beats = now["beats"]
        waits += [1000 * (heard - began) for heard in await crowd.until_all_heard(now["version"])]
        await asyncio.sleep(BETWEEN_BEATS)
    return waits, calls


if __name__ == "__main__":
    server, slug, many, often = sys.argv[1:]
    print(json.dumps(asyncio.run(teach(server, slug, int(many), int(often)))), flush=True)
