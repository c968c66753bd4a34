"""What the panels may show: frozen, bounded, ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import LaneView


@dataclass(frozen=True, slots=True)
class MatchView:
    """A match, as a phone lists it; `clock` is the time by the clocks of the area, zone named."""

    number: int = 0
    id: str = ""
    name: str = ""
    face: str = ""
    clock: str = ""


@dataclass(frozen=True, slots=True)
class PhoneView:
    """One of the two phones: whose it is, their filters, their matches.

    `version` grows when cards are void; `gone` are the last people swiped, wherever that was done.
    """

    id: str = ""
    name: str = ""
    face: str = ""
    age: int = 0
    region: str = ""
    lat: float = 0.0
    lng: float = 0.0
    age_min: int = 18
    age_max: int = 99
    km: float = 10.0
    wanted: str = ""
    version: int = 0
    swipes: int = 0
    gone: tuple[str, ...] = ()
    matches: tuple[MatchView, ...] = ()
    match_total: int = 0


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell of the location index on the map: a rectangle in km from the area's south-west corner."""

    name: str = ""
    x: float = 0.0
    y: float = 0.0
    wide: float = 0.0
    tall: float = 0.0
    people: int = 0
    looked: bool = False


@dataclass(frozen=True, slots=True)
class DotView:
    """Somebody on the map. Kind is candidate, queue, other or me."""

    x: float = 0.0
    y: float = 0.0
    kind: str = "candidate"
    name: str = ""


@dataclass(frozen=True, slots=True)
class MapView:
    """Where the last search looked."""

    area_km: float = 40.0
    cells: tuple[CellView, ...] = ()
    dots: tuple[DotView, ...] = ()
    x: float = 0.0
    y: float = 0.0
    km: float = 10.0
    people: int = 0
    candidates: int = 0
    examined: int = 0
    looked: int = 0
    fullest: int = 0
    who: str = ""


@dataclass(frozen=True, slots=True)
class CardView:
    """A card in the queue; `fits` is false for one whose owner or person has changed since."""

    id: str = ""
    name: str = ""
    face: str = ""
    age: int = 0
    km: float = 0.0
    score: float = 0.0
    fits: bool = True


@dataclass(frozen=True, slots=True)
class QueueView:
    """A person's prepared feed. `expires_in` in seconds, in few steps: each of them draws the page anew."""

    who: str = ""
    cards: tuple[CardView, ...] = ()
    size: int = 0
    capacity: int = 0
    refill_below: int = 0
    built_at: str = ""
    expires_in: int = 0
    ttl: float = 0.0
    source: str = ""
    complete: bool = False
    refilling: bool = False
    exists: bool = False
    stale: int = 0


@dataclass(frozen=True, slots=True)
class SourceView:
    """What GET /feed has cost so far from one source."""

    id: str = ""
    label: str = ""
    chosen: bool = False
    asked: int = 0
    p50: float = 0.0
    p99: float = 0.0


@dataclass(frozen=True, slots=True)
class RefillView:
    """Refills since the lab was opened."""

    sources: tuple[SourceView, ...] = ()
    refills: int = 0
    in_background: int = 0
    background_ms: float = 0.0
    cards: int = 0
    dry: int = 0


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of a score."""

    label: str = ""
    points: float = 0.0
    most: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class ScoreView:
    """Why a card stands where it does."""

    who: str = ""
    id: str = ""
    name: str = ""
    face: str = ""
    rank: int = 0
    of: int = 0
    total: float = 0.0
    parts: tuple[PartView, ...] = ()


@dataclass(frozen=True, slots=True)
class FilterView:
    """The Bloom filter of one person, with its wrong yeses as counted and as theory has them, in per cent.

    `measured`, `theory`, `probed` and `hidden` are of the filter as it was with `measured_at` swipes, -1
    before it was measured.
    """

    who: str = ""
    exists: bool = False
    bits: int = 0
    hashes: int = 0
    added: int = 0
    fill: float = 0.0
    cells: str = ""
    measured: float = 0.0
    theory: float = 0.0
    probed: int = 0
    hidden: int = 0
    measured_at: int = -1
    filters: int = 0
    built: int = 0
    reread: int = 0
    built_ms: float = 0.0
    history: int = 0
    begins_at: int = 0


@dataclass(frozen=True, slots=True)
class AgainView:
    """The two prices: shown again, and hidden. `by` is the approach in force."""

    by: str = ""
    screened: int = 0
    shown_again: int = 0
    let_through: int = 0
    hidden: int = 0
    filter_yes: int = 0
    by_replica: int = 0
    by_filter: int = 0
    by_phone: int = 0


@dataclass(frozen=True, slots=True)
class PartitionView:
    """Swipes of one partition, by who swiped; `share` is that of the fullest, 0..1.

    `turns` are the swipes that the pair partition of the same number has served.
    """

    label: str = ""
    swipes: int = 0
    people: int = 0
    share: float = 0.0
    turns: int = 0


@dataclass(frozen=True, slots=True)
class StoreView:
    """The swipe store."""

    partitions: tuple[PartitionView, ...] = ()
    total: int = 0
    most: int = 0
    repeats: int = 0
    likes: int = 0
    behind_west: int = 0
    behind_east: int = 0
    lag_ms: float = 0.0
    per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class RaceView:
    """The newest pair that liked each other, judged by the stores. `matches` is how many the stores have."""

    lanes: tuple[LaneView, ...] = ()
    exists: bool = False
    matched: bool = True
    apart_ms: float = 0.0
    mutual: int = 0
    matches: int = 0
    missed: int = 0
    missed_pairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaleView:
    """Cards out of place: shown although they no longer fit, against taken out in time."""

    shown: int = 0
    evicted: int = 0
    dropped: int = 0
    waiting: int = 0
    news: int = 0
    lag_s: float = 0.0
    applied: int = 0
    crossed: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the matchmaker. `born` tells phones that the lab began anew."""

    born: float = 0.0
    phones: tuple[PhoneView, ...] = ()
    map: MapView = MapView()
    queue: QueueView = QueueView()
    refill: RefillView = RefillView()
    score: ScoreView = ScoreView()
    filter: FilterView = FilterView()
    again: AgainView = AgainView()
    store: StoreView = StoreView()
    race: RaceView = RaceView()
    stale: StaleView = StaleView()
