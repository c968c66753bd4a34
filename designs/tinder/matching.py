"""How a mutual like becomes a match: three ways to look at the other side while writing one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from designs.tinder.config import APP, MATCHER, REPLICAS
from designs.tinder.swipes import PARTITIONS, Recorded, Swipe, Swipes, home
from sdlab.lab import Clock, Node
from sdlab.parts.coalescer import Coalescer


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done for a swipe; `start` and `end` are seconds on the engine's clock."""

    text: str
    start: float
    end: float
    tone: str


@dataclass(slots=True)
class Done:
    """What became of a swipe, and the steps that it took."""

    first: bool
    like: bool
    match: int
    steps: list[Step] = field(default_factory=list)


class Registry:
    """What the ways to match have in common."""

    def __init__(self, swipes: Swipes, clock: Clock, nodes: Callable[[], Mapping[str, Node]]) -> None:
        self.swipes = swipes
        self.clock = clock
        self.nodes = nodes
        self.partitions: list[Coalescer[Swipe, Done]] = [
            Coalescer(self._one_partition, largest=64) for _ in range(PARTITIONS)
        ]
        self.served = [0] * PARTITIONS

    async def close(self) -> None:
        """Stop the partitions."""
        for one in self.partitions:
            await one.close()

    def pair_partition(self, swipe: Swipe) -> int:
        """The partition that both directions of a pair belong to."""
        low, high = sorted((swipe.me, swipe.them))
        return (low * 2_654_435_761 + high * 40_503 >> 9) % PARTITIONS

    async def _one_partition(self, batch: Sequence[Swipe]) -> list[Done]:
        """One writer, which works in waves: two swipes of the same pair are never in the same one."""
        answers: list[Done] = []
        for wave in waves(batch):
            answers += await asyncio.gather(*(self._in_turn(swipe) for swipe in wave))
        return answers

    async def _in_turn(self, swipe: Swipe) -> Done:
        began = self.clock.time()
        entry = await self.swipes.entry(home(swipe.them), swipe.them, swipe.me)
        theirs = entry.startswith("L")
        read = Step("read: like" if theirs else "read: nothing", began, self.clock.time(), "ok")
        return await write_and_join(self, swipe, theirs=theirs, steps=[read])


def waves(batch: Sequence[Swipe]) -> list[list[Swipe]]:
    """The swipes in order, cut wherever a pair comes a second time.

    >>> [len(wave) for wave in waves([Swipe(1, 2, True, 0, False), Swipe(3, 4, True, 0, False), Swipe(2, 1, True, 0, False)])]
    [2, 1]
    """
    cut: list[list[Swipe]] = [[]]
    pairs: set[tuple[int, int]] = set()
    for swipe in batch:
        pair = (min(swipe.me, swipe.them), max(swipe.me, swipe.them))
        if pair in pairs:
            cut.append([])
            pairs.clear()
        pairs.add(pair)
        cut[-1].append(swipe)
    return cut


async def write_and_join(registry: Registry, swipe: Swipe, *, theirs: bool, steps: list[Step]) -> Done:
    """Write a swipe, and the match if both like each other."""
    began = registry.clock.time()
    written = await registry.swipes.record(swipe)
    steps.append(Step(f"write {REPLICAS[home(swipe.me)]}", began, registry.clock.time(), "selected"))
    done = Done(written.first, written.like, 0, steps)
    if written.like and theirs:
        began = registry.clock.time()
        done.match = await registry.swipes.join(swipe.me, swipe.them, swipe.at)
        steps.append(Step("match", began, registry.clock.time(), "ok"))
    return done


class Approach(Protocol):
    """A way to match."""

    label: str
    tradeoff: str
    checks: bool

    async def swipe(self, registry: Registry, swipe: Swipe) -> Done:
        """Write the swipe and find out whether it is a match."""
        ...


class ReadThenWrite:
    """Read the other side at one's own replica, then write."""

    label = "read, then write"
    tradeoff = (
        "Plain reads and writes, always available; a like that is on its way between replicas is not seen."
    )
    checks = False

    async def swipe(self, registry: Registry, swipe: Swipe) -> Done:
        """Two steps, and anything may happen between them."""
        replica = home(swipe.me)
        node = registry.nodes()[REPLICAS[replica]]
        began = registry.clock.time()
        registry.nodes()[MATCHER].touch("read then write", "ok", source=APP)
        entry = await node.call(
            "read", lambda: registry.swipes.entry(replica, swipe.them, swipe.me), source=MATCHER
        )
        theirs = entry.startswith("L")
        text = f"read {REPLICAS[replica]}: {'like' if theirs else 'nothing'}"
        steps = [Step(text, began, registry.clock.time(), "ok" if theirs else "miss")]
        return await node.call(
            "write", lambda: write_and_join(registry, swipe, theirs=theirs, steps=steps), source=MATCHER
        )


class Atomic:
    """One script writes this side and reads the other one."""

    label = "atomic in Redis"
    tradeoff = "No gap between write and look; both people's swipes must lie where one script reaches them."
    checks = True

    async def swipe(self, registry: Registry, swipe: Swipe) -> Done:
        """One step."""
        replica = REPLICAS[home(swipe.me)]
        began = registry.clock.time()

        async def work() -> Recorded:
            return await registry.nodes()[replica].call(
                "write", lambda: registry.swipes.record(swipe), source=MATCHER
            )

        told = await registry.nodes()[MATCHER].call("script", work, source=APP)
        text = "write and look: match" if told.match else "write and look"
        step = Step(text, began, registry.clock.time(), "ok" if told.match else "selected")
        return Done(told.first, told.like, told.match, [step])


class PairPartition:
    """Both directions of a pair go to one partition, which has one writer."""

    label = "partition per pair"
    tradeoff = "Needs no script and no lock; a partition works through its swipes one after the other."
    checks = False

    async def swipe(self, registry: Registry, swipe: Swipe) -> Done:
        """Wait for one's turn at the partition."""
        number = registry.pair_partition(swipe)
        node = registry.nodes()[REPLICAS[home(swipe.me)]]
        began = registry.clock.time()

        async def work() -> Done:
            return await node.call("turn", lambda: registry.partitions[number].ask(swipe), source=MATCHER)

        done = await registry.nodes()[MATCHER].call("partition", work, source=APP)
        registry.served[number] += 1
        waited = Step(f"wait for {number}", began, done.steps[0].start, "none")
        return Done(done.first, done.like, done.match, [waited, *done.steps])


MATCHERS: dict[str, type[ReadThenWrite] | type[Atomic] | type[PairPartition]] = {
    "replicas": ReadThenWrite,
    "atomic": Atomic,
    "pair": PairPartition,
}
