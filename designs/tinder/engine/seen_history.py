"""Who was swiped already? Three ways to know, from a question to one replica up to a filter in memory."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from designs.tinder.config import APP, BLOOM, REPLICAS, Config
from designs.tinder.engine.bloom_filters import Blooms
from designs.tinder.engine.swipe_store import Swipes
from sdlab.lab import Clock, Node, Unavailable

MOST_REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class Told:
    """Who counts as swiped, who of these only by the filter's word, and which replica was read."""

    swiped: frozenset[int]
    by_filter: frozenset[int] = frozenset()
    replica: str = ""


class Memory:
    """What the ways to know have in common: the replicas, the filters, the last swipes of everybody."""

    def __init__(
        self,
        swipes: Swipes,
        clock: Clock,
        nodes: Callable[[], Mapping[str, Node]],
        config: Callable[[], Config],
        chance: Random,
    ) -> None:
        self.swipes = swipes
        self.nodes = nodes
        self.config = config
        self.blooms = Blooms(swipes, clock, lambda: config().bloom_bits)
        self._recent: OrderedDict[int, deque[int]] = OrderedDict()
        self._chance = chance

    def note(self, me: int, them: int) -> None:
        """A swipe is on its way. Told before it is written: nobody may be shown in between."""
        self.blooms.note(me, them)
        last = self._recent.setdefault(me, deque(maxlen=self.config().recent))
        last.append(them)
        self._recent.move_to_end(me)
        while len(self._recent) > MOST_REMEMBERED:
            self._recent.popitem(last=False)

    def recent(self, me: int) -> frozenset[int]:
        """The last swipes of a person, as the app servers' cache has them."""
        return frozenset(self._recent.get(me, ()))

    def latest(self, me: int, count: int) -> tuple[int, ...]:
        """The newest swipes of a person, newest first."""
        return tuple(reversed(self._recent.get(me, ())))[:count]

    def shorten(self) -> None:
        """The knob has changed: keep the newest of each."""
        kept = self.config().recent
        self._recent = OrderedDict((me, deque(last, maxlen=kept)) for me, last in self._recent.items())

    async def at_a_replica(self, me: int, them: Sequence[int]) -> Told:
        """Ask either replica by chance, as a balancer would; the other one when that is down."""
        turn = self._chance.randrange(2)
        for number in (turn, 1 - turn):
            node = self.nodes()[REPLICAS[number]]
            if node.down:
                continue
            read = partial(self.swipes.said, number, me, them)
            found = await node.call("contains", read, source=APP)
            return Told(frozenset(found), replica=REPLICAS[number])
        raise Unavailable("no replica of the swipes answers")


class DatabaseCheck:
    """One question to one replica."""

    label = "database check"
    tradeoff = "Nothing to keep; a replica that lags does not know the last swipes, and long histories are long reads."
    client = False

    async def told(self, memory: Memory, me: int, them: Sequence[int]) -> Told:
        """What a replica knows."""
        return await memory.at_a_replica(me, them)


class ClientCache(DatabaseCheck):
    """The phone knows its own last swipes."""

    label = "+ client cache"
    tradeoff = (
        "Hides the replicas' lag on this phone; a second phone, or more swipes than K, are not covered."
    )
    client = True


class BloomGuard:
    """The last swipes from a cache, long histories from a filter, short ones from the database."""

    label = "+ Bloom filter"
    tradeoff = "No read for long histories and no lag; some people who were never shown never will be."
    client = True

    async def told(self, memory: Memory, me: int, them: Sequence[int]) -> Told:
        """The cache, and the filter or a replica."""
        recent = memory.recent(me) & frozenset(them)
        if memory.swipes.history.get(me, 0) >= memory.config().bloom_from:
            try:
                memory.nodes()[BLOOM].touch("may contain", "ok", source=APP)
                if (known := await memory.blooms.ready(me)) is not None:
                    yes = frozenset(one for one in them if known.may_contain(str(one)))
                    return Told(yes | recent, by_filter=yes - recent, replica="filter")
            except Unavailable:
                pass  # the filters are away: the database knows as well, if more slowly
        told = await memory.at_a_replica(me, them)
        return Told(told.swiped | recent, replica=told.replica)


AGAIN: dict[str, type[DatabaseCheck] | type[BloomGuard]] = {
    "database": DatabaseCheck,
    "client": ClientCache,
    "bloom": BloomGuard,
}
