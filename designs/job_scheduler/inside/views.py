"""What the panels and the product may show. Times are ms since 1970 where a clock is drawn from them."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import DelayView, LaneView


@dataclass(frozen=True, slots=True)
class ComingView:
    """A run that waits."""

    id: str = ""
    name: str = ""
    due_ms: int = 0
    clock: str = ""
    cron: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True)
class MyJobView:
    """A job of the visitor; `due_ms` is its newest time."""

    id: str = ""
    name: str = ""
    state: str = ""
    due_ms: int = 0
    clock: str = ""
    cron: str = ""
    callback: str = ""


@dataclass(frozen=True, slots=True)
class CallbackView:
    """A callback in the bin."""

    id: str = ""
    name: str = ""
    due_ms: int = 0
    at_ms: int = 0
    delay_ms: int = 0
    clock: str = ""
    worker: str = ""
    attempt: int = 0
    mine: bool = False


@dataclass(frozen=True, slots=True)
class DeadView:
    """A run that was given up."""

    id: str = ""
    job: str = ""
    name: str = ""
    callback: str = ""
    clock: str = ""
    attempts: int = 0
    mine: bool = False


@dataclass(frozen=True, slots=True)
class ScreenView:
    """What the product shows; `waiting` is -1 until it was read."""

    coming: tuple[ComingView, ...] = ()
    jobs: tuple[MyJobView, ...] = ()
    callbacks: tuple[CallbackView, ...] = ()
    dead: tuple[DeadView, ...] = ()
    waiting: int = -1


@dataclass(frozen=True, slots=True)
class PartitionView:
    """A partition with its owner, as its row says."""

    name: str = ""
    holder: str = ""
    token: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class PartitionsView:
    """Who owns what, and what the tokens kept away."""

    partitions: tuple[PartitionView, ...] = ()
    owners: int = 0
    leader: str = ""
    leader_token: int = 0
    moves: int = 0
    refused: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True)
class FiringView:
    """When runs were due, and when they were called; `points` are pairs of ms after the first and ms of delay."""

    points: tuple[tuple[int, int], ...] = ()
    delay: DelayView = DelayView()
    lifetime_p50: float = 0.0
    lifetime_p99: float = 0.0
    due_per_s: float = 0.0
    fired_per_s: float = 0.0
    most_due: int = 0


@dataclass(frozen=True, slots=True)
class QueueView:
    """The ready queue. `deepest` is the greatest depth that an extractor saw."""

    depth: int = -1
    taken: int = 0
    delayed: int = 0
    undone: int = 0
    threshold: int = 0
    deepest: int = 0
    held_back: int = 0
    again: int = 0
    deaths: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class TryView:
    """An attempt of the run that is followed."""

    number: int = 0
    clock: str = ""
    worker: str = ""
    said: str = ""
    took_ms: int = 0
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class RetriesView:
    """One run and its attempts."""

    name: str = ""
    callback: str = ""
    tries: tuple[TryView, ...] = ()
    lanes: tuple[LaneView, ...] = ()
    failed: int = 0
    retried: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class DoublesView:
    """What was done or queued once more, and what was kept away."""

    kept: int = -1
    logged: int = 0
    doubles: int = 0
    prevented: int = 0
    requeued: int = 0
    skipped: int = 0
    again: int = 0


@dataclass(frozen=True, slots=True)
class OutcomesView:
    """Runs by state, as their rows say; -1 until they were read."""

    jobs: int = -1
    waiting: int = 0
    queued: int = 0
    done: int = 0
    dead: int = 0
    dropped: int = 0
    cancelled: int = 0
    late: int = 0
    scans: int = 0
    rows_read: int = 0
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the job scheduler."""

    screen: ScreenView = ScreenView()
    partitions: PartitionsView = PartitionsView()
    firing: FiringView = FiringView()
    queue: QueueView = QueueView()
    retries: RetriesView = RetriesView()
    doubles: DoublesView = DoublesView()
    outcomes: OutcomesView = OutcomesView()
