"""The working implementation of one design in one room: verbs in, frozen snapshots out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from sdlab.lab.background import Background
from sdlab.lab.context import EngineContext
from sdlab.lab.errors import NotFound
from sdlab.lab.invariant import Claim
from sdlab.lab.node import Node, NodeSpec
from sdlab.lab.room import Room
from sdlab.lab.snapshot import FaultView, TrafficView
from sdlab.lab.toggle import as_mapping

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

    A design gives `claims`, `flows` (who calls whom: ids of nodes, or patterns of them; `visitor` is
    outside), `plan`, `open`, and a coroutine per verb. A verb wraps its work in
    `request(...)`, reaches nodes through `node(...)`, and says why it decided through
    `decide(...)`. The engine makes its parts, each of the context and its siblings; no part knows
    the engine.
    """

    claims: ClassVar[tuple[Claim, ...]] = ()
    flows: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, room: Room, config: C) -> None:
        self.context: EngineContext[C] = EngineContext(room, config, claims=self.claims)
        self.room = room
        self.clock = room.clock
        self.rng = self.context.rng
        self.feed = self.context.feed
        self.traces = self.context.traces
        self.edges = self.context.edges
        self.monitors = self.context.monitors
        self.changed = self.context.changed
        self.decide = self.context.decide
        self.request = self.context.request
        self.crashed = self.context.crashed
        self.node = self.context.node
        self.opened_at = room.clock.monotonic()
        self._background = Background(self.context)
        self.supervise = self._background.supervise
        self.every = self._background.every
        self.rest = self._background.rest
        self.wake = self._background.wake

    @property
    def config(self) -> C:
        """The configuration in force."""
        return self.context.config

    @property
    def nodes(self) -> dict[str, Node]:
        """The parts of the system that there are now, by id."""
        return self.context.nodes

    # What a design provides

    @classmethod
    @abstractmethod
    def plan(cls, config: C) -> tuple[NodeSpec, ...]:
        """The parts of the system under that configuration, left to right."""

    @abstractmethod
    async def open(self) -> None:
        """Rebuild from the stores whatever is held in memory; called once before the first verb."""

    async def reconfigure(self, before: C) -> None:
        """Apply `self.config` to the running system; `before` is what held until now. Loses no data."""

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        """Do a fault that happens once; returns the sentence for the feed."""
        raise NotFound(f"{node.id} has no fault {kind}")

    async def fault_changed(self, node: Node) -> None:
        """Called after a fault of that node was set or cleared."""

    async def clear(self) -> None:
        """Forget all data of this room and design: the start of a restart."""
        await self.forget()

    # What the frame does with it

    async def configure(self, config: C) -> None:
        """Switch the running system to `config`; says so in the feed."""
        before = self.config
        self.context.apply(config)
        self._lay_out()
        try:
            await self.reconfigure(before)
        except BaseException:
            self.context.apply(before)
            self._lay_out()
            raise
        old, new = as_mapping(before), as_mapping(config)
        for name in new:
            if old[name] != new[name]:
                self.context.say(f"{name}: {old[name]} → {new[name]}", kind="config")
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
        self.context.say(text, kind="fault", outcome="error")
        self.changed()

    async def clear_fault(self, node_id: str | None = None, kind: str | None = None) -> int:
        """Undo faults of one node or of all; returns how many nodes were mended."""
        mended = 0
        for node in [self.node(node_id)] if node_id else list(self.nodes.values()):
            if node.clear_fault(kind):
                mended += 1
                await self.fault_changed(node)
                self.context.say(f"{node.spec.label}: back to normal", kind="fault")
        self.changed()
        return mended

    async def refresh_looks(self, *, now: bool = False) -> None:
        """Renew what panels read from the stores, for the next picture.

        Done before each frame while somebody watches, at most five times a second; `now` asks the
        stores however young the last looks are.
        """
        await self.context.refresh_looks(now=now)

    def faults(self) -> tuple[FaultView, ...]:
        """Everything that is being done to nodes now."""
        return tuple(fault for node in self.nodes.values() for fault in node.faults())

    def traffic(self) -> TrafficView:
        """Rates and latencies of the last seconds."""
        return self.context.requests.view(self.clock.monotonic())

    def common(self) -> dict[str, Any]:
        """The fields of `LabSnapshot`, for a design's own snapshot: `Snapshot(**self.common(), ...)`."""
        alive = {*self.nodes, "visitor"}
        return {
            "config": as_mapping(self.config),
            "seed": self.room.seed,
            "uptime": round(self.clock.monotonic() - self.opened_at, 1),
            "traffic": self.traffic(),
            "faults": self.faults(),
            "nodes": tuple(node.view() for node in self.nodes.values()),
            "edges": self.edges.views(alive, self.flows),
            "kinds": self.traces.kinds(),
            "invariants": tuple(monitor.view() for monitor in self.monitors.values()),
        }

    async def start(self) -> None:
        """Make the parts, then `open()`; the engine is ready when this returns."""
        self._lay_out()
        await self.open()

    async def close(self) -> None:
        """Stop all background work. Nothing acknowledged is lost."""
        await self._background.stop()

    async def forget(self) -> None:
        """Delete everything this design keeps for this room, in every store."""
        await self.room.sql.forget(self.room.id, self.room.slug)
        await self.room.blobs.forget(f"{self.room.id}/{self.room.slug}/")
        keys = [key async for key in self.room.redis.scan_iter(match=self.room.key("*"), count=1000)]
        for start in range(0, len(keys), 500):
            await self.room.redis.unlink(*keys[start : start + 500])

    def _lay_out(self) -> None:
        self.context.lay_out(self.plan(self.config))
