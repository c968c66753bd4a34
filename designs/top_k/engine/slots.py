"""Which host holds which slot of the videos: copies, stale ones, and what dies with a host."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from designs.top_k.config import Config
from designs.top_k.engine.layout import copies_of, host_count, shape_of, slices_of
from designs.top_k.engine.ledger import FINE, Ledger
from designs.top_k.engine.nodes import host_id
from designs.top_k.engine.stores import Store
from designs.top_k.engine.strategies import COUNTINGS, Counting
from designs.top_k.engine.windows import LONGEST, WINDOWS, slice_at, slice_seconds
from sdlab.blocks.hash_ring import hash64
from sdlab.lab import Clock, EngineContext

DRAIN_FOR = 1.0
LOOK_AGAIN = 0.005


@dataclass(frozen=True, slots=True)
class HostLoss:
    """What a host lost: copies that another host still has, and views that nobody has."""

    copies: int
    slots_gone: int
    views_gone: int


class SlotTable:
    """The slots of one approach with their copies, by (host, slot).

    The copies of a slot are counted together; one that missed a view is stale, and answers nobody
    until it was copied again. `holed` says when a slot lost counts that nobody else had (Unix seconds).
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.counting: type[Counting] = COUNTINGS[context.config.counting]
        self.total = self.counting.slots(host_count(context.config))
        self.rng = context.room.rng("routing")
        self.owners = {slot: self.target(slot) for slot in range(self.total)}
        self.stores = {(host, slot): self.empty() for slot in self.owners for host in self.owners[slot]}
        self.stale: set[tuple[int, int]] = set()
        self.holed: dict[int, float] = {}
        self.lost_views = 0

    # Who holds what

    def empty(self) -> Store:
        """What a host holds of a slot before the first view."""
        config = self._context.config
        return self.counting.empty(slices=slices_of(config), shape=shape_of(config))

    def target(self, slot: int) -> tuple[int, ...]:
        """The hosts that should hold the slot, the first one to be asked first."""
        config = self._context.config
        return self.counting.owners(slot, host_count(config), copies_of(config))

    def up(self, host: int) -> bool:
        """Whether that host counts now; one that is leaving still does."""
        node = self._context.nodes.get(host_id(host))
        return node is None or not node.down

    def answering(self, slot: int) -> int | None:
        """The host whose copy of the slot counts, if any is up."""
        return next(
            (host for host in self.owners[slot] if self.up(host) and (host, slot) not in self.stale), None
        )

    def store_of(self, slot: int) -> Store | None:
        """The copy of the slot that counts, if its host is up."""
        host = self.answering(slot)
        return None if host is None else self.stores[host, slot]

    def slot_of(self, video: str) -> int | None:
        """The slot that counts all of this video's views; None when any slot may."""
        return None if self.counting.whole_maps else self.counting.slot(video, self.total, self.rng)

    def held_by(self, host: int) -> list[tuple[int, Store]]:
        """The slots that a host holds."""
        return [(slot, store) for (one, slot), store in self.stores.items() if one == host]

    def hosts(self) -> list[int]:
        """The hosts that hold anything."""
        return sorted({host for host, _ in self.stores})

    def current(self) -> Iterator[Store]:
        """One current copy of every slot that can be reached."""
        return (store for slot in range(self.total) if (store := self.store_of(slot)) is not None)

    def by_host(self) -> tuple[dict[int, list[int]], int]:
        """The slots that each answering host answers for, and how many nobody does."""
        asked: dict[int, list[int]] = {}
        for slot in range(self.total):
            if (host := self.answering(slot)) is not None:
                asked.setdefault(host, []).append(slot)
        return asked, self.total - sum(map(len, asked.values()))

    # What they hold

    def count_of(self, video: str, window: str) -> int | None:
        """What the hosts count of a video; None when some of it cannot be reached or was lost."""
        slot = self.slot_of(video)
        held = 0
        for one in range(self.total) if slot is None else (slot,):
            store = self.store_of(one)
            if store is None or self.lacks(one, window):
                return None
            held += store.count(video, window)
        return held

    def copies_of(self, slot: int, video: str, window: str) -> dict[int, int]:
        """What each host counts of a video in its copy of the slot, as far as it is up to date and up."""
        return {
            host: self.stores[host, slot].count(video, window)
            for host in self.owners[slot]
            if self.up(host) and (host, slot) in self.stores and (host, slot) not in self.stale
        }

    def lacks(self, slot: int, window: str) -> bool:
        """Whether views of that window were lost: until the loss itself has left the window."""
        lost_at = self.holed.get(slot)
        return lost_at is not None and self._context.clock.time() < lost_at + WINDOWS[window]

    def roll(self, now: float) -> None:
        """Let time go on everywhere."""
        for store in self.stores.values():
            store.roll(now)

    def first_begins(self, window: str) -> float:
        """When the oldest slice began that the hosts still count, Unix seconds."""
        store = next(iter(self.stores.values()))
        return store.first_slice(window) * slice_seconds(window, store.slices)

    def fill(self, ledger: Ledger) -> None:
        """Count again what the ledger says."""
        for window in WINDOWS:
            for number, counts in ledger.live(window):
                self._fill_slice(window, number, counts)

    def _fill_slice(self, window: str, fine: int, counts: dict[str, int]) -> None:
        number = slice_at(window, slices_of(self._context.config), fine * slice_seconds(window, FINE))
        parts: dict[int, dict[str, int]] = {}
        for video, count in counts.items():
            slot = self.slot_of(video)
            slot = hash64(f"{video} {fine}") % self.total if slot is None else slot
            parts.setdefault(slot, {})[video] = count
        for slot, part in parts.items():
            for host in self.owners[slot]:
                self.stores[host, slot].fill(window, number, part)

    def lose(self, host: int) -> HostLoss:
        """All that the host counted is gone. What another host has is copied again; the rest is lost."""
        copies = gone = views = 0
        for slot, store in self.held_by(host):
            self.stores[host, slot] = self.empty()
            others = [one for one in self.owners[slot] if one != host and self.up(one)]
            if others:
                copies += 1
                if all((one, slot) in self.stale for one in others):
                    self.stale.discard((others[0], slot))  # the best that is left
                self.stale.add((host, slot))
                continue
            self.stale.discard((host, slot))
            if held := store.total(LONGEST):
                self.holed[slot] = self._context.clock.time()
                gone, views = gone + 1, views + held
        self.lost_views += views
        return HostLoss(copies, gone, views)


class SlotGate:
    """Lets views into slots, and keeps them waiting while a slot is copied."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._under_way: Counter[int] = Counter()
        self._shut: set[int] = set()
        self._opened = asyncio.Event()

    async def enter(self, slot: int) -> None:
        """Begin to count in that slot, once it is not being copied; call `leave` afterwards."""
        while slot in self._shut:
            await self._opened.wait()
        self._under_way[slot] += 1

    def leave(self, slot: int) -> None:
        """The view is counted, or is not."""
        self._under_way[slot] -= 1

    async def alone(self, slot: int, work: Callable[[], object]) -> None:
        """Do `work` while nobody counts in that slot; not at all when the views in it take too long."""
        self._shut.add(slot)
        try:
            until = self._clock.monotonic() + DRAIN_FOR
            while self._under_way[slot] and self._clock.monotonic() < until:
                await self._clock.sleep(LOOK_AGAIN)
            if not self._under_way[slot]:
                work()
        finally:
            self._shut.discard(slot)
            opened, self._opened = self._opened, asyncio.Event()
            opened.set()
