"""What the panels may show: frozen, bounded, ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import DelayView


@dataclass(frozen=True, slots=True)
class OwnPostView:
    """A post of a demo user, which `written` of `followers` feeds hold.

    `state` is done, under_way, interrupted, lacking, merged, or unknown before the feeds were looked into.
    """

    id: int = 0
    text: str = ""
    clock: str = ""
    followers: int = 0
    written: int = 0
    state: str = "unknown"


@dataclass(frozen=True, slots=True)
class DemoUserView:
    """One side of the page; `known` once the room has said so.

    `arrived` are the newest posts that came in, `version` counts changes of what is to be seen.
    """

    title: str = ""
    known: bool = False
    id: str = ""
    name: str = ""
    number: int = 0
    followers: int = 0
    following: int = 0
    follows_other: bool = False
    merged: bool = False
    arrived: tuple[int, ...] = ()
    version: int = 0
    own: tuple[OwnPostView, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A post on its way. `reached` is base64 of unsigned 16-bit numbers of members, in the order of writing."""

    id: int = 0
    author: int = 0
    name: str = ""
    followers: int = 0
    written: int = 0
    reached: str = ""
    state: str = "done"
    worker: str = ""
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class ApproachView:
    """What one approach cost since the lab was opened. Times in ms; all 0 while it was not used."""

    id: str = ""
    label: str = ""
    used: bool = False
    posts: int = 0
    writes: int = 0
    per_post: float = 0.0
    views: int = 0
    reads: int = 0
    per_view: float = 0.0
    post_p50: float = 0.0
    post_p99: float = 0.0
    read_p50: float = 0.0
    read_p99: float = 0.0


@dataclass(frozen=True, slots=True)
class QueueView:
    """The fan-out queue. `rewritten` are entries that were already there: the price of at least once.

    `waiting` jobs are in the stream or with a worker, -1 before the first look; `unsent` are not in it yet.
    """

    waiting: int = -1
    unsent: int = 0
    taken: int = 0
    rate: float = 0.0
    written: int = 0
    rewritten: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One worker. `taken` are jobs that it holds, -1 before the first look; `rate` feed entries per second."""

    id: str = ""
    label: str = ""
    up: bool = True
    doing: str = ""
    taken: int = -1
    jobs: int = 0
    claimed: int = 0
    rate: float = 0.0
    capacity: int = 1


@dataclass(frozen=True, slots=True)
class FeedRowView:
    """An entry of the feed, or of a list that is merged in."""

    id: int = 0
    author: str = ""
    clock: str = ""
    ahead: bool = True


@dataclass(frozen=True, slots=True)
class FeedView:
    """What the stores hold for the follower on the page: its feed, and the lists that a page is merged from.

    `held` entries are in the feed, -1 before the first look; of the newest, `ahead` are from it, `merged` from `lists`.
    """

    name: str = ""
    held: int = -1
    kept: int = 0
    ahead: int = 0
    merged: int = 0
    lists: int = 0
    rows: tuple[FeedRowView, ...] = ()


@dataclass(frozen=True, slots=True)
class CacheView:
    """A cache node. Rates are posts per second; `capacity` is what it can answer."""

    id: str = ""
    label: str = ""
    up: bool = True
    held: int = 0
    asked: float = 0.0
    served: float = 0.0
    refused: float = 0.0
    capacity: int = 1
    hits_pct: float = 0.0


@dataclass(frozen=True, slots=True)
class StoreView:
    """Reads of the post store. `hottest` is the post that was read there most."""

    rate: float = 0.0
    total: int = 0
    hottest: int = 0
    hottest_reads: int = 0


@dataclass(frozen=True, slots=True)
class PagesView:
    """The page cache, and what it kept from readers."""

    on: bool = False
    readers: int = 0
    ttl: int = 0
    hits: int = 0
    misses: int = 0
    stale_views: int = 0
    unseen: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PagingView:
    """What readers who scrolled were shown twice, or never."""

    form: str = ""
    scrolls: int = 0
    pages: int = 0
    posts: int = 0
    twice: int = 0
    never: int = 0


@dataclass(frozen=True, slots=True)
class RemovalView:
    """What left feeds, what was kept from readers, and what they were shown all the same.

    `deleted` rows are marked, -1 before the first look.
    """

    form: str = ""
    purged: int = 0
    filtered: int = 0
    backfilled: int = 0
    leaked: int = 0
    deleted: int = -1


@dataclass(frozen=True, slots=True)
class TotalsView:
    """The room as a whole; `popular` members have more followers now than the threshold. -1 is not known yet."""

    members: int = 0
    follows: int = 0
    posts: int = -1
    popular: int = -1
    checked: int = 0
    lost: int = 0
    to_check: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the feed."""

    now: float = 0.0
    users: tuple[DemoUserView, ...] = ()
    deliveries: tuple[DeliveryView, ...] = ()
    approaches: tuple[ApproachView, ...] = ()
    delay: DelayView = DelayView()
    queue: QueueView = QueueView()
    workers: tuple[WorkerView, ...] = ()
    feed: FeedView = FeedView()
    caches: tuple[CacheView, ...] = ()
    store: StoreView = StoreView()
    pages: PagesView = PagesView()
    paging: PagingView = PagingView()
    removal: RemovalView = RemovalView()
    totals: TotalsView = TotalsView()
