"""What the panels and the product may show. Times are ms since 1970 where they are compared; -1 is not known yet."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class PageView:
    """A stored page, without its text."""

    id: int = 0
    title: str = ""
    url: str = ""
    language: str = ""
    charset: str = ""
    clock: str = ""


@dataclass(frozen=True, slots=True)
class CrawlView:
    """A crawl of the room."""

    id: str = ""
    owner: str = ""
    seed: str = ""
    state: str = ""
    max_depth: int = 0
    max_pages: int = 0


@dataclass(frozen=True, slots=True)
class ScreenView:
    """What the product shows: the newest crawl."""

    crawl: CrawlView = CrawlView()
    mine: bool = False
    known: int = -1
    stored: int = 0
    waiting: int = 0
    pages: tuple[PageView, ...] = ()


@dataclass(frozen=True, slots=True)
class StateView:
    """How many addresses are in a state."""

    state: str = ""
    addresses: int = 0


@dataclass(frozen=True, slots=True)
class SiteView:
    """A site on the picture of the web. `hot`: it was asked too often just now."""

    host: str = ""
    x: int = 0
    y: int = 0
    pages: int = 0
    hot: bool = False


@dataclass(frozen=True, slots=True)
class GraphView:
    """Nodes in the order of being found, packed: places, parents and numbers in base64, states as signs."""

    nodes: int = 0
    known: int = -1
    points: str = ""
    states: str = ""
    parents: str = ""
    numbers: str = ""
    sites: tuple[SiteView, ...] = ()
    by_state: tuple[StateView, ...] = ()
    depth: int = 0
    handed_in: int = 0
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class QueueView:
    """A back queue of a host."""

    host: str = ""
    waiting: int = 0
    next: str = ""
    out: int = 0
    gap_ms: int = 0


@dataclass(frozen=True, slots=True)
class FrontierView:
    """The frontier as Valkey has it."""

    pending: int = -1
    front_1: int = 0
    front_2: int = 0
    front_3: int = 0
    backs: int = 0
    leased: int = 0
    delayed: int = 0
    hosts: tuple[QueueView, ...] = ()
    expired: int = 0
    stale: int = 0
    lost: int = 0
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class HostView:
    """A host as it sees us. `shortest_ms` is the shortest pause that it got; -1 before its second request."""

    host: str = ""
    allows_ms: int = 0
    shortest_ms: int = -1
    asked: int = 0
    early: int = 0
    refused: int = 0
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class HostsView:
    """The hosts' own logs beside what the fetchers say."""

    asked: int = 0
    hosts: int = 0
    early: int = 0
    refused: int = 0
    hosts_rate: float = 0.0
    ours_rate: float = 0.0
    slowest_ms: int = 0
    rows: tuple[HostView, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenView:
    """What was asked of the seen addresses, and what they take."""

    rows: int = -1
    row_bytes: int = 0
    hashes: int = 0
    hash_bytes: int = 0
    bloom_bits: int = 0
    bloom_set: int = 0
    memory_bytes: int = 0
    bytes: int = 0
    lookups: int = 0
    met_again: int = 0
    accepted: int = 0
    skipped: int = 0
    twice: int = 0


@dataclass(frozen=True, slots=True)
class ContentView:
    """Pages that say the same. `missed` are copies that were stored as if they were none, as the web itself knows."""

    texts: int = -1
    copies: int = 0
    exact: int = 0
    near: int = 0
    compared: int = 0
    missed: int = 0
    wrongly: int = 0


@dataclass(frozen=True, slots=True)
class OutcomesView:
    """What came of requests."""

    fetches: int = 0
    pages: int = 0
    redirects: int = 0
    later: int = 0
    failed: int = 0
    missing: int = 0
    other: int = 0
    unchanged: int = 0
    refused: int = 0
    cut: int = 0
    megabytes: float = 0.0
    rate: float = 0.0
    kilobytes_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StagesView:
    """Raw answers and pages."""

    raw: int = -1
    raw_kilobytes: int = 0
    same: int = 0
    waiting: int = 0
    reading: int = 0
    pages: int = -1
    read: int = 0
    buggy: int = 0
    read_again: int = 0
    refetched: int = 0


@dataclass(frozen=True, slots=True)
class WaitView:
    """A wait after a failure."""

    host: str = ""
    failure: int = 0
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class LetterView:
    """A dead letter."""

    url: str = ""
    host: str = ""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class RetriesView:
    """Failures and what follows them. `together` is the most that come back within a tenth of a second."""

    retried: int = 0
    delayed: int = 0
    dead: int = -1
    together: int = 0
    slots: tuple[int, ...] = ()
    waits: tuple[WaitView, ...] = ()
    letters: tuple[LetterView, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleView:
    """A line of a robots.txt."""

    line: str = ""
    fits: bool = False
    decides: bool = False


@dataclass(frozen=True, slots=True)
class RobotsView:
    """What robots.txt kept us from, and one address explained."""

    hosts: int = -1
    fetched: int = 0
    kept_away: int = 0
    forbidden_asked: int = 0
    url: str = ""
    verdict: str = ""
    why: str = ""
    delay_s: float = -1.0
    rules: tuple[RuleView, ...] = ()


@dataclass(frozen=True, slots=True)
class NamesView:
    """Lookups of hosts' names."""

    lookups: int = 0
    again: int = 0
    remembered: int = 0
    answered: int = 0
    per_page: float = 0.0


@dataclass(frozen=True, slots=True)
class TrapView:
    """A link that was left alone."""

    url: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class TrapsView:
    """What has no end."""

    left_alone: int = 0
    followed: int = 0
    deepest: int = 0
    too_deep: int = 0
    newest: tuple[TrapView, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the web crawler."""

    screen: ScreenView = ScreenView()
    graph: GraphView = GraphView()
    frontier: FrontierView = FrontierView()
    hosts: HostsView = HostsView()
    seen: SeenView = SeenView()
    content: ContentView = ContentView()
    outcomes: OutcomesView = OutcomesView()
    stages: StagesView = StagesView()
    retries: RetriesView = RetriesView()
    robots: RobotsView = RobotsView()
    names: NamesView = NamesView()
    traps: TrapsView = TrapsView()
