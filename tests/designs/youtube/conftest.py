"""YouTube at work over real stores and with real processes, on virtual time."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace

import pytest

from designs.youtube.config import Config
from designs.youtube.engine.catalogue import Video
from designs.youtube.engine.engine import Youtube
from designs.youtube.engine.traffic import signed_of
from sdlab.lab import WorkloadRunner, as_user
from sdlab.registry import design as design_of
from tests.conftest import MakeRoom

Make = Callable[..., Awaitable[Youtube]]
SETTLED = 3.0


@pytest.fixture
async def youtube(make_room: MakeRoom) -> AsyncIterator[Make]:
    """`await youtube(split="whole", ...)`: an engine at work, closed after the test."""
    opened: list[Youtube] = []

    async def make(*, room: str = "", **config: object) -> Youtube:
        place = await make_room("youtube", room=room)
        engine = Youtube(place, replace(Config(), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """As a request's body comes."""
    for start in range(0, len(content), 4096):
        yield content[start : start + 4096]


def cut_up(content: bytes, size: int) -> list[bytes]:
    return [content[n : n + size] for n in range(0, len(content), size)]


async def announced(
    engine: Youtube, content: bytes, *, size: int = 8192, by: str = "ann"
) -> tuple[Video, list[str]]:
    """Somebody's announcement of that file."""
    parts = cut_up(content, size)
    hashes = [hashlib.sha256(one).hexdigest() for one in parts]
    made = await as_user(by, engine.announce("A film", len(content), size, hashes), by_hand=False)
    return made.video, list(made.addresses)


async def send(engine: Youtube, addresses: Iterable[str], content: bytes, *, size: int = 8192) -> None:
    """Chunks to their addresses."""
    parts = cut_up(content, size)
    for address in addresses:
        signed = signed_of(address)
        await engine.put(signed, pieces(parts[int(signed.key.partition(".")[2])]))


async def play(engine: Youtube, workload: str, *, rate: float, seconds: float, seed: int = 3) -> None:
    """That traffic, and the time until all is done."""
    chosen = design_of("youtube")
    runner = WorkloadRunner(
        clock=engine.clock, perform=chosen.traffic(engine).perform, crashed=engine.crashed
    )
    runner.start(chosen.workload(workload), rate=rate, seed=seed, seconds=seconds)
    await runner.wait()
    await engine.clock.sleep(SETTLED)


def broken(engine: Youtube) -> dict[str, int]:
    """Claims that were broken, and how often."""
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}
