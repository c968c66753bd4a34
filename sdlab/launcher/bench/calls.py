"""What a call costs on its way in, and what many rooms cost together."""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import aiohttp
import psutil

from sdlab.launcher.bench.bare import bare_server
from sdlab.launcher.bench.harness import quantile
from sdlab.launcher.bench.load import Load, play, request
from sdlab.launcher.bench.result import Result

if TYPE_CHECKING:
    from sdlab.launcher.bench.measures import Subject

NOOP = "/api/bench/noop"
CREATE = "/api/url-shortener/shorturl/generate"
ROUNDS = 5
SECONDS = 1.5
CALLERS = 8
ROOMS, VIEWERS_PER_ROOM, CROWD_SECONDS = 50, 6, 60.0


def calls(subject: Subject) -> Iterator[Result]:
    """No-op against a bare application, create against no-op, and each lab's first verb against no-op."""
    nothing = request(subject.url, NOOP)
    numbers = itertools.count()
    room = subject.new_room()

    def create() -> bytes:
        body = {"url": f"https://bench.example/call/{next(numbers)}"}
        return request(subject.url, CREATE, method="POST", room=room, body=body)

    with bare_server() as bare:
        bare_nothing = request(bare, NOOP)
        rounds = [
            (
                _play(bare, lambda: bare_nothing).rate(204),
                _play(subject.url, lambda: nothing).rate(204),
                _play(subject.url, create).rate(200),
            )
            for _ in range(ROUNDS)
        ]
    bares, noops, creates = (statistics.median(column) for column in zip(*rounds, strict=True))
    yield Result(
        "no-op / bare route",
        statistics.median(noop / bare for bare, noop, _ in rounds),
        "x",
        bar=0.6,
        at_least=True,
        detail=f"{noops:,.0f}/s against {bares:,.0f}/s",
    )
    yield Result(
        "create / no-op",
        statistics.median(made / noop for _, noop, made in rounds),
        "x",
        bar=0.4,
        at_least=True,
        detail=f"{creates:,.0f}/s against {noops:,.0f}/s",
    )
    for path, body in sorted(_main_verbs(subject).items()):
        verb = request(subject.url, path, method="POST", room=room, body=body)
        load = _play(subject.url, lambda verb=verb: verb)  # type: ignore[misc]
        answered = sum(load.statuses.values()) / load.seconds
        yield Result(f"POST {path}", answered / noops, "x no-op", detail=f"answers {load.others}")


def _play(url: str, make: Callable[[], bytes]) -> Load:
    return asyncio.run(play(url, make, seconds=SECONDS, connections=CALLERS))


def _main_verbs(subject: Subject) -> dict[str, Any]:
    """The first call of each lab that changes something and needs nothing in its path, with its example."""
    schema = subject.call("GET", "/openapi.json")
    labs = {one["slug"] for one in subject.call("GET", "/api/labs")}
    found: dict[str, Any] = {}
    for path, operations in schema["paths"].items():
        slug = path.split("/")[2] if path.startswith("/api/") else ""
        if slug in labs and "post" in operations and "{" not in path:
            labs.discard(slug)
            found[path] = _example(schema, operations["post"])
    return found


def _example(schema: dict[str, Any], operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    named = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    model = schema["components"]["schemas"].get(named, {})
    return content.get("example") or next(iter(model.get("examples", [])), {})


def crowd(subject: Subject) -> Iterator[Result]:
    """Fifty rooms of six viewers with one operation a second in each: verbs, frames, memory."""
    rooms = [subject.new_room() for _ in range(ROOMS)]
    took, frames, grown = asyncio.run(_crowd(subject, rooms))
    yield Result("verb in a crowd, p95", quantile(took, 0.95), "ms", bar=250, detail=f"{len(took)} verbs")
    yield Result("frames of each viewer", frames, "/s", bar=4, at_least=True)
    yield Result("memory after the first quarter", grown, "MB more", bar=50)


async def _crowd(subject: Subject, rooms: list[str]) -> tuple[list[float], float, float]:
    took: list[float] = []
    frames = itertools.count()
    until = time.monotonic() + CROWD_SECONDS
    server = psutil.Process(subject.server.process.pid)
    async with aiohttp.ClientSession(subject.url, connector=aiohttp.TCPConnector(limit=0)) as session:
        watching = [
            asyncio.create_task(_watch(session, room, frames))
            for room in rooms
            for _ in range(VIEWERS_PER_ROOM)
        ]
        acting = [asyncio.create_task(_act(session, room, took, until)) for room in rooms]
        await asyncio.sleep(CROWD_SECONDS / 4)
        first, began = next(frames), time.monotonic()
        before = _memory(server)
        await asyncio.gather(*acting)
        rate = (next(frames) - first) / (time.monotonic() - began) / len(watching)
        after = _memory(server)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return took, rate, after - before


async def _watch(session: aiohttp.ClientSession, room: str, frames: Iterator[int]) -> None:
    async with session.ws_connect(f"/api/live?lab=url-shortener&room={room}", max_msg_size=0) as socket:
        async for _ in socket:
            next(frames)


async def _act(session: aiohttp.ClientSession, room: str, took: list[float], until: float) -> None:
    number = 0
    while time.monotonic() < until:
        began = time.perf_counter()
        body = json.dumps({"url": f"https://bench.example/{room}/{number}"})
        headers = {"X-SDLab-Room": room, "Content-Type": "application/json"}
        async with session.post(CREATE, data=body, headers=headers) as answer:
            answer.raise_for_status()
        took.append((time.perf_counter() - began) * 1000)
        number += 1
        await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - began)))


def _memory(server: psutil.Process) -> float:
    """MB of all processes of the server."""
    return float(sum(one.memory_info().rss for one in [server, *server.children(recursive=True)])) / 1e6
