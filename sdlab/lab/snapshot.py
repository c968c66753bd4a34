"""What a frame may show: frozen, bounded views, with numbers ready to print."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

StepKind = Literal["read", "write", "step", "cause"]
NodeState = Literal["up", "down", "slow", "flaky", "paused"]
Outcome = Literal["ok", "miss", "error", "moved"]


@dataclass(frozen=True, slots=True)
class ReasonView:
    """How often a part said no, and why."""

    text: str = ""
    times: int = 0


@dataclass(frozen=True, slots=True)
class NodeView:
    """A box of the architecture strip: where it stands, how it is, what it just did."""

    id: str = ""
    label: str = ""
    kind: str = ""
    column: int = 0
    state: str = "up"
    detail: str = ""
    rate: float = 0.0
    calls: int = 0
    errors: int = 0
    reasons: tuple[ReasonView, ...] = ()


@dataclass(frozen=True, slots=True)
class KindView:
    """A kind of request that there was, and how it ended; its trace is that of the latest one."""

    trace: str = ""
    title: str = ""
    outcome: str = "ok"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EdgeView:
    """An arrow of the strip; the counts only grow, so two frames tell what passed between them."""

    source: str = ""
    target: str = ""
    ok: int = 0
    miss: int = 0
    error: int = 0


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One step of the smallest history that broke a claim, on the lane of the actor who did it.

    `t` and `end` are the seconds (of the room's clock) between which it was under way: 0 as an `end`
    means that it took no time. `kind` says whether it read, wrote, did something else, or is the cause
    (a worker ended, a lock expired). `value` is what was seen or written. `lost` marks what others
    overwrote or nobody will find again.
    """

    t: float = 0.0
    actor: str = ""
    text: str = ""
    end: float = 0.0
    kind: StepKind = "step"
    value: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class InvariantView:
    """A claim with its verdict so far: `holds` unless it was ever broken since the count began.

    `again` is since when it holds again after it was broken, seconds since the epoch; 0 where it never
    was broken, or is still.
    """

    id: str = ""
    name: str = ""
    claim: str = ""
    holds: bool = True
    applies: bool = True
    checked: int = 0
    violations: int = 0
    again: float = 0.0
    evidence: tuple[EvidenceView, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkloadView:
    """What the load generator is doing."""

    id: str = ""
    label: str = ""
    running: bool = False
    rate: float = 0.0
    seed: int = 0
    issued: int = 0
    shed: int = 0
    achieved: float = 0.0
    seconds_left: float = 0.0


@dataclass(frozen=True, slots=True)
class SampleView:
    """The sample traffic of a fresh room: what it does, how often per second, and until when."""

    running: bool = False
    does: str = ""
    rate: float = 0.0
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class FaultView:
    """Something that is being done to a node."""

    node: str = ""
    kind: str = ""
    value: float = 0.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class TrafficView:
    """All requests of the last seconds, by hand and by workload. Latencies in ms."""

    rate: float = 0.0
    errors: float = 0.0
    total: int = 0
    failed: int = 0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    samples: int = 0


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the feed: a plain sentence of what happened and why."""

    id: str = ""
    t: float = 0.0
    clock: str = ""
    kind: str = "request"
    outcome: str = "ok"
    text: str = ""
    why: str = ""
    ms: float = 0.0
    trace: str = ""
    by: str = ""
    hand: str = ""  # of a class, which of those who may click
    way: tuple[tuple[str, str, str], ...] = ()  # of such a request: from, to, outcome


@dataclass(frozen=True, slots=True)
class MissionView:
    """How far a mission is: its goals in their order, what was measured for each, and since when all are met.

    `held` is for how many seconds they have been met in a row, at most what the mission wants.
    """

    id: str = ""
    met: tuple[bool, ...] = ()
    measured: tuple[str, ...] = ()
    held: float = 0.0
    reached: bool = False


@dataclass(frozen=True, slots=True)
class LabSnapshot:
    """The part of a snapshot that every lab has; each design's `Snapshot` adds its own."""

    config: dict[str, str | float] = field(default_factory=dict)
    seed: int = 0
    uptime: float = 0.0
    traffic: TrafficView = TrafficView()
    workload: WorkloadView = WorkloadView()
    sample: SampleView = SampleView()
    faults: tuple[FaultView, ...] = ()
    nodes: tuple[NodeView, ...] = ()
    edges: tuple[EdgeView, ...] = ()
    kinds: tuple[KindView, ...] = ()
    invariants: tuple[InvariantView, ...] = ()
    missions: tuple[MissionView, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """A snapshot with a sequence number and a time; what travels to a viewer."""

    seq: int = 0
    t: float = 0.0
    snapshot: LabSnapshot = LabSnapshot()
    events: tuple[EventView, ...] = ()
