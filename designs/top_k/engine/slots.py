"""Hosts that count in memory: slots with copies, lost when a host dies, moved when one joins or leaves."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random

from designs.top_k.config import Config, host_id
from designs.top_k.ledger import Ledger, width
from designs.top_k.stores import LONGEST, WINDOWS, Ranking, Store
from designs.top_k.strategies import COUNTERS, COUNTINGS, Counting
from sdlab.blocks.hash_ring import hash64
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import Clock, LabError, Node, Unavailable
from sdlab.lab.snapshot import EvidenceView

MOVED_AT_ONCE = 3
DRAIN_FOR = 1.0
REMEMBERED = 200
STEPS = 12
LOADED_FOR = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """A ranking as the hosts gave it. `missing` counts slots that nobody answered for."""

    ranking: Ranking
    read: int
    missing: int
    asked: int


@dataclass(frozen=True, slots=True)
class Loss:
    """What a host forgot: copies that another host still has, and views that nobody has."""

    copies: int
    slots_gone: int
    views_gone: int
    slots: tuple[int, ...]


@dataclass(slots=True)
class Moves:
    """What the last change of hosts or copies meant."""

    change: str = ""
    slots: int = 0
    slots_of: int = 0
    counts: int = 0
    modulo_would: int = 0
    going_on: int = 0
    last: list[int] = field(default_factory=list)


class Fleet:
    """The hosts of one approach. A slot's copies are counted together, or marked stale and copied again."""

    def __init__(
        self,
        config: Config,
        *,
        gate: Callable[[str], Node | None],
        clock: Clock,
        chance: Random,
    ) -> None:
        self.config = config
        self.counting: type[Counting] = COUNTINGS[config.counting]
        self.slots = self.counting.slots(config.host_count)
        self.owners = {slot: self._target(slot) for slot in range(self.slots)}
        self.stores = {(host, slot): self._empty() for slot in self.owners for host in self.owners[slot]}
        self.stale: set[tuple[int, int]] = set()
        self.holed: set[int] = set()
        self.moves = Moves()
        self.lost_views = 0
        self.repaired = 0
        self.overwritten = 0
        self.load: dict[int, SlidingCounter] = {}
        self._gate, self._clock, self._chance = gate, clock, chance
        self._under_way: Counter[int] = Counter()
        self._frozen: set[int] = set()
        self._thawed = asyncio.Event()
        self._steps: OrderedDict[str, deque[EvidenceView]] = OrderedDict()

    # Where things are

    def _empty(self) -> Store:
        return self.counting.empty(slices=self.config.slices, shape=self.config.shape)

    def _target(self, slot: int) -> tuple[int, ...]:
        return self.counting.owners(slot, self.config.host_count, self.config.copies)

    def up(self, host: int) -> bool:
        """Whether that host has a memory now; a host that is leaving still has."""
        gate = self._gate(host_id(host))
        return gate is None or not gate.down

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
        return None if self.counting.whole_maps else self.counting.slot(video, self.slots, self._chance)

    def held_by(self, host: int) -> list[tuple[int, Store]]:
        """The slots that a host holds."""
        return [(slot, store) for (one, slot), store in self.stores.items() if one == host]

    def current(self) -> Iterator[Store]:
        """One current copy of every slot that can be reached."""
        return (store for slot in range(self.slots) if (store := self.store_of(slot)) is not None)

    # Counting

    async def count(self, video: str, t: float, *, by: str = "") -> list[tuple[int, int]]:
        """Count one view on every copy of its slot; the (host, slot) pairs that did.

        `Unavailable` when no copy could; a copy that could not while another could is stale.
        """
        slot = self._slot_to_count(video)
        while slot in self._frozen:
            await self._thawed.wait()
        self._under_way[slot] += 1
        try:
            hosts = [host for host in self.owners[slot] if self.up(host)]
            outcomes = await asyncio.gather(
                *(self._count_on(host, slot, video, t, by) for host in hosts), return_exceptions=True
            )
        finally:
            self._under_way[slot] -= 1
        return self._counted(slot, hosts, outcomes)

    def _slot_to_count(self, video: str) -> int:
        if not self.counting.whole_maps:
            return self.counting.slot(video, self.slots, self._chance)
        reachable = [slot for slot in range(self.slots) if self.answering(slot) is not None]
        if not reachable:
            raise Unavailable("no host is up to count a view", retry_after=5)
        return reachable[self._chance.randrange(len(reachable))]

    def _counted(
        self, slot: int, hosts: list[int], outcomes: list[BaseException | None]
    ) -> list[tuple[int, int]]:
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, LabError):
                raise outcome
        done = [(host, slot) for host, outcome in zip(hosts, outcomes, strict=True) if outcome is None]
        if not done:
            first = next((str(one) for one in outcomes if one), "every host that holds it is down")
            raise Unavailable(f"slot {slot} cannot count: {first}", retry_after=5)
        self.stale |= {(host, slot) for host in hosts if (host, slot) not in done}
        return done

    async def _count_on(self, host: int, slot: int, video: str, t: float, by: str) -> None:
        async def work() -> None:
            if COUNTERS[self.config.counters].atomic:
                self.stores[host, slot].add(video, t)
            else:
                await self._read_then_write(host, slot, video, t, by)
            self.load.setdefault(host, SlidingCounter(seconds=LOADED_FOR)).add(self._clock.monotonic())

        gate = self._gate(host_id(host))
        await (work() if gate is None else gate.call("count", work, source="gateway"))

    async def _read_then_write(self, host: int, slot: int, video: str, t: float, by: str) -> None:
        reading = self.stores[host, slot].read(video, t)
        was = min(reading[-1][2], default=0)
        self._step(video, by, f"host {host}: read {was:,}")
        await asyncio.sleep(0)  # whoever else is served on this host meanwhile reads the same number
        if not self.stores[host, slot].write(video, reading):
            self.overwritten += 1
        self._step(video, by, f"host {host}: wrote {was + 1:,}")

    def _step(self, video: str, by: str, text: str) -> None:
        steps = self._steps.setdefault(video, deque(maxlen=STEPS))
        steps.append(EvidenceView(self._clock.time(), by or "gateway", text))
        if len(self._steps) > REMEMBERED:
            self._steps.popitem(last=False)

    def steps(self, video: str) -> list[EvidenceView]:
        """What was last done to the counters of this video, when counters are read and then written."""
        return list(self._steps.get(video, ()))

    def take_back(self, video: str, t: float, where: list[tuple[int, int]]) -> None:
        """Undo `count`: the view could not be logged, so it never was."""
        for place in where:
            if place in self.stores:
                self.stores[place].take_back(video, t)

    def holding(self, video: str, window: str) -> int | None:
        """What the hosts hold of a video; None when some of it cannot be reached or was lost."""
        slot = self.slot_of(video)
        slots = range(self.slots) if slot is None else (slot,)
        held = 0
        for one in slots:
            store = self.store_of(one)
            if store is None or one in self.holed:
                return None
            held += store.count(video, window)
        return held

    def roll(self, now: float) -> None:
        """Let time go on everywhere."""
        for store in self.stores.values():
            store.roll(now)

    def first_begins(self, window: str) -> float:
        """When the oldest slice began that the hosts still count, Unix seconds."""
        store = next(iter(self.stores.values()))
        return store.first_slice(window) * width(window, self.config.slices)

    # Asking

    async def query(self, window: str, k: int, now: float) -> Answer:
        """The ranking of a window, from whoever answers. `Unavailable` when nobody does."""
        asked: dict[int, list[int]] = {}
        missing = 0
        for slot in range(self.slots):
            host = self.answering(slot)
            if host is None:
                missing += 1
            else:
                asked.setdefault(host, []).append(slot)
        lists = await asyncio.gather(
            *(self._ask(host, slots, window, k, now) for host, slots in asked.items())
        )
        answered = [one for one in lists if one is not None]
        missing += sum(len(slots) for slots, one in zip(asked.values(), lists, strict=True) if one is None)
        if not answered:
            raise Unavailable("no host answers", retry_after=5)
        ranking, read = self.counting.merge(answered, k)
        return Answer(ranking, read, missing, len(asked))

    async def _ask(self, host: int, slots: list[int], window: str, k: int, now: float) -> Ranking | None:
        async def work() -> Ranking:
            return self._list(host, slots, window, k, now)

        gate = self._gate(host_id(host))
        try:
            return await (work() if gate is None else gate.call("list", work, source="merger"))
        except LabError:
            return None

    def _list(self, host: int, slots: list[int], window: str, k: int, now: float) -> Ranking:
        stores = [self.stores[host, slot] for slot in slots if (host, slot) in self.stores]
        for store in stores:
            store.roll(now)
        if self.counting.whole_maps:
            return [pair for store in stores for pair in store.pairs(window)]
        return self.counting.merge([store.top(window, k) for store in stores], k)[0]

    def answer_and_sort(self, window: str, k: int, now: float) -> tuple[Ranking, Ranking, Counter[str]]:
        """The merged answer, the first k of everything sorted, and everything, all of the same moment."""
        asked: dict[int, list[int]] = {}
        for slot in range(self.slots):
            if (host := self.answering(slot)) is not None:
                asked.setdefault(host, []).append(slot)
        merged, _ = self.counting.merge(
            [self._list(host, slots, window, k, now) for host, slots in asked.items()], k
        )
        sums: Counter[str] = Counter()
        for store in self.current():
            for video, count in store.pairs(window):
                sums[video] += count
        return merged, sorted(sums.items(), key=lambda one: -one[1])[:k], sums

    # Filling, losing, repairing, moving

    def fill(self, ledger: Ledger) -> None:
        """Count again what the ledger says."""
        for window in WINDOWS:
            for number, counts in ledger.live(window):
                self._fill_slice(window, number, counts)

    def _fill_slice(self, window: str, fine: int, counts: dict[str, int]) -> None:
        begins = fine * width(window, 60)
        number = int((begins + 1e-6) // width(window, self.config.slices))
        parts: dict[int, dict[str, int]] = {}
        for video, count in counts.items():
            slot = (
                hash64(f"{video} {fine}") % self.slots
                if self.counting.whole_maps
                else self.counting.slot(video, self.slots, self._chance)
            )
            parts.setdefault(slot, {})[video] = count
        for slot, part in parts.items():
            for host in self.owners[slot]:
                self.stores[host, slot].fill(window, number, part)

    def lose(self, host: int) -> Loss:
        """The host's memory is gone. What another host has is copied again; the rest is lost."""
        copies = gone = views = 0
        slots: list[int] = []
        for slot, store in self.held_by(host):
            self.stores[host, slot] = self._empty()
            others = [one for one in self.owners[slot] if one != host and self.up(one)]
            if others:
                copies += 1
                if all((one, slot) in self.stale for one in others):
                    self.stale.discard((others[0], slot))  # the best that is left
                self.stale.add((host, slot))
                continue
            self.stale.discard((host, slot))
            if held := store.total(LONGEST):
                self.holed.add(slot)
                slots.append(slot)
                gone, views = gone + 1, views + held
        self.lost_views += views
        return Loss(copies, gone, views, tuple(slots))

    def retarget(self, config: Config) -> None:
        """Other hosts or copies: slots go to their new owners one by one, see `tidy`."""
        before = {slot: self.owners[slot] for slot in self.owners}
        hosts_before = self.config.host_count
        self.config = config
        changed = [slot for slot, owners in before.items() if set(owners) != set(self._target(slot))]
        self.moves = Moves(
            change=f"{hosts_before} → {config.host_count} hosts, {config.copies} copies",
            slots=len(changed),
            slots_of=self.slots,
            modulo_would=sum(slot % hosts_before != slot % config.host_count for slot in before),
            going_on=len(changed),
        )
        for slot in before:
            if slot not in changed:
                self.owners[slot] = self._target(slot)

    async def tidy(self) -> bool:
        """Move some slots, copy some stale ones; whether everything is in its place now."""
        for slot in self._to_move()[:MOVED_AT_ONCE]:
            await self._still(slot, partial(self._move, slot))
        for host, slot in sorted(self.stale):
            if self.up(host) and self.answering(slot) is not None:
                await self._still(slot, partial(self._copy_again, host, slot))
        self.moves.going_on = len(self._to_move())
        return not self.moves.going_on and not self.stale

    def _to_move(self) -> list[int]:
        if not self.counting.movable:
            return []
        return [slot for slot in self.owners if set(self.owners[slot]) != set(self._target(slot))]

    async def _still(self, slot: int, work: Callable[[], object]) -> None:
        """Do `work` while nobody counts in that slot: views of it wait for that moment."""
        self._frozen.add(slot)
        try:
            until = self._clock.monotonic() + DRAIN_FOR
            while self._under_way[slot] and self._clock.monotonic() < until:
                await self._clock.sleep(0.005)
            if not self._under_way[slot]:
                work()
        finally:
            self._frozen.discard(slot)
            thawed, self._thawed = self._thawed, asyncio.Event()
            thawed.set()

    def _move(self, slot: int) -> None:
        source = self.store_of(slot) or self._empty()  # all its hosts are down: what they held is gone
        target = self._target(slot)
        for host in target:
            if (host, slot) not in self.stores or (host, slot) in self.stale:
                self.stores[host, slot] = source.copy()
                self.stale.discard((host, slot))
                self.moves.counts += source.known
                if not self.up(host):
                    self.stores[host, slot] = self._empty()
                    self.stale.add((host, slot))
        for host in set(self.owners[slot]) - set(target):
            del self.stores[host, slot]
            self.stale.discard((host, slot))
        self.owners[slot] = target
        self.moves.last = [*self.moves.last[-7:], slot]

    def _copy_again(self, host: int, slot: int) -> None:
        source = self.store_of(slot)
        if source is not None and (host, slot) in self.stale and (host, slot) in self.stores:
            self.stores[host, slot] = source.copy()
            self.stale.discard((host, slot))
            self.repaired += 1
