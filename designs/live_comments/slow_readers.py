"""Viewers with a poor line: they read at a pace of their own, from a buffer or, while behind, from the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from designs.live_comments.viewers import UNKNOWN, SlowReader
from sdlab.lab import Unavailable

if TYPE_CHECKING:
    from designs.live_comments.hub import Hub

MAX_SLOW = 100
SLOW_BACK_AFTER = 1.0


class SlowReaders:
    """All of them; at most `MAX_SLOW` are here at a time, and the first to come is the first to go."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._here: dict[int, SlowReader] = {}

    def __len__(self) -> int:
        return len(self._here)

    def __iter__(self) -> Iterator[SlowReader]:
        return iter(list(self._here.values()))

    def come(self, stream: str, count: int, *, pace: float) -> None:
        """So many come who read `pace` comments per second."""
        for _ in range(count):
            if len(self._here) >= MAX_SLOW:
                self._hub.part(self._here.pop(next(iter(self._here))))
            one = SlowReader(next(self._hub.arrivals), stream, limit=self._hub.config().buffer, pace=pace)
            self._hub.viewers[one.id] = self._here[one.id] = one

    def leave(self) -> None:
        """All of them go."""
        for one in self:
            self._hub.part(one)
            one.empty()
        self._here.clear()

    def lost(self, one: SlowReader) -> None:
        """Its connection broke, or was ended: it comes back a little later, and reads on from the log."""
        one.behind, one.back_at = True, self._hub.now() + SLOW_BACK_AFTER

    async def read(self, seconds: float) -> None:
        """So much time has passed: each reads what it can in it."""
        for one in self:
            one.allowance = min(one.allowance + one.pace * seconds, max(1.0, one.pace))
            if one.server:
                while one.waiting and one.allowance >= 1:
                    one.allowance -= 1
                    event = one.pop()
                    self._hub.truth.saw(one, event.seq, by=one.server)
            elif self._hub.now() >= one.back_at:
                with suppress(Unavailable, RedisError):
                    await self._read_behind(one)

    async def _read_behind(self, one: SlowReader) -> None:
        """Read on from the log; once at its end, get a server again."""
        hub = self._hub
        if one.seen == UNKNOWN:
            one.seen = await hub.tail(one.stream)
        while one.allowance >= 1 and one.seen < await hub.tail(one.stream) and hub.resumes:
            events = await hub.after(one.stream, one.seen, limit=int(one.allowance))
            if not events:
                break
            for event in events:
                one.allowance -= 1
                hub.truth.saw(one, event.seq, by="the log")
        if hub.pushes and (one.seen >= await hub.tail(one.stream) or not hub.resumes):
            await self._go_live(one)

    async def _go_live(self, one: SlowReader) -> None:
        hub = self._hub
        server = hub.route(one.stream)
        server.hold(one)
        try:
            feed = await server.feed(one.stream)
        except Unavailable:
            server.let_go(one)
            raise
        missed = feed.since(one.seen) if hub.resumes else []
        if (not feed.reaches(one.seen) and hub.resumes) or len(missed) > one.limit:
            server.let_go(one)
            return
        for event in missed:
            one.push(event)
        one.limit = hub.config().buffer
        feed.add(one)
        hub.counted.reconnects += bool(one.dropped)
