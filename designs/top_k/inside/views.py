"""What a frame of top-k shows."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class VideoView:
    """A video on the wall. `views` are the true ones of the last minute, of the leaderboard's cut."""

    id: str = ""
    title: str = ""
    views: int = 0
    viral: bool = False


@dataclass(frozen=True, slots=True)
class RankView:
    """A rank of a leaderboard, and of the true one beside it. `share` is of the largest, in per cent."""

    rank: int = 0
    id: str = ""
    title: str = ""
    views: int = 0
    share: float = 0.0
    true_views: int = 0
    error: int = 0
    belongs: bool = True
    true_id: str = ""
    true_title: str = ""
    truth: int = 0


@dataclass(frozen=True, slots=True)
class BoardView:
    """A leaderboard as it was last answered; `known` once it was.

    A `partial` one lacks `missing` slots of `slots`, that nobody answered for, or the views that
    `lacking` ones lost: how far it is off, nobody knows. A `late` one is compared with the truth of
    now. Errors are None where they are not known.
    """

    known: bool = False
    window: str = ""
    label: str = ""
    ranks: tuple[RankView, ...] = ()
    exact: bool = True
    bound: float = 0.0
    age_s: float = 0.0
    partial: bool = False
    late: bool = False
    missing: int = 0
    lacking: int = 0
    slots: int = 0
    read: int = 0
    ms: float = 0.0
    recall_pct: float | None = None
    mean_error: float | None = None
    max_error: int | None = None
    views: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BoardsView:
    """The three windows."""

    minute: BoardView = BoardView()
    five: BoardView = BoardView()
    hour: BoardView = BoardView()


@dataclass(frozen=True, slots=True)
class CellView:
    """A counter that was just used: folded `column`, value, and what it means."""

    row: int = 0
    column: int = 0
    cell: int = 0
    count: int = 0
    minimum: bool = False
    collision: bool = False


@dataclass(frozen=True, slots=True)
class PointView:
    """A video in truth and in the sketch."""

    label: str = ""
    truth: int = 0
    error: int = 0


@dataclass(frozen=True, slots=True)
class HeapView:
    """An entry of the heap; the children of entry n are at 2n+1 and 2n+2."""

    label: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class SketchView:
    """The sketch: its newest slice of the hour as a grid, its size, and its errors over the last minute.

    Errors compare it with the log over the same slices, at the same moment. `lost` when its host has
    lost views of the last minute: then there is nothing to compare.
    """

    on: bool = False
    role: str = ""
    width: int = 0
    depth: int = 0
    rows: tuple[tuple[int, ...], ...] = ()
    folded: int = 1
    written: tuple[CellView, ...] = ()
    read: tuple[CellView, ...] = ()
    last: str = ""
    last_estimate: int = 0
    last_truth: int = 0
    looked: str = ""
    looked_estimate: int = 0
    looked_truth: int = 0
    sketches: int = 0
    kib: float = 0.0
    heap_kib: float = 0.0
    exact_kib: float = 0.0
    epsilon_pct: float = 0.0
    delta_pct: float = 0.0
    bound: float = 0.0
    views: int = 0
    lost: bool = False
    recall_pct: float | None = None
    mean_error: float | None = None
    max_error: int | None = None
    under: int = 0
    points: tuple[PointView, ...] = ()
    heap: tuple[HeapView, ...] = ()
    heap_held: int = 0
    heap_size: int = 0


@dataclass(frozen=True, slots=True)
class HostView:
    """A host: what it holds and how busy it is. `index` is its colour."""

    id: str = ""
    label: str = ""
    index: int = 0
    state: str = "up"
    kib: float = 0.0
    videos: int = 0
    slots: int = 0
    stale: int = 0
    rate: float = 0.0
    load_pct: float = 0.0
    hot: bool = False


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot: who answers for it, who else has a copy, and whether all is well with it."""

    id: int = 0
    owner: int = -1
    copies: str = ""
    state: str = "ok"


@dataclass(frozen=True, slots=True)
class FleetView:
    """The hosts and their slots."""

    on: bool = True
    approach: str = ""
    hosts: tuple[HostView, ...] = ()
    slots: tuple[SlotView, ...] = ()
    copies: int = 1
    largest_kib: float = 0.0
    lost_views: int = 0
    overwritten: int = 0
    repaired: int = 0
    change: str = ""
    moving: int = 0
    moved: int = 0
    moved_of: int = 0
    moved_counts: int = 0
    modulo_would: int = 0


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage of the batch pipeline: what waits before it, in views."""

    id: str = ""
    label: str = ""
    waiting: int | None = 0
    unit: str = "views"
    says: str = ""
    state: str = "up"


@dataclass(frozen=True, slots=True)
class PipelineView:
    """The batch pipeline."""

    on: bool = False
    stages: tuple[StageView, ...] = ()
    late_s: float | None = None
    rows: int = 0
    files: int = 0
    intervals: int = 0
    batches: int = 0
    counted: int = 0
    read_again: int = 0
    flush_s: int = 0
    batch_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class SliceView:
    """A slice of a window: its views, oldest first; `live` while it counts."""

    views: int = 0
    live: bool = True


@dataclass(frozen=True, slots=True)
class WindowView:
    """How a window is covered by slices."""

    label: str = ""
    slices: tuple[SliceView, ...] = ()
    covered_s: float = 0.0
    slice_s: float = 0.0
    views: int = 0
    newest_filled_pct: float = 0.0


@dataclass(frozen=True, slots=True)
class TotalsView:
    """Since the engine was opened, and what is in the last hour."""

    views: int = 0
    views_per_s: float = 0.0
    queries: int = 0
    queries_per_s: float = 0.0
    refused: int = 0
    videos: int = 0
    quota: int = 0
    logged: int = 0
    in_hour: int = 0
    in_log: int = 0
    stored_slices: int = 0
    query_p50: float = 0.0
    query_p99: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """Everything that the panels of top-k show."""

    wall: tuple[VideoView, ...] = ()
    boards: BoardsView = BoardsView()
    sketch: SketchView = SketchView()
    fleet: FleetView = FleetView()
    pipeline: PipelineView = PipelineView()
    windows: tuple[WindowView, ...] = ()
    totals: TotalsView = TotalsView()
