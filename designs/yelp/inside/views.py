"""What the panels show of Yelp: frozen, bounded, ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import LaneView


@dataclass(frozen=True, slots=True)
class HitView:
    """A place of the list. `x` and `y` are metres in the city; the points are weighted parts of the score, 0 to 100."""

    id: int = 0
    rank: int = 0
    name: str = ""
    kind: str = ""
    tags: str = ""
    street: str = ""
    x: float = 0.0
    y: float = 0.0
    metres: float = 0.0
    stars: float = 0.0
    ratings: int = 0
    score: float = 0.0
    text: float = 0.0
    near: float = 0.0
    rated: float = 0.0
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell that was looked into: corners in metres, and how many candidates are in it."""

    name: str = ""
    corners: tuple[float, ...] = ()
    count: int = 0
    touched: bool = True


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What somebody said."""

    by: str = ""
    stars: int = 0
    text: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class PlaceView:
    """The open place; id 0 for none. `mine` are the visitor's own stars, 0 for none."""

    id: int = 0
    name: str = ""
    kind: str = ""
    tags: str = ""
    street: str = ""
    stars: float = 0.0
    ratings: int = 0
    mine: int = 0
    reviews: tuple[ReviewView, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplorerView:
    """The map on the page. `others` are found places beyond the list, `vain` candidates outside of the circle."""

    term: str = ""
    x: float = 0.0
    y: float = 0.0
    radius: float = 0.0
    found: int = 0
    source: str = ""
    fallback: bool = False
    hits: tuple[HitView, ...] = ()
    others: tuple[int, ...] = ()
    vain: tuple[int, ...] = ()
    cells: tuple[CellView, ...] = ()
    cells_asked: int = 0
    level: int = 0
    place: PlaceView = PlaceView()


@dataclass(frozen=True, slots=True)
class ListView:
    """A list of places that was walked: its first ids and its length."""

    label: str = ""
    ids: tuple[int, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class WalkStepView:
    """A step of a walk over lists."""

    kind: str = ""
    which: int = 0
    start: int = 0
    at: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class PlanLineView:
    """A step of the database's plan."""

    text: str = ""
    rows: float = -1.0
    removed: float = -1.0
    ms: float = -1.0


@dataclass(frozen=True, slots=True)
class CandidatesView:
    """The last search of the page by its steps, and what searches looked at on average since opened."""

    touched: int = 0
    candidates: int = 0
    in_vain: int = 0
    found: int = 0
    ms: float = 0.0
    walk: str = ""
    lists: tuple[ListView, ...] = ()
    steps: tuple[WalkStepView, ...] = ()
    more: int = 0
    worked: int = 0
    touched_each: float = 0.0
    candidates_each: float = 0.0
    vain_each: float = 0.0
    cells_each: float = 0.0
    ms_each: float = 0.0
    plan: tuple[PlanLineView, ...] = ()


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of a score: from 0 to 1, its weight, and the points that it gives."""

    label: str = ""
    value: float = 0.0
    weight: float = 0.0
    points: float = 0.0
    why: str = ""
    tone: str = "s0"


@dataclass(frozen=True, slots=True)
class WordView:
    """A word of the search: how many places have it, and how much it tells."""

    word: str = ""
    places: int = 0
    idf: float = 0.0


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One score, taken apart. `favourite` is the position of the favourite in the list, 0 where it is not in it."""

    name: str = ""
    rank: int = 0
    score: float = 0.0
    parts: tuple[PartView, ...] = ()
    words: tuple[WordView, ...] = ()
    favourite: int = 0


@dataclass(frozen=True, slots=True)
class AverageView:
    """A place's sums as stored and as its rows say; -1 before anybody has read them. `off` is of all places."""

    name: str = ""
    does: str = ""
    version: int = -1
    stored: int = -1
    stored_average: float = -1.0
    true: int = -1
    true_average: float = -1.0
    off: int = -1
    under_way: int = 0
    first: int = 0
    edits: int = 0
    versions: int = 0
    retried: int = 0
    locked: int = 0
    batches: int = 0
    lanes: tuple[LaneView, ...] = ()


@dataclass(frozen=True, slots=True)
class DoubleView:
    """Somebody who has rated a place more than once."""

    place: str = ""
    by: str = ""
    ratings: int = 0


@dataclass(frozen=True, slots=True)
class RatingsView:
    """The table of ratings."""

    total: int = -1
    doubles: int = -1
    who: tuple[DoubleView, ...] = ()
    lanes: tuple[LaneView, ...] = ()
    database: str = ""


@dataclass(frozen=True, slots=True)
class IndexView:
    """The index and what is on its way to it. `wrong` places are known to it otherwise than the database has them."""

    indexed: int = 0
    places: int = -1
    wrong: int = 0
    named: tuple[str, ...] = ()
    waiting: int = -1
    oldest_s: float = 0.0
    applied: int = -1
    news: int = -1
    queued: int = -1
    written: int = 0
    sent: int = 0
    lost: int = 0
    fallback: int = 0


@dataclass(frozen=True, slots=True)
class CacheView:
    """Kept answers. `stale` ones were wrong when they were given."""

    kept: int = 0
    hits: int = 0
    misses: int = 0
    hit_pct: float = 0.0
    stale: int = 0
    cleared: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """Everything that the page shows."""

    explorer: ExplorerView = ExplorerView()
    candidates: CandidatesView = CandidatesView()
    score: ScoreView = ScoreView()
    average: AverageView = AverageView()
    ratings: RatingsView = RatingsView()
    lag: IndexView = IndexView()
    cache: CacheView = CacheView()
