"""Thousands of comments, sixty-four at a time, while servers end, readers scroll and connections come back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from designs.live_comments.engine.engine import LiveComments
from designs.live_comments.engine.streams import MAIN
from designs.live_comments.engine.viewers import UNKNOWN, WireFormat
from sdlab.lab import as_user
from tests.designs.live_comments.helpers import MakeLive

COMMENTS, AT_ONCE, VIEWERS, READERS = 3_000, 64, 40, 8
SERVERS_END_AT = (750, 1_500, 2_250)


async def talk(engine: LiveComments, *, meanwhile: Callable[[int], Awaitable[None]]) -> None:
    """Comments by `AT_ONCE` authors; `meanwhile` is called after each with its number."""
    numbers = iter(range(COMMENTS))

    async def author(name: str) -> None:
        for number in numbers:
            await as_user(f"{name} {number}", engine.comment(f"line {number}", stream_id=MAIN), by_hand=False)
            await meanwhile(number)

    await asyncio.gather(*(author(f"author {n}") for n in range(AT_ONCE)))


class Follower:
    """A real connection that always comes back with the last id that it has."""

    def __init__(self, engine: LiveComments) -> None:
        self._engine = engine
        self.seen: list[int] = []
        self.came_back = 0

    async def follow(self) -> None:
        while not self.seen or self.seen[-1] < COMMENTS:
            chunks = self._engine.listen(
                MAIN,
                WireFormat("sse", frame=lambda event: f"{event.seq} ".encode(), farewell=lambda why: b""),
                after=self.seen[-1] if self.seen else 0,
            )
            async for chunk in chunks:
                self.seen += map(int, chunk.split())
                if self.seen and self.seen[-1] == COMMENTS:
                    return
            self.came_back += 1


@pytest.mark.parametrize("pagination", ["cursor", "prefetch"])
async def test_nothing_is_lost_repeated_or_shown_twice(live: MakeLive, pagination: str) -> None:
    engine = await live(pagination=pagination, author_limit=100, buffer=512, log_kept=10_000)
    await engine.simulated.arrive(MAIN, VIEWERS)
    follower = Follower(engine)
    following = asyncio.create_task(follower.follow())
    hidden = 0

    async def meanwhile(number: int) -> None:
        nonlocal hidden
        if number % 50 == 0:
            await engine.readers.scroll(f"reader-{number // 50 % READERS}", MAIN, limit=10)
        if number % 500 == 499:
            hidden += await engine.hide(MAIN, engine.writer.tails[MAIN] - 5)
        if number in SERVERS_END_AT:
            server = engine.demo_users.users[0].server or "server-1"
            await engine.set_fault(server, "down")
            await engine.clear_fault(server)

    await talk(engine, meanwhile=meanwhile)
    await asyncio.wait_for(following, 30)
    await engine.settled()
    assert follower.seen == list(range(1, COMMENTS + 1))
    assert follower.came_back
    assert {one.seen for one in engine.connections.viewers.values()} <= {COMMENTS, UNKNOWN}
    assert hidden
    verdicts = {id: monitor.view().violations for id, monitor in engine.monitors.items()}
    assert verdicts == dict.fromkeys(engine.monitors, 0)
    assert engine.monitors["seen_once"].view().checked > COMMENTS * VIEWERS
    assert len(await engine.store.after(MAIN, COMMENTS - 100, limit=500)) == 100


async def test_by_offset_readers_are_shown_comments_twice(live: MakeLive) -> None:
    engine = await live(pagination="offset", author_limit=100)

    async def meanwhile(number: int) -> None:
        if number % 50 == 0:
            await engine.readers.scroll(f"reader-{number // 50 % READERS}", MAIN, limit=10)

    await talk(engine, meanwhile=meanwhile)
    view = engine.monitors["pages_exact"].view()
    assert view.violations > 0
    assert len(view.evidence) >= 2
    assert engine.checker.duplicates > 0
