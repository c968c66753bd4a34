"""One ranking out of what the hosts answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from designs.top_k.config import Config
from designs.top_k.engine.nodes import MERGER, host_id
from designs.top_k.engine.slots import SlotTable
from designs.top_k.engine.stores import Ranking
from sdlab.lab import EngineContext, LabError, Unavailable, amount


@dataclass(frozen=True, slots=True)
class Merged:
    """A ranking as the hosts gave it.

    `missing` counts slots that nobody answered for, `lacking` those that answered without views that
    died with a host.
    """

    ranking: Ranking
    read: int
    missing: int
    lacking: int = 0


@dataclass(frozen=True, slots=True)
class Sorted:
    """A merged answer beside the first k of all counts, sorted, and all counts, of the same moment."""

    answer: Ranking
    full: Ranking
    counts: Counter[str]


class Merger:
    """Asks every host for the slots that it answers for, and merges what comes."""

    def __init__(self, context: EngineContext[Config], slots: SlotTable) -> None:
        self._context = context
        self._slots = slots

    async def query(self, window: str, k: int) -> Merged:
        """The ranking of a window, from whoever answers. `Unavailable` when nobody does."""
        asked, missing = self._slots.by_host()
        lists = await asyncio.gather(*(self._ask(host, slots, window, k) for host, slots in asked.items()))
        answered = [one for one in lists if one is not None]
        missing += sum(len(slots) for slots, one in zip(asked.values(), lists, strict=True) if one is None)
        if not answered:
            raise Unavailable("no host answers", retry_after=5)
        ranking, read = self._slots.counting.merge(answered, k)
        lacking = sum(
            self._slots.lacks(slot, window)
            for slots, one in zip(asked.values(), lists, strict=True)
            if one is not None
            for slot in slots
        )
        if missing:
            self._context.decide(
                f"{missing} of {self._slots.total} slots did not answer: the ranking is partial"
            )
        elif lacking:
            self._context.decide(
                f"{lacking} of {self._slots.total} slots lost views of the window with a host"
            )
        else:
            self._context.decide(
                f"{amount(read, 'entry', 'entries')} of {amount(len(answered), 'list')} make the first {k}"
            )
        return Merged(ranking, read, missing, lacking)

    async def _ask(self, host: int, slots: list[int], window: str, k: int) -> Ranking | None:
        async def work() -> Ranking:
            return self._list(host, slots, window, k)

        node = self._context.nodes.get(host_id(host))
        try:
            return await (work() if node is None else node.call("list", work, source=MERGER))
        except LabError:
            return None

    def _list(self, host: int, slots: list[int], window: str, k: int) -> Ranking:
        held, counting = self._slots.stores, self._slots.counting
        stores = [held[host, slot] for slot in slots if (host, slot) in held]
        now = self._context.clock.time()
        for store in stores:
            store.roll(now)
        if counting.whole_maps:
            return [pair for store in stores for pair in store.pairs(window)]
        return counting.merge([store.top(window, k) for store in stores], k)[0]

    def answer_and_sort(self, window: str, k: int) -> Sorted:
        """The merged answer and the full sort of one moment."""
        asked, _ = self._slots.by_host()
        lists = [self._list(host, slots, window, k) for host, slots in asked.items()]
        merged, _ = self._slots.counting.merge(lists, k)
        sums: Counter[str] = Counter()
        for store in self._slots.current():
            for video, count in store.pairs(window):
                sums[video] += count
        return Sorted(merged, sorted(sums.items(), key=lambda one: -one[1])[:k], sums)
