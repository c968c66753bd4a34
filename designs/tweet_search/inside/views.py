"""What the panels and the page show: frozen, bounded, ready to print."""

from __future__ import annotations

from dataclasses import dataclass, field

from sdlab.lab.snapshot import LabSnapshot
from sdlab.lab.views import DelayView


@dataclass(frozen=True, slots=True)
class TweetView:
    """A tweet on the page. `age` is in words, `index_likes` what an approximate order took for its likes."""

    id: int = 0
    author: str = ""
    text: str = ""
    when: str = ""
    language: str = ""
    likes: int = 0
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class ScreenView:
    """The search on the page; `known` before there was an answer is false. `found_s` below 0: not found yet."""

    known: bool = False
    query: str = ""
    sort: str = "Likes"
    tweets: tuple[TweetView, ...] = ()
    total: int = 0
    counted: bool = False
    more: bool = False
    partial: str = ""
    problem: str = ""
    mine: str = ""
    mine_id: int = 0
    found_s: float = -1.0


@dataclass(frozen=True, slots=True)
class TermListView:
    """A posting list: its first ids, and how many there are."""

    label: str = ""
    ids: tuple[int, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class WalkStepView:
    """A step of the walk over the lists."""

    kind: str = ""
    which: int = 0
    start: int = 0
    at: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class ListsView:
    """Lists of the query's terms and the walk over their first ids."""

    query: str = ""
    readings: int = 0
    lists: tuple[TermListView, ...] = ()
    steps: tuple[WalkStepView, ...] = ()
    more: int = 0
    walk: str = ""
    matches: int = 0
    visited: int = 0
    skipped: int = 0
    all_terms: int | None = None
    all_ids: int | None = None
    longest: str = ""
    longest_ids: int | None = None


@dataclass(frozen=True, slots=True)
class PartView:
    """What one term adds to the score of a tweet."""

    id: int = 0
    text: str = ""
    term: str = ""
    idf: float = 0.0
    frequency: int = 0
    saturation: float = 0.0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment of a shard; `share` is its part of the largest, per cent."""

    shard: int = 0
    id: str = ""
    documents: int = 0
    deleted: int = 0
    kib: float = 0.0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class SegmentsView:
    """All segments, and what commits and merges there were."""

    on: bool = False
    segments: tuple[SegmentView, ...] = ()
    total: int = 0
    documents: int = 0
    deleted: int = 0
    mib: float = 0.0
    commits: int = 0
    merges: int = 0
    written: int = 0
    commit_ms: float = 0.0
    rebuilt: int = 0


@dataclass(frozen=True, slots=True)
class ShardView:
    """A shard or a copy of one: its state, its calls, and how long its part of the last search took."""

    id: str = ""
    label: str = ""
    state: str = "up"
    calls: int = 0
    errors: int = 0
    segments: int = 0
    documents: int = 0
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class LikedView:
    """A tweet that was liked here: its likes, and those that the index knows (below 0: it has none)."""

    id: int = 0
    likes: int = 0
    known: int = -1


@dataclass(frozen=True, slots=True)
class LikesView:
    """Likes as they are and as the index knows them, and how true the last first page was."""

    points: tuple[LikedView, ...] = ()
    liked: int = 0
    given: int = 0
    told: int = 0
    queued: int = 0
    times: float = 0.0
    recall_pct: float = 0.0
    judged: bool = False
    recall_of: str = ""
    rerank: int = 0


@dataclass(frozen=True, slots=True)
class KeptView:
    """A list in the cache: its first ids, newest first."""

    query: str = ""
    kind: str = ""
    size: int = 0
    ids: tuple[int, ...] = ()
    upto: int = 0
    ttl_s: int = 0


@dataclass(frozen=True, slots=True)
class PagesView:
    """The page cache."""

    lists: int = 0
    listed: int = 0
    kept: tuple[KeptView, ...] = ()
    hits: int = 0
    misses: int = 0
    evicted: int = 0


@dataclass(frozen=True, slots=True)
class FreshView:
    """From posted to found, and what waits."""

    delays: DelayView = field(default_factory=DelayView)
    every_s: float = 0.0
    promise_s: float = 0.0
    found: int = 0
    waiting: int = 0
    watermark: int = 0
    newest: int = 0


@dataclass(frozen=True, slots=True)
class HotView:
    """A term and how hot it is."""

    term: str = ""
    heat: float = 0.0
    hot: bool = False


@dataclass(frozen=True, slots=True)
class HotTermsView:
    """The terms that are searched most."""

    terms: tuple[HotView, ...] = ()
    kept: int = 0
    hits: int = 0
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class CostView:
    """What searches cost since opened."""

    searches: int = 0
    pages: int = 0
    asked: int = 0
    looked: int = 0
    per_search: float = 0.0
    partial: int = 0
    searches_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SourceView:
    """The source of truth."""

    archive: int = 0
    rows: int = 0
    news: int = 0
    archive_mib: float = 0.0
    lists_mib: float = 0.0
    building: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """Everything that the panels may show."""

    screen: ScreenView = ScreenView()
    lists: ListsView = ListsView()
    scores: tuple[PartView, ...] = ()
    segments: SegmentsView = SegmentsView()
    shards: tuple[ShardView, ...] = ()
    likes: LikesView = LikesView()
    pages: PagesView = PagesView()
    fresh: FreshView = field(default_factory=FreshView)
    hot: HotTermsView = HotTermsView()
    cost: CostView = CostView()
    source: SourceView = SourceView()
