"""Who was swiped already? Three ways to know, from a question to one replica up to a filter in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from designs.tinder.config import Config
from designs.tinder.engine.nodes import APP, BLOOM
from designs.tinder.engine.seen_history import SeenHistory, SeenVerdict
from sdlab.lab import EngineContext, Unavailable


class SeenCheck(Protocol):
    """Says who of some people counts as swiped. `client`: the phone drops its own last swipes as well."""

    label: str
    tradeoff: str
    client: bool

    async def verdict(self, me: int, them: Sequence[int]) -> SeenVerdict: ...


class DatabaseCheck:
    """One question to one replica."""

    label = "database check"
    tradeoff = "Nothing to keep; a replica that lags does not know the last swipes, and long histories are long reads."
    client = False

    def __init__(self, context: EngineContext[Config], history: SeenHistory) -> None:
        self._context = context
        self._history = history

    async def verdict(self, me: int, them: Sequence[int]) -> SeenVerdict:
        """What a replica knows."""
        found = await self._history.ask_replica(me, them)
        self._context.decide(f"replica {found.replica} alone says who of {len(them)} was swiped")
        return found


class ClientCache(DatabaseCheck):
    """The phone knows its own last swipes."""

    label = "+ client cache"
    tradeoff = (
        "Hides the replicas' lag on this phone; a second phone, or more swipes than K, are not covered."
    )
    client = True

    async def verdict(self, me: int, them: Sequence[int]) -> SeenVerdict:
        """What a replica knows; the rest is left to the phone."""
        found = await self._history.ask_replica(me, them)
        self._context.decide(f"replica {found.replica} is asked; the phone drops its own last swipes")
        return found


class BloomGuard(DatabaseCheck):
    """The last swipes from a cache, long histories from a filter, short ones from the database."""

    label = "+ Bloom filter"
    tradeoff = "No read for long histories and no lag; some people who were never shown never will be."
    client = True

    async def verdict(self, me: int, them: Sequence[int]) -> SeenVerdict:
        """The cache, and the filter or a replica."""
        recent = self._history.recent(me) & frozenset(them)
        if self._history.swipes.history.get(me, 0) >= self._context.config.bloom_from:
            try:
                return await self._by_filter(me, them, recent)
            except Unavailable:
                pass  # the filters are away: the database knows as well, if more slowly
        found = await self._history.ask_replica(me, them)
        self._context.decide(f"no filter for this history: the cache and replica {found.replica} are asked")
        return SeenVerdict(found.swiped | recent, replica=found.replica)

    async def _by_filter(self, me: int, them: Sequence[int], recent: frozenset[int]) -> SeenVerdict:
        self._context.node(BLOOM).touch("may contain", "ok", source=APP)
        known = await self._history.filters.ready(me)
        yes = frozenset(one for one in them if known.may_contain(str(one)))
        self._context.decide(f"the filter says yes to {len(yes)} of {len(them)}, and no swipe is read")
        return SeenVerdict(yes | recent, by_filter=yes - recent, replica="filter")


SEEN: dict[str, type[DatabaseCheck]] = {"database": DatabaseCheck, "client": ClientCache, "bloom": BloomGuard}
