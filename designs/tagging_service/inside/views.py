"""What the panels may show: frozen, bounded, ready to print. Times are ms, sizes bytes, shares 0..100 %."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class WallView:
    """What is on the wall. `looks` has two letters for each picture from 1, `bits` says which are found."""

    known: bool = False
    said: str = ""
    total: int = 0
    found: int = 0
    looks: str = ""
    bits: str = ""
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    active: bool = False
    approach: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TagView:
    """A tag of the cloud: how many items are told and how many there are; `off` by at most `bound`, if `within`."""

    name: str = ""
    told: int = 0
    exact: int = 0
    off: int = 0
    bound: int = 0
    within: bool = True
    size: int = 1


@dataclass(frozen=True, slots=True)
class ListView:
    """A posting list: the first of its ids, how many there are, and what it takes in four forms."""

    label: str = ""
    ids: tuple[int, ...] = ()
    total: int = 0
    raw: int = 0
    packed: int = 0
    bitmap: int = 0
    in_valkey: int = 0
    set_bytes: int = 0


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of the walk, as `sdlab.blocks.posting_list` tells it; `label` is the list."""

    kind: str = "next"
    which: int = 0
    start: int = 0
    at: int = 0
    id: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class WalkView:
    """The walk over the lists of the query on the wall; `more` steps follow those that are shown."""

    name: str = ""
    lists: tuple[ListView, ...] = ()
    steps: tuple[StepView, ...] = ()
    more: int = 0
    found: int = 0
    visited: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class PlanStepView:
    """A step of a plan. `parent` is the number of the step above, -1 for the first; `share` of the time is its own."""

    depth: int = 0
    parent: int = -1
    node: str = ""
    on: str = ""
    condition: str = ""
    rows: float = 0.0
    removed: float = 0.0
    loops: int = 1
    ms: float = 0.0
    share: float = 0.0
    hit: int = 0
    read: int = 0
    scan: bool = False


@dataclass(frozen=True, slots=True)
class PlanView:
    """A query that the database performed and explained; and the other way round, the tags of one item.

    `item_by` is the index that found those, empty where none did, and `item_pages` of 8 KiB were looked at for it.
    """

    steps: tuple[PlanStepView, ...] = ()
    ms: float = 0.0
    planning_ms: float = 0.0
    looked_at: int = 0
    uses: tuple[str, ...] = ()
    item_by: str = ""
    item_pages: int = 0


@dataclass(frozen=True, slots=True)
class SizeView:
    """Something that is stored, and its bytes; `share` of the largest."""

    name: str = ""
    what: str = ""
    bytes: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class HotView:
    """The partial index: its bytes beside those of the whole one, and the two queries."""

    active: int = 0
    share: float = 0.0
    bytes: int = 0
    whole_bytes: int = 0
    active_uses: bool = False
    other_uses: bool = False
    active_looked_at: int = 0
    other_looked_at: int = 0
    active_ms: float = 0.0
    other_ms: float = 0.0
    active_by: str = ""
    other_by: str = ""


@dataclass(frozen=True, slots=True)
class CopyView:
    """A copy of the pairs: how many it has, what it takes, queries that it answered, what a write to it costs."""

    id: str = ""
    label: str = ""
    pairs: int = 0
    bytes: int = 0
    answered: int = 0
    writes: int = 0
    write_ms: float | None = None
    apart: int = 0


@dataclass(frozen=True, slots=True)
class ShardView:
    """A shard of the bitmap index; `asked`, `gave` and `travelled` are of the last query."""

    id: str = ""
    label: str = ""
    state: str = "up"
    lists: int = 0
    ids: int = 0
    writes: int = 0
    reads: int = 0
    load: float = 0.0
    share: float = 0.0
    asked: bool = False
    gave: int = 0
    travelled: int = 0


@dataclass(frozen=True, slots=True)
class ShardsView:
    """All shards, and the last query that went to them."""

    shards: tuple[ShardView, ...] = ()
    hottest: float = 0.0
    asked: int = 0
    lists: int = 0
    travelled: int = 0


@dataclass(frozen=True, slots=True)
class PairsView:
    """Rows, as they are stored, and what was done since opened."""

    pictures: int = 0
    tags: int = 0
    pairs: int = 0
    doubled: int = 0
    stranded: int = 0
    waiting: int = 0
    added: int = 0
    removed: int = 0
    merges: int = 0
    renames: int = 0
    moved: int = 0
    pair_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class CountsView:
    """Counts as they are told: the largest error among the tags shown, and how many are off, and beyond their bound."""

    largest: int = 0
    wrong: int = 0
    beyond: int = 0
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class QueriesView:
    """How long queries took in ms, by mean of the latest; nothing before the first."""

    asked: int = 0
    ms: float | None = None
    ms3: float | None = None
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """Everything that the page shows."""

    database: str = "PostgreSQL"
    wall: WallView = WallView()
    cloud: tuple[TagView, ...] = ()
    walk: WalkView = WalkView()
    plan: PlanView = PlanView()
    sizes: tuple[SizeView, ...] = ()
    hot: HotView = HotView()
    copies: tuple[CopyView, ...] = ()
    shards: ShardsView = ShardsView()
    pairs: PairsView = PairsView()
    counts: CountsView = CountsView()
    queries: QueriesView = QueriesView()
