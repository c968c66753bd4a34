"""The working implementation of one design in one room: verbs in, frozen snapshots out."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram
from sdlab.lab.errors import LabError, NotFound
from sdlab.lab.feed import Feed
from sdlab.lab.invariant import Claim, Monitor
from sdlab.lab.node import Edges, Node, NodeSpec
from sdlab.lab.room import Room
from sdlab.lab.snapshot import FaultView, LabSnapshot, TrafficView, WorkloadView
from sdlab.lab.toggle import as_mapping
from sdlab.lab.trace import Trace, TraceStore, current
from sdlab.lab.workload import Operation

log = logging.getLogger("sdlab.engine")

RESTART_AFTER = 0.5

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Tally:
    """A number that tells approaches apart. `better` says which end is good; `same` means neither."""

    id: str
    label: str
    unit: str
    value: float
    better: Literal["more", "less", "same"] = "less"


class Engine(ABC, Generic[C]):
    """Base of all engines.

    A design gives `claims`, `plan`, `open`, `perform`, `snapshot`, and a coroutine per verb.
    A verb wraps its work in `request(...)`, reaches parts through `self.nodes[...]`, and says
    why it decided through `decide(...)`.
    """

    claims: ClassVar[tuple[Claim, ...]] = ()

    def __init__(self, room: Room, config: C) -> None:
        self.room = room
        self.config: C = config
        self.clock = room.clock
        self.rng = room.rng("engine")
        self.feed = Feed()
        self.traces = TraceStore()
        self.edges = Edges()
        self.nodes: dict[str, Node] = {}
        self.monitors = {claim.id: Monitor(claim) for claim in self.claims}
        self.opened_at = room.clock.monotonic()
        self.workload_view: Callable[[], WorkloadView] = WorkloadView
        self.changed: Callable[[], None] = lambda: None
        self.lifetime = LogHistogram()
        self._latency = SlidingHistogram()
        self._traffic = SlidingCounter(seconds=60)
        self._failures = SlidingCounter(seconds=60)
        self._background: set[asyncio.Task[None]] = set()
        self._number = 0

    # What a design provides

    @classmethod
    @abstractmethod
    def plan(cls, config: C) -> tuple[NodeSpec, ...]:
        """The parts of the system under that configuration, left to right."""

    @abstractmethod
    async def open(self) -> None:
        """Rebuild from the stores whatever is held in memory; called once before the first verb."""

    @abstractmethod
    async def perform(self, operation: Operation) -> Any:
        """Do one operation of a workload; may raise `LabError` for a refusal."""

    @abstractmethod
    async def honours(self, answer: Any) -> bool:
        """Whether what an answer of `perform` promised is still so, asked of the stores.

        Answers are plain JSON data; True for those that promised nothing that lasts.
        """

    @abstractmethod
    def snapshot(self) -> LabSnapshot:
        """The frozen, bounded picture of now; less than 5 ms."""

    async def reconfigure(self, before: C) -> None:
        """Apply `self.config` to the running system; `before` is what held until now. Loses no data."""

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        """Do a fault that happens once; returns the sentence for the feed."""
        raise NotFound(f"{node.id} has no fault {kind}")

    async def fault_changed(self, node: Node) -> None:
        """Called after a fault of that node was set or cleared."""

    def tallies(self) -> tuple[Tally, ...]:
        """What a comparison counts besides time and errors: memory, moved or wasted work."""
        return ()

    async def clear(self) -> None:
        """Forget all data of this room and design: the start of a restart."""
        await self.forget()

    # What the frame does with it

    async def configure(self, config: C) -> None:
        """Switch the running system to `config`; says so in the feed."""
        before, self.config = self.config, config
        self._sync_nodes()
        try:
            await self.reconfigure(before)
        except BaseException:
            self.config = before
            self._sync_nodes()
            raise
        old, new = as_mapping(before), as_mapping(config)
        for name in new:
            if old[name] != new[name]:
                self.feed.say(f"{name}: {old[name]} → {new[name]}", now=self.clock.time(), kind="config")
        self.changed()

    async def set_fault(self, node_id: str, kind: str, value: float | None = None) -> None:
        """Do something to a node. `NotFound` for an unknown node, `Invalid` for an unknown kind or value."""
        node = self.node(node_id)
        spec = node.fault_spec(kind)
        amount = node.set_fault(kind, value)
        if spec.momentary:
            text = await self.momentary(node, kind, amount)
        else:
            shown = f" ({amount:g} {spec.unit})" if spec.unit else ""
            text = f"{node.spec.label}: {spec.label}{shown}. It {spec.does}"
        await self.fault_changed(node)
        self.feed.say(text, now=self.clock.time(), kind="fault", outcome="error")
        self.changed()

    async def clear_fault(self, node_id: str | None = None, kind: str | None = None) -> int:
        """Undo faults of one node or of all; returns how many nodes were mended."""
        mended = 0
        for node in [self.node(node_id)] if node_id else list(self.nodes.values()):
            if node.clear_fault(kind):
                mended += 1
                await self.fault_changed(node)
                self.feed.say(f"{node.spec.label}: back to normal", now=self.clock.time(), kind="fault")
        self.changed()
        return mended

    def node(self, node_id: str) -> Node:
        """The node of that id; `NotFound` when there is none now."""
        try:
            return self.nodes[node_id]
        except KeyError:
            known = ", ".join(self.nodes)
            raise NotFound(f"no node {node_id!r}; there are {known}") from None

    def faults(self) -> tuple[FaultView, ...]:
        """Everything that is being done to nodes now."""
        return tuple(fault for node in self.nodes.values() for fault in node.faults())

    @asynccontextmanager
    async def request(self, title: str, *, by: str = "visitor", by_hand: bool = True) -> AsyncIterator[Trace]:
        """The frame of one verb: measures it, records its hops, tells the feed how it ended.

        The verb sets `trace.sentence` (what happened) before it returns; a `LabError` that
        leaves the block becomes the sentence itself.
        """
        self._number += 1
        began = self.clock.monotonic()
        trace = Trace(
            id=f"t{self._number}", title=title, by=by, started=self.clock.time(), began=began, by_hand=by_hand
        )
        token = current.set(trace)
        try:
            yield trace
        except LabError as error:
            trace.outcome = "error"
            trace.sentence = trace.sentence or f"{title}: {error.status} {error.detail}"
            raise
        except BaseException:
            trace.outcome = "error"
            trace.sentence = trace.sentence or f"{title}: failed"
            raise
        finally:
            current.reset(token)
            self._finish(trace)

    def decide(self, text: str) -> None:
        """Give the reason of a decision; costs nothing outside a traced request."""
        trace = current.get()
        if trace is not None:
            trace.decide(text, self.clock.monotonic(), depth=2)

    def _finish(self, trace: Trace) -> None:
        now = self.clock.monotonic()
        trace.ms = (now - trace.began) * 1000
        self._latency.add(now, trace.ms)
        self.lifetime.add(trace.ms)
        self._traffic.add(now)
        if trace.outcome == "error":
            self._failures.add(now)
        wanted = trace.by_hand or self.feed.wants(
            title=trace.title, outcome=trace.outcome, now=trace.started, ms=trace.ms
        )
        if wanted:
            self.traces.keep(trace)
            self.feed.tell(trace)
        if trace.by_hand:
            self.changed()

    def traffic(self) -> TrafficView:
        """Rates and latencies of the last seconds."""
        now = self.clock.monotonic()
        latency = self._latency.merged(now)
        return TrafficView(
            rate=round(self._traffic.rate(now), 1),
            errors=round(self._failures.rate(now), 1),
            total=self._traffic.total,
            failed=self._failures.total,
            p50=round(latency.quantile(0.50), 2),
            p95=round(latency.quantile(0.95), 2),
            p99=round(latency.quantile(0.99), 2),
            samples=latency.total,
        )

    def latency_buckets(self) -> list[int]:
        """Counts per bucket of the latency histogram of the last seconds."""
        return self._latency.merged(self.clock.monotonic()).counts

    def common(self) -> dict[str, Any]:
        """The fields of `LabSnapshot`, for a design's own snapshot: `Snapshot(**self.common(), ...)`."""
        alive = {*self.nodes, "visitor"}
        return {
            "config": as_mapping(self.config),
            "seed": self.room.seed,
            "uptime": round(self.clock.monotonic() - self.opened_at, 1),
            "traffic": self.traffic(),
            "workload": self.workload_view(),
            "faults": self.faults(),
            "nodes": tuple(node.view() for node in self.nodes.values()),
            "edges": self.edges.views(alive),
            "invariants": tuple(monitor.view() for monitor in self.monitors.values()),
        }

    def supervise(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` beside the engine until it closes; a crash is logged, shown and restarted."""
        task = asyncio.create_task(self._supervised(name, work), name=f"{self.room.slug} {name}")
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _supervised(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
                return
            except Exception as error:
                self.crashed(name, error)
                await self.clock.sleep(RESTART_AFTER)

    def crashed(self, name: str, error: BaseException) -> None:
        """Log a failure that no caller sees, and show it."""
        log.error("%s of %s in room %s failed", name, self.room.slug, self.room.id, exc_info=error)
        self.feed.say(
            f"{name} failed and starts again ({type(error).__name__})",
            now=self.clock.time(),
            kind="crash",
            outcome="error",
        )

    async def start(self) -> None:
        """Make the parts, then `open()`; the engine is ready when this returns."""
        self._sync_nodes()
        await self.open()

    async def close(self) -> None:
        """Stop all background work. Nothing acknowledged is lost."""
        for task in list(self._background):
            task.cancel()
        if self._background:
            await asyncio.gather(*self._background, return_exceptions=True)

    async def forget(self) -> None:
        """Delete everything this design keeps for this room, in every store."""
        await self.room.sql.forget(self.room.id, self.room.slug)
        await self.room.blobs.forget(f"{self.room.id}/{self.room.slug}/")
        keys = [key async for key in self.room.redis.scan_iter(match=self.room.key("*"), count=1000)]
        for start in range(0, len(keys), 500):
            await self.room.redis.unlink(*keys[start : start + 500])

    def _sync_nodes(self) -> None:
        planned = {spec.id: spec for spec in self.plan(self.config)}
        kept = {node_id: node for node_id, node in self.nodes.items() if node_id in planned}
        self.nodes = {
            node_id: kept.get(node_id)
            or Node(spec, clock=self.clock, rng=self.room.rng(f"node {node_id}"), edges=self.edges)
            for node_id, spec in planned.items()
        }
