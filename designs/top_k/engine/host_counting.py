"""Counting a view on the hosts that hold its slot."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import replace
from typing import Literal, NamedTuple

from designs.top_k.config import Config
from designs.top_k.engine.nodes import GATEWAY, host_id
from designs.top_k.engine.slots import SlotGate, SlotTable
from designs.top_k.engine.strategies import COUNTERS
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext, EvidenceView, LabError, Unavailable, acting, read_step, write_step
from sdlab.lab.trace import current

REMEMBERED = 200
KEPT = 24
LOADED_FOR = 10

Copy = tuple[int, int]


class RaisedCounter(NamedTuple):
    """How a counter was read and then written."""

    host: int
    read: EvidenceView
    write: EvidenceView


class CounterSteps:
    """How the counters of a video were last raised, when they are read and then written."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[RaisedCounter]] = OrderedDict()

    def add(self, video: str, raised: RaisedCounter) -> None:
        """Remember it, and forget those of the video that was counted first."""
        self._of.setdefault(video, deque(maxlen=KEPT)).append(raised)
        if len(self._of) > REMEMBERED:
            self._of.popitem(last=False)

    def of(self, video: str) -> list[EvidenceView]:
        """Two that counted one view together, the earlier write as the lost one; else the last steps."""
        raised = list(self._of.get(video, ()))
        for at in range(len(raised) - 1, 0, -1):
            later = raised[at]
            for earlier in raised[:at]:
                met = (earlier.host, earlier.write.value) == (later.host, later.write.value)
                if met and earlier.read.actor != later.read.actor and later.read.t <= earlier.write.end:
                    return [earlier.read, later.read, replace(earlier.write, lost=True), later.write]
        return [step for one in raised[-2:] for step in (one.read, one.write)]


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
        self._slots.counting.explain(self._context.decide, slot, [host for host, _ in done])
        return done

    async def _count_on(self, host: int, slot: int, video: str, t: float) -> None:
        steps: list[EvidenceView] = []

        def note(kind: Literal["read", "write"], number: int) -> None:
            now = self._context.clock.time()
            if kind == "read":
                steps.append(read_step(lane, f"read the counter on host {host}", now, now, saw=f"{number:,}"))
                return
            text = f"wrote the counter on host {host}"
            write = write_step(lane, text, now, now, wrote=f"{number:,}")
            self.steps.add(video, RaisedCounter(host, steps[0], write))

        async def work() -> None:
            counters = COUNTERS[self._context.config.counters]
            store = self._slots.stores[host, slot]
            if not await counters.count(self._context, store, video, t, note):
                self.overwritten += 1
            load = self.load.setdefault(host, SlidingCounter(seconds=LOADED_FOR))
            load.add(self._context.clock.monotonic())

        trace = current.get()
        lane = f"{acting().name}, {trace.id}" if trace is not None else acting().name
        node = self._context.nodes.get(host_id(host))
        await (work() if node is None else node.call("count", work, source=GATEWAY))

    def take_back(self, video: str, t: float, copies: list[Copy]) -> None:
        """Undo `count`: the view could not be logged, so it never was.

        The slot may have moved since: every copy of it that counts was counted in, or copied from one that was.
        """
        slots = self._slots
        for slot in {slot for _, slot in copies}:
            for host in slots.owners[slot]:
                if (host, slot) in slots.stores and (host, slot) not in slots.stale:
                    slots.stores[host, slot].take_back(video, t)
