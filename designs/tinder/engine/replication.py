"""How each replica of the swipes hears of what the other one was told: later, from a queue in the store.

The queue lies beside the swipes, so that a crash loses none that wait.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from designs.tinder.config import Config
from designs.tinder.engine.recent import Recent
from designs.tinder.engine.swipe_scripts import REPLICATE
from sdlab.lab import EngineContext

AT_ONCE = 500
LOOK_AGAIN_S = 0.02
ARRIVALS_KEPT = 4000


@dataclass(frozen=True, slots=True)
class Arrival:
    """A swipe that has come to the other replica: when it was made, and how long it was on its way."""

    at: float
    lag_ms: float


class Replication:
    """Carries swipes to the other replica when their delay is over.

    `behind` are the swipes that wait, by the replica that has them; `arrivals` the newest that came,
    by pair. `under_way` are, per person, those swiped whom one of the replicas may not know yet.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._carry = context.room.redis.register_script(REPLICATE)
        self._waiting = asyncio.Event()
        self.behind = [0, 0]
        self.lag_ms = 0.0
        self.under_way: dict[int, set[int]] = {}
        self.arrivals: Recent[tuple[int, int], Arrival] = Recent(ARRIVALS_KEPT)

    async def open(self) -> None:
        """What waits from before goes over now."""
        for replica in (0, 1):
            while await self._move(replica, until=1e15):
                pass

    def begins(self, me: int, them: int) -> bool:
        """A swipe is to be written; false for one that was under way before."""
        some = self.under_way.setdefault(me, set())
        fresh = them not in some
        some.add(them)
        return fresh

    def over(self, me: int, them: int) -> None:
        """Both replicas know that swipe, or it was not written at all."""
        some = self.under_way.get(me)
        if some is not None:
            some.discard(them)
            if not some:
                del self.under_way[me]

    def wake(self) -> None:
        """A swipe was written."""
        self._waiting.set()

    async def run(self) -> None:
        """Ends only when cancelled."""
        clock = self._context.clock
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            due = clock.time() - self._context.config.replication_ms / 1000
            moved = [await self._move(replica, until=due) for replica in (0, 1)]
            if any(self.behind):
                self._waiting.set()
                await clock.sleep(0.0 if max(moved) == AT_ONCE else LOOK_AGAIN_S)

    async def _move(self, replica: int, *, until: float) -> int:
        prefix = self._context.room.key("")
        waiting, moved = await self._carry(keys=[prefix], args=[replica, f"{until:.4f}", AT_ONCE])
        self.behind[replica] = int(waiting)
        now = self._context.clock.time()
        for line in moved:
            at, me, them, _ = line.split(" ")
            self.lag_ms = (now - float(at)) * 1000
            self.arrivals[int(me), int(them)] = Arrival(float(at), self.lag_ms)
            self.over(int(me), int(them))
        return len(moved)
