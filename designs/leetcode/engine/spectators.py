"""Those who look at the leaderboard while a contest goes on: each asks again and again, or all are told."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from designs.leetcode.config import Config
from designs.leetcode.engine.counters import Counters
from designs.leetcode.engine.leaderboard import Leader, Leaderboard
from designs.leetcode.engine.nodes import BOARD, SPECTATORS
from designs.leetcode.engine.strategies import RANKINGS, WATCHINGS
from sdlab.lab import EngineContext, amount
from sdlab.parts.bell import Bell
from sdlab.parts.connections import ResumableLog

TICK_S = 0.1
PUSH_EVERY_S = 0.2
LINGER_S = 6.0  # so long after the last submission or verdict they still look
SEEN = 20  # places that are sent


class Spectators:
    """Simulated ones read as real ones do. What is pushed stands in `log`, of which sockets send as well."""

    def __init__(self, context: EngineContext[Config], board: Leaderboard, counters: Counters) -> None:
        self._context, self._board, self._counters = context, board, counters
        self._bell = Bell()
        self._until = 0.0
        self._pushed = self._pushed_at = 0.0  # of which time what was pushed is, and when that was; ms
        self._owed = 0.0
        self._next = 0
        self._last: dict[int, float] = {}
        self.log: ResumableLog[bytes] = ResumableLog(8)

    def note(self) -> None:
        """Something goes on."""
        self._until = self._context.clock.monotonic() + LINGER_S
        self._bell.ring()

    async def present(self) -> bytes:
        """The first places as they are now, for somebody who has just come."""
        return told(await self._board.read(source=SPECTATORS, limit=SEEN, counted=False))

    async def run(self) -> None:
        """Look for as long as anything goes on."""
        heard = 0
        while True:
            await self._bell.beyond(heard)
            while self._context.clock.monotonic() < self._until:
                heard = self._bell.rings
                await self._context.clock.sleep(TICK_S)
                await self.turn(TICK_S)

    async def turn(self, passed: float) -> None:
        """What is due after so many seconds more."""
        way = WATCHINGS[self._context.config.watching]
        if way.pushed:
            await self._push()
        else:
            await self._poll(passed)

    async def _push(self) -> None:
        context, counters = self._context, self._counters
        now = context.clock.time() * 1000
        news = [at for at in counters.accepted_at if at > self._pushed]
        if not news or now - self._pushed_at < PUSH_EVERY_S * 1000 or await self._is_old():
            return
        many = context.config.spectators
        async with context.request("push", by="board", by_hand=False, kind="Push the leaderboard") as trace:
            as_of, top = await self._board.read_as_of(source=BOARD, limit=SEEN)
            text = told(top)
            self._pushed, self._pushed_at = as_of, now
            self.log.append(text)
            WATCHINGS["push"].said(context, many)
            context.node(SPECTATORS).touch(f"{len(text):,} bytes", "ok", source=BOARD)
            counters.pushes += many
            counters.sent_bytes += len(text) * many
            seen = context.clock.time() * 1000
            for at in news:
                if at <= as_of:
                    counters.delays.add(max(0.1, seen - at))
            trace.sentence = f"the leaderboard went to {amount(many, 'spectator')} at once"

    async def _is_old(self) -> bool:
        """Whether a cache would answer with what was pushed already."""
        if not RANKINGS[self._context.config.board].cached:
            return False
        found = await self._board.cached()
        return found is not None and found[0] <= self._pushed

    async def _poll(self, passed: float) -> None:
        context, counters, config = self._context, self._counters, self._context.config
        self._owed += config.spectators * passed / config.poll_s
        due, self._owed = int(self._owed), self._owed % 1
        if not due:
            return
        async with context.request(
            "poll", by="spectators", by_hand=False, kind="Poll the leaderboard"
        ) as trace:
            WATCHINGS["poll"].said(context, due)
            for _ in range(due):
                as_of, top = await self._board.read_as_of(source=SPECTATORS, limit=SEEN)
                counters.polls += 1
                counters.sent_bytes += len(told(top))
                self._saw(self._next % config.spectators, as_of)
                self._next += 1
            trace.sentence = f"{amount(due, 'spectator')} asked for the leaderboard"

    def _saw(self, who: int, as_of: int) -> None:
        """What is younger than the board that one was given is not seen yet."""
        now = self._context.clock.time() * 1000
        unseen = [at for at in self._counters.accepted_at if self._last.get(who, 0.0) < at <= as_of]
        self._last[who] = as_of
        for at in unseen[:4]:
            self._counters.delays.add(max(0.1, now - at))


def told(top: Sequence[Leader]) -> bytes:
    """The first places as they travel."""
    return orjson.dumps([{"rank": one.rank, "person": one.person, "points": one.points} for one in top])
