"""What tests of live comments do again and again: write, listen, look at screens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.engine import LiveComments
from designs.live_comments.engine.streams import MAIN
from designs.live_comments.engine.viewers import WireFormat
from designs.live_comments.inside.snapshot import build_snapshot
from sdlab.lab import as_user

MakeLive = Callable[..., Awaitable[LiveComments]]


def verdict(engine: LiveComments, claim: str) -> tuple[bool, int]:
    view = engine.monitors[claim].view()
    return view.holds, view.checked


def shown(engine: LiveComments, pane: int) -> list[int]:
    return [one.seq for one in engine.demo_users.users[pane].shown]


def plain(event: Event) -> bytes:
    return f"{event.seq}\n".encode()


PLAIN = WireFormat("sse", frame=plain, farewell=lambda why: f"bye {why}".encode())


class Listener:
    """A connection that reads into a list until it is told to stop or is ended."""

    def __init__(self, engine: LiveComments, *, after: int | None = None, stream: str = MAIN) -> None:
        self.seen: list[int] = []
        self.farewell = ""
        self._count = asyncio.Event()
        self._chunks = engine.listen(stream, PLAIN, after=after)
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for chunk in self._chunks:
            if chunk.startswith(b"bye"):
                self.farewell = chunk.decode()
            else:
                self.seen += [int(one) for one in chunk.split()]
            self._count.set()

    async def until(self, last: int) -> list[int]:
        while not self.seen or self.seen[-1] < last:
            self._count.clear()
            await asyncio.wait_for(self._count.wait(), 5)
        return self.seen

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self._chunks.aclose()  # type: ignore[attr-defined]


async def held(engine: LiveComments, count: int) -> None:
    """Wait until so many real connections are given what comes."""
    while build_snapshot(engine).totals.real < count:  # noqa: ASYNC110 - the place is read, and nobody announces it
        await asyncio.sleep(0)


async def say(engine: LiveComments, count: int, *, stream: str = MAIN) -> None:
    await asyncio.gather(
        *(as_user(f"author {n}", engine.comment(f"line {n}", stream_id=stream)) for n in range(count))
    )
