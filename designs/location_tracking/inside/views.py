"""What the panels may show: frozen, bounded, ready to print. Coordinates are metres in the city."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class PointsView:
    """Positions as the system knows them, packed.

    `data` is base64 of little-endian unsigned 16-bit pairs (x, y) in half metres, in the order of
    the fleet; `marks` has one sign per point: `0` fresh, `1` stale.
    """

    data: str = ""
    marks: str = ""
    drawn: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell of the index: its corners as x, y, x, y, …, how many points it holds, whether the query looked in."""

    id: str = ""
    corners: tuple[float, ...] = ()
    count: int = 0
    touched: bool = False


@dataclass(frozen=True, slots=True)
class HitView:
    """A bus of an answer. `right` says whether the full scan has it too."""

    id: str = ""
    x: float = 0.0
    y: float = 0.0
    metres: float = 0.0
    right: bool = True
    missed: bool = False


@dataclass(frozen=True, slots=True)
class QueryView:
    """The last query. `radius` is the distance of the farthest true answer."""

    asked: bool = False
    x: float = 0.0
    y: float = 0.0
    k: int = 0
    radius: float = 0.0
    hits: tuple[HitView, ...] = ()
    cells: int = 0
    examined: int = 0
    total: int = 0
    returned: int = 0
    missed: int = 0
    ms: float = 0.0
    by: str = ""


@dataclass(frozen=True, slots=True)
class BusView:
    """A bus that people follow, as the shards hold it. `age` is seconds since its last position; -1 when there is none.

    `shards` are those that hold it; `kmh` is -1 while only one position is known.
    """

    id: str = ""
    label: str = ""
    x: float = 0.0
    y: float = 0.0
    where: str = ""
    cell: str = ""
    shards: str = ""
    age: float = -1.0
    stale: bool = False
    kmh: float = -1.0


@dataclass(frozen=True, slots=True)
class StopView:
    """A stop of the route that is followed."""

    id: str = ""
    name: str = ""
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class FollowView:
    """What a parent sees. `minutes` is -1 when nobody can say."""

    bus: str = ""
    stop: str = ""
    stop_name: str = ""
    x: float = 0.0
    y: float = 0.0
    metres: float = 0.0
    minutes: float = -1.0
    why: str = ""
    stops: tuple[StopView, ...] = ()
    route: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class FenceView:
    """A geofence, who is inside, its S2 covering, and whether the visitor made it."""

    id: str = ""
    name: str = ""
    x: float = 0.0
    y: float = 0.0
    radius: float = 0.0
    bus: str = ""
    inside: str = ""
    cells: int = 0
    mine: bool = False


@dataclass(frozen=True, slots=True)
class AlertView:
    """A crossing, newest first."""

    clock: str = ""
    bus: str = ""
    fence: str = ""
    entered: bool = True


@dataclass(frozen=True, slots=True)
class ApproachView:
    """One index on the same points. Costs in microseconds; `right` of `asked` answers equal the scan's.

    Shares are percent of the dearest index.
    """

    id: str = ""
    label: str = ""
    chosen: bool = False
    points: int = 0
    update_us: float = 0.0
    update_share: float = 0.0
    query_us: float = 0.0
    query_share: float = 0.0
    examined: float = 0.0
    cells: float = 0.0
    splits: float = 0.0
    right: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class ShardView:
    """A shard with the buses that it holds, -1 before the first look. `part` is its share of all, percent."""

    id: str = ""
    label: str = ""
    buses: int = -1
    cells: int = 0
    part: float = 0.0
    up: bool = True


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A stretch of the key space (0..1) and the number of the shard that owns it."""

    start: float = 0.0
    end: float = 0.0
    owner: int = 0


@dataclass(frozen=True, slots=True)
class ShardsView:
    """Where positions are. `resharded` of `resharded_of` moved when the shards last changed."""

    shards: tuple[ShardView, ...] = ()
    segments: tuple[SegmentView, ...] = ()
    moved: int = 0
    resharded: int = 0
    resharded_of: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionsView:
    """Open connections of real clients, and the age of what the system knows, seconds; -1 while it knows nothing."""

    sending: int = 0
    following: int = 0
    sent: int = 0
    sent_bytes: int = 0
    overwritten: int = 0
    dropped: int = 0
    resumed: int = 0
    age_p50: float = -1.0
    age_p99: float = -1.0
    ages: tuple[int, ...] = ()
    stale: int = 0


@dataclass(frozen=True, slots=True)
class DensityView:
    """How points are spread over the cells of the index: counts of the fullest cells, fullest first.

    `rate` is splits and merges per second.
    """

    counts: tuple[int, ...] = ()
    cells: int = 0
    fullest: int = 0
    mean: float = 0.0
    splits: int = 0
    merges: int = 0
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class TotalsView:
    """Since the engine was opened; rates per second of the last seconds."""

    known: int = 0
    stored: int = 0
    dropped: int = 0
    refused: int = 0
    rate: float = 0.0
    drop_rate: float = 0.0
    queries: int = 0
    examined_each: float = 0.0
    missed: int = 0
    alerts: int = 0
    track_rows: int = -1


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of location tracking."""

    now: float = 0.0
    points: PointsView = PointsView()
    index_label: str = ""
    cells: tuple[CellView, ...] = ()
    cells_shown: int = 0
    query: QueryView = QueryView()
    buses: tuple[BusView, ...] = ()
    own: BusView = BusView()
    followed: FollowView = FollowView()
    fences: tuple[FenceView, ...] = ()
    alerts: tuple[AlertView, ...] = ()
    approaches: tuple[ApproachView, ...] = ()
    shards: ShardsView = ShardsView()
    connections: ConnectionsView = ConnectionsView()
    density: DensityView = DensityView()
    totals: TotalsView = TotalsView()
