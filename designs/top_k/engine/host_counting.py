"""Counting a view on the hosts that hold its slot."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from designs.top_k.config import Config
from designs.top_k.engine.nodes import GATEWAY, host_id
from designs.top_k.engine.slots import SlotGate, SlotTable
from designs.top_k.engine.strategies import COUNTERS
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext, EvidenceView, LabError, Unavailable, acting

REMEMBERED = 200
STEPS = 12
LOADED_FOR = 10

Copy = tuple[int, int]


class CounterSteps:
    """What was last done to the counters of a video, when counters are read and then written."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[EvidenceView]] = OrderedDict()

    def add(self, video: str, step: EvidenceView) -> None:
        """Remember a step, and forget those of the video that was counted first."""
        self._of.setdefault(video, deque(maxlen=STEPS)).append(step)
        if len(self._of) > REMEMBERED:
            self._of.popitem(last=False)

    def of(self, video: str) -> list[EvidenceView]:
        """The last steps, in order."""
        return list(self._of.get(video, ()))


class HostCounting:
    """A slot's copies are counted together, or marked stale."""

    def __init__(self, context: EngineContext[Config], slots: SlotTable, gate: SlotGate) -> None:
        self._context = context
        self._slots = slots
        self._gate = gate
        self.steps = CounterSteps()
        self.overwritten = 0
        self.load: dict[int, SlidingCounter] = {}

    async def count(self, video: str, t: float) -> list[Copy]:
        """Count one view on every copy of its slot; the (host, slot) pairs that did.

        `Unavailable` when no copy could; a copy that could not while another could is stale.
        """
        slot = self._slot_to_count(video)
        await self._gate.enter(slot)
        try:
            hosts = [host for host in self._slots.owners[slot] if self._slots.up(host)]
            outcomes = await asyncio.gather(
                *(self._count_on(host, slot, video, t) for host in hosts), return_exceptions=True
            )
        finally:
            self._gate.leave(slot)
        return self._counted(slot, hosts, outcomes)

    def _slot_to_count(self, video: str) -> int:
        slots = self._slots
        slot = slots.slot_of(video)
        if slot is not None:
            return slot
        reachable = [slot for slot in range(slots.total) if slots.answering(slot) is not None]
        if not reachable:
            raise Unavailable("no host is up to count a view", retry_after=5)
        return reachable[slots.rng.randrange(len(reachable))]

    def _counted(self, slot: int, hosts: list[int], outcomes: list[BaseException | None]) -> list[Copy]:
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, LabError):
                raise outcome
        done = [(host, slot) for host, outcome in zip(hosts, outcomes, strict=True) if outcome is None]
        if not done:
            first = next((str(one) for one in outcomes if one), "every host that holds it is down")
            raise Unavailable(f"slot {slot} cannot count: {first}", retry_after=5)
        self._slots.stale |= {(host, slot) for host in hosts if (host, slot) not in done}
        on = " and ".join(str(host) for host, _ in done)
        self._context.decide(f"slot {slot} is on host {on}")
        return done

    async def _count_on(self, host: int, slot: int, video: str, t: float) -> None:
        def note(text: str) -> None:
            now = self._context.clock.time()
            self.steps.add(video, EvidenceView(now, acting().name, f"host {host}: {text}"))

        async def work() -> None:
            counters = COUNTERS[self._context.config.counters]
            if not await counters.count(self._slots.stores[host, slot], video, t, note):
                self.overwritten += 1
            load = self.load.setdefault(host, SlidingCounter(seconds=LOADED_FOR))
            load.add(self._context.clock.monotonic())

        node = self._context.nodes.get(host_id(host))
        await (work() if node is None else node.call("count", work, source=GATEWAY))

    def take_back(self, video: str, t: float, copies: list[Copy]) -> None:
        """Undo `count`: the view could not be logged, so it never was."""
        for copy in copies:
            if copy in self._slots.stores:
                self._slots.stores[copy].take_back(video, t)
