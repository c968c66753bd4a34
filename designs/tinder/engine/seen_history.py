"""Who was swiped already: the last swipes in a cache, long histories in filters, everything at the replicas."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from designs.tinder.config import Config
from designs.tinder.engine.bloom_filters import BloomFilters
from designs.tinder.engine.nodes import APP, REPLICAS
from designs.tinder.engine.recent import Recent
from designs.tinder.engine.swipe_store import SwipeStore
from sdlab.lab import EngineContext, Unavailable

MOST_REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class SeenVerdict:
    """Who counts as swiped, who of these only by the filter's word, and which replica (or `filter`) was asked."""

    swiped: frozenset[int]
    by_filter: frozenset[int] = frozenset()
    replica: str = ""


class SeenHistory:
    """What the approaches to know ask: the last swipes of everybody, and the replicas."""

    def __init__(self, context: EngineContext[Config], swipes: SwipeStore, filters: BloomFilters) -> None:
        self.swipes = swipes
        self.filters = filters
        self._context = context
        self._recent: Recent[int, deque[int]] = Recent(MOST_REMEMBERED)
        self._chance = context.room.rng("replica")

    def add(self, me: int, them: int) -> None:
        """A swipe is on its way. Known before it is written: nobody may be shown in between."""
        self.filters.add(me, them)
        last = self._recent.get(me)
        if last is None:
            last = deque(maxlen=self._context.config.recent)
        last.append(them)
        self._recent[me] = last

    def recent(self, me: int) -> frozenset[int]:
        """The last swipes of a person, as the app servers' cache has them.

        It lets go of none that one of the replicas may not know: those who ask that one would show it again.
        """
        return frozenset(self._recent.get(me, ())) | self.swipes.under_way(me)

    def latest(self, me: int, count: int) -> tuple[int, ...]:
        """The newest swipes of a person, newest first."""
        return tuple(reversed(self._recent.get(me, ())))[:count]

    def shorten(self) -> None:
        """The knob has changed: keep the newest of each."""
        for me, last in list(self._recent.items()):
            self._recent[me] = deque(last, maxlen=self._context.config.recent)

    async def ask_replica(self, me: int, them: Sequence[int]) -> SeenVerdict:
        """Ask either replica by chance, as a balancer would; the other one when that is down."""
        turn = self._chance.randrange(2)
        for number in (turn, 1 - turn):
            node = self._context.node(REPLICAS[number])
            if node.down:
                continue
            read = partial(self.swipes.entries, number, me, them)
            found = await node.call("contains", read, source=APP)
            return SeenVerdict(frozenset(found), replica=REPLICAS[number])
        raise Unavailable("no replica of the swipes answers")
