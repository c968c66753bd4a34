"""What a room knows in memory: rebuilt when it opens, bounded, and asked by everything that checks a claim."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from designs.facebook_feed.config import Config
from designs.facebook_feed.graph import SocialGraph
from designs.facebook_feed.jobs import Jobs
from designs.facebook_feed.lists import Lists
from designs.facebook_feed.postrows import Post, PostRows
from designs.facebook_feed.strategies import FANOUTS
from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingHistogram
from sdlab.lab import Clock, Node

K = TypeVar("K")
V = TypeVar("V")

REMEMBERED = 20_000
AUDITED = 4_000
FLIGHTS = 24


class Remembered(Generic[K, V]):
    """The newest `most` things that were noted."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._noted: OrderedDict[K, V] = OrderedDict()

    def note(self, key: K, value: V) -> None:
        """Remember it; the oldest makes place."""
        self._noted[key] = value
        self._noted.move_to_end(key)
        if len(self._noted) > self._most:
            self._noted.popitem(last=False)

    def get(self, key: K) -> V | None:
        """What was noted, while it is remembered."""
        return self._noted.get(key)

    def drop(self, key: K) -> None:
        """It no longer holds."""
        self._noted.pop(key, None)

    def newest(self, count: int) -> list[V]:
        """The newest `count`, newest first."""
        return [value for value, _ in zip(reversed(self._noted.values()), range(count), strict=False)]

    def __contains__(self, key: object) -> bool:
        return key in self._noted


@dataclass(slots=True)
class Flight:
    """A post on its way. `lit` are the members whose feeds it was written to, `ended` when the last one was."""

    post: Post
    approach: str
    followers: int
    began: float
    lit: list[int] = field(default_factory=list)
    by: str = ""
    ended: float = 0.0
    cut_short: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A worker ended in the middle of a job, with so many of its entries written."""

    worker: str
    written: int
    followers: int
    at: float


@dataclass(slots=True)
class Measured:
    """What one approach cost since the lab was opened. Times in ms."""

    posts: int = 0
    writes: int = 0
    views: int = 0
    reads: int = 0
    posting: LogHistogram = field(default_factory=LogHistogram)
    reading: LogHistogram = field(default_factory=LogHistogram)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A post that was acknowledged and is to be looked for. `told` is Unix seconds, `at` the monotonic clock."""

    post: Post
    by: str
    told: float
    at: float


class Ledger:
    """Facts for reading and for checking. Times are the room's monotonic clock."""

    def __init__(self) -> None:
        self.pulled: set[int] = set()
        self.ever_pushed = False
        self.floor = 0
        self.placed: Remembered[int, float] = Remembered()
        self.deleted: Remembered[int, float] = Remembered()
        self.unfollowed: Remembered[tuple[int, int], float] = Remembered()
        self.catching_up: set[tuple[int, int]] = set()
        self.changes: Counter[int] = Counter()
        self.to_audit: deque[Acknowledged] = deque(maxlen=AUDITED)
        self.flights: Remembered[int, Flight] = Remembered(FLIGHTS)
        self.at_work: Counter[int] = Counter()
        self.cut: Remembered[int, Cut] = Remembered(AUDITED)
        self.measured = {name: Measured() for name in FANOUTS}
        self.delays = SlidingHistogram()
        self.recent_from = 0

    def placed_before(self, post: int, moment: float) -> bool:
        """Whether this post had reached all that it is for by then."""
        placed = self.placed.get(post)
        return post <= self.recent_from if placed is None else placed < moment


@dataclass(slots=True)
class Parts:
    """What the parts of the engine share: its stores, its graph, its clock, and the gate to its nodes."""

    rows: PostRows
    lists: Lists
    jobs: Jobs
    graph: SocialGraph
    ledger: Ledger
    clock: Clock
    config: Callable[[], Config]
    node: Callable[[str], Node]
    decide: Callable[[str], None]
    crashed: Callable[[str, BaseException], None]
    arrived: Callable[[Post, Sequence[int]], None]
