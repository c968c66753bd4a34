"""What the page may show, with numbers ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody of the cast, as whoever acts on the page sees them."""

    handle: str = ""
    name: str = ""
    private: bool = False
    following: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class CardView:
    """A tweet on the page. `quoted` is what it quotes, `passed_on` who retweeted it."""

    id: str = ""
    author: str = ""
    name: str = ""
    text: str = ""
    at: float = 0.0
    edited: bool = False
    passed_on: str = ""
    likes: int = 0
    replies: int = 0
    retweets: int = 0
    liked: bool = False
    retweeted: bool = False
    mine: bool = False
    private: bool = False
    quoted_by: str = ""
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class SearchedView:
    """What somebody searched for."""

    term: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class StageView:
    """A tweet's likes in both stages; `exact` is -1 where Redis has lost it. `allowed` is how far the rule lets it lag."""

    tweet: str = ""
    text: str = ""
    exact: int = -1
    flushed: int = 0
    people: int = 0
    lag: int = 0
    allowed: int = 0


@dataclass(frozen=True, slots=True)
class CountsView:
    """The most liked tweet of late, in both stages, and in the rows; -1 before the first look."""

    exact: int = -1
    flushed: int = -1
    people: int = -1
    next: int = 0
    text: str = ""
    rule: str = ""
    stages: tuple[StageView, ...] = ()


@dataclass(frozen=True, slots=True)
class WritesView:
    """Likes counted since opened, and writes of counts that they cost; those of the most liked tweet too."""

    likes: int = 0
    writes: int = 0
    saved: int = 0
    hot_likes: int = 0
    hot_writes: int = 0
    per_write: float = 0.0
    for_million: int = 0


@dataclass(frozen=True, slots=True)
class OnceView:
    """Presses since opened, what became of them; and of the most liked tweet the count beside the people."""

    presses: int = 0
    counted: int = 0
    repeats: int = 0
    count_now: int = 0
    people_now: int = 0
    surplus: int = 0
    rows: int = -1
    losses: int = 0
    rebuilt: int = 0


@dataclass(frozen=True, slots=True)
class ListView:
    """The posting list of a word in the growing segment, and how long the sealed one is."""

    label: str = ""
    ids: tuple[int, ...] = ()
    total: int = 0
    sealed: int = 0


@dataclass(frozen=True, slots=True)
class WalkStepView:
    """A step of the walk over the lists."""

    kind: str = ""
    which: int = 0
    start: int = 0
    at: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class PostingsView:
    """The newest search, and what searches looked at since opened."""

    term: str = ""
    approach: str = ""
    lists: tuple[ListView, ...] = ()
    steps: tuple[WalkStepView, ...] = ()
    walk: str = ""
    more: int = 0
    found: int = 0
    looked_at: int = 0
    searches: int = 0
    per_search: float = 0.0
    terms: int = 0
    documents: int = 0


@dataclass(frozen=True, slots=True)
class RankView:
    """A tweet on the first page of the newest search by likes."""

    place: int = 0
    text: str = ""
    likes: int = 0
    stored: int = 0
    true: int = 0


@dataclass(frozen=True, slots=True)
class RankingView:
    """How first pages by likes compare with the rows, since opened."""

    rows: tuple[RankView, ...] = ()
    judged: int = 0
    misplaced: int = 0
    missing: int = 0
    counts_read: int = 0
    per_page: float = 0.0


@dataclass(frozen=True, slots=True)
class KeptView:
    """Pages that were read ahead for somebody."""

    label: str = ""
    began: int = 0
    tweets: int = 0
    size: int = 0
    hits: int = 0


@dataclass(frozen=True, slots=True)
class PagesView:
    """The page cache, and what pages cost since opened."""

    kept: tuple[KeptView, ...] = ()
    held: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0
    pages: int = 0
    reads: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class PagingView:
    """What people who scrolled were shown twice or never, since opened."""

    form: str = ""
    scrolls: int = 0
    pages: int = 0
    repeats: int = 0
    gaps: int = 0
    reads: int = 0


@dataclass(frozen=True, slots=True)
class RemovalView:
    """Where deleted tweets still are. `deleted` is -1 before the first look."""

    form: str = ""
    deleted: int = -1
    in_index: int = 0
    in_pages: int = 0
    in_counts: int = 0
    leaked: int = 0


@dataclass(frozen=True, slots=True)
class LagView:
    """How far the index is behind the rows; -1 before the first look. Delays in ms."""

    waiting: int = -1
    oldest_s: float = 0.0
    news: int = -1
    tweets: int = -1
    put: int = 0
    removed: int = 0
    counted: int = 0
    probes: int = 0
    p50: float = 0.0
    slowest: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of Twitter, and the timeline of whoever acts on the page."""

    known: bool = False
    now: float = 0.0
    me: str = "visitor"
    people: tuple[PersonView, ...] = ()
    home: tuple[CardView, ...] = ()
    searches: tuple[SearchedView, ...] = ()
    waiting: tuple[PersonView, ...] = ()
    counts: CountsView = CountsView()
    writes: WritesView = WritesView()
    once: OnceView = OnceView()
    postings: PostingsView = PostingsView()
    ranking: RankingView = RankingView()
    pages: PagesView = PagesView()
    paging: PagingView = PagingView()
    removal: RemovalView = RemovalView()
    lag: LagView = LagView()
