"""How a mutual like becomes a match: three ways to look at the other side while writing one's own."""

from __future__ import annotations

from typing import Protocol

from designs.tinder.config import Config
from designs.tinder.engine.matching import (
    PairPartitions,
    PairWriter,
    Step,
    SwipeOutcome,
    intent,
    pair_partition,
)
from designs.tinder.engine.nodes import APP, MATCHER, REPLICAS
from designs.tinder.engine.swipe_store import StoredSwipe, Swipe, SwipeStore, home
from sdlab.lab import EngineContext


class Matching(Protocol):
    """Writes a swipe and finds out whether it is a match. `checks`: the store looks while it writes."""

    label: str
    tradeoff: str
    checks: bool

    async def swipe(self, swipe: Swipe) -> SwipeOutcome: ...


class _Matching:
    def __init__(
        self,
        context: EngineContext[Config],
        swipes: SwipeStore,
        writer: PairWriter,
        partitions: PairPartitions,
    ) -> None:
        self._context = context
        self._swipes = swipes
        self._writer = writer
        self._partitions = partitions


class ReadThenWrite(_Matching):
    """Read the other side at one's own replica, then write."""

    label = "read, then write"
    tradeoff = (
        "Plain reads and writes, always available; a like that is on its way between replicas is not seen."
    )
    checks = False

    async def swipe(self, swipe: Swipe) -> SwipeOutcome:
        """Two steps, and anything may happen between them."""
        replica = home(swipe.me)
        name, node = REPLICAS[replica], self._context.node(REPLICAS[replica])
        self._context.node(MATCHER).touch("read then write", "ok", source=APP)
        began = self._context.clock.time()
        theirs = await node.call("read", lambda: self._writer.likes_back(swipe, replica), source=MATCHER)
        ended = self._context.clock.time()
        found = "like" if theirs else "nothing"
        self._context.decide(f"{name} says {found} of the other side, and is not asked again after the write")
        steps = [Step(f"read {name}: {found}", began, ended, "ok" if theirs else "miss", "read", found)]
        return await node.call(
            "write", lambda: self._writer.write(swipe, theirs=theirs, steps=steps), source=MATCHER
        )


class Atomic(_Matching):
    """One script writes this side and reads the other one."""

    label = "atomic in Redis"
    tradeoff = "No gap between write and look; both people's swipes must lie where one script reaches them."
    checks = True

    async def swipe(self, swipe: Swipe) -> SwipeOutcome:
        """One step."""
        node = self._context.node(REPLICAS[home(swipe.me)])
        began = self._context.clock.time()

        async def work() -> StoredSwipe:
            return await node.call("write", lambda: self._swipes.record(swipe), source=MATCHER)

        stored = await self._context.node(MATCHER).call("script", work, source=APP)
        if not stored.first:
            self._context.decide(
                "HSETNX found an earlier swipe: nothing was written, what stands was looked at"
            )
        elif stored.match:
            self._context.decide("the script wrote, found the other like at its home, and made the match")
        else:
            self._context.decide("the script wrote, and found no like of the other side")
        text = "write and look: match" if stored.match else "write and look"
        tone, value = ("ok", f"match {stored.match}") if stored.match else ("selected", intent(stored.like))
        step = Step(text, began, self._context.clock.time(), tone, "write", value)
        return SwipeOutcome(stored.first, stored.like, stored.match, [step])


class PairPartition(_Matching):
    """Both directions of a pair go to one partition, which has one writer."""

    label = "partition per pair"
    tradeoff = "Needs no script and no lock; a partition works through its swipes one after the other."
    checks = False

    async def swipe(self, swipe: Swipe) -> SwipeOutcome:
        """Wait for one's turn at the partition."""
        number = pair_partition(swipe)
        node = self._context.node(REPLICAS[home(swipe.me)])
        began = self._context.clock.time()
        self._context.decide(f"the pair belongs to partition {number}, whose one writer takes its turn")

        async def work() -> SwipeOutcome:
            return await node.call("turn", lambda: self._partitions.ask(number, swipe), source=MATCHER)

        outcome = await self._context.node(MATCHER).call("partition", work, source=APP)
        waited = Step(f"wait for {number}", began, outcome.steps[0].start, "none")
        return SwipeOutcome(outcome.first, outcome.like, outcome.match, [waited, *outcome.steps])


MATCHERS: dict[str, type[ReadThenWrite | Atomic | PairPartition]] = {
    "replicas": ReadThenWrite,
    "atomic": Atomic,
    "pair": PairPartition,
}
