"""The steps from a swipe to a match that the ways to match have in common, and the partitions per pair."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from designs.tinder.config import Config
from designs.tinder.engine.matches import Matches
from designs.tinder.engine.nodes import REPLICAS
from designs.tinder.engine.swipe_store import LIKE, PARTITIONS, Swipe, SwipeStore, home
from sdlab.lab import EngineContext
from sdlab.parts.coalescer import Coalescer

LARGEST_TURN = 64


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done for a swipe; `start` and `end` are seconds on the engine's clock.

    `kind` is what it was for those who ask for proof, `value` what was seen or written.
    """

    text: str
    start: float
    end: float
    tone: str
    kind: Literal["read", "write", "step"] = "step"
    value: str = ""


@dataclass(slots=True)
class SwipeOutcome:
    """What became of a swipe, and the steps that it took. `match` is the number of the match, 0 for none."""

    first: bool
    like: bool
    match: int
    steps: list[Step] = field(default_factory=list)


def intent(like: bool) -> str:
    """What a swipe says."""
    return "Like" if like else "Dislike"


class PairWriter:
    """Writes a swipe, and the match if both like each other, with plain reads and writes."""

    def __init__(self, context: EngineContext[Config], swipes: SwipeStore, matches: Matches) -> None:
        self._clock = context.clock
        self._swipes = swipes
        self._matches = matches

    async def likes_back(self, swipe: Swipe, replica: int) -> bool:
        """Whether the other side likes this one, as that replica knows it."""
        return (await self._swipes.entry(replica, swipe.them, swipe.me)).startswith(LIKE)

    async def write(self, swipe: Swipe, *, theirs: bool, steps: list[Step]) -> SwipeOutcome:
        """Write this side; join both when the other one is known to like it."""
        began = self._clock.time()
        written = await self._swipes.record(swipe)
        steps.append(
            Step(
                f"write {REPLICAS[home(swipe.me)]}",
                began,
                self._clock.time(),
                "selected",
                "write",
                intent(written.like),
            )
        )
        outcome = SwipeOutcome(written.first, written.like, 0, steps)
        if written.like and theirs:
            began = self._clock.time()
            outcome.match = await self._matches.join(swipe.me, swipe.them, swipe.at)
            steps.append(Step("match", began, self._clock.time(), "ok", "write", f"match {outcome.match}"))
        return outcome

    async def in_turn(self, batch: Sequence[Swipe]) -> list[SwipeOutcome]:
        """The swipes of one partition, in waves: two of the same pair are never in the same wave."""
        answers: list[SwipeOutcome] = []
        for wave in waves(batch):
            answers += await asyncio.gather(*(self._read_and_write(swipe) for swipe in wave))
        return answers

    async def _read_and_write(self, swipe: Swipe) -> SwipeOutcome:
        began = self._clock.time()
        theirs = await self.likes_back(swipe, home(swipe.them))
        found = "like" if theirs else "nothing"
        step = Step(f"read: {found}", began, self._clock.time(), "ok", "read", found)
        return await self.write(swipe, theirs=theirs, steps=[step])


class PairPartitions:
    """Partitions by pair, each with one writer; `served` counts the swipes of each."""

    def __init__(self, writer: PairWriter) -> None:
        self._queues: list[Coalescer[Swipe, SwipeOutcome]] = [
            Coalescer(writer.in_turn, largest=LARGEST_TURN) for _ in range(PARTITIONS)
        ]
        self.served = [0] * PARTITIONS

    async def close(self) -> None:
        """Stop the partitions."""
        for queue in self._queues:
            await queue.close()

    async def ask(self, partition: int, swipe: Swipe) -> SwipeOutcome:
        """Wait for the swipe's turn in its partition."""
        outcome = await self._queues[partition].ask(swipe)
        self.served[partition] += 1
        return outcome


def pair_partition(swipe: Swipe) -> int:
    """The partition that both directions of a pair belong to."""
    low, high = sorted((swipe.me, swipe.them))
    return (low * 2_654_435_761 + high * 40_503 >> 9) % PARTITIONS


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
