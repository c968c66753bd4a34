"""What the panels may show: frozen, bounded, ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import LaneView


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as a buyer sees it. `starts` is ready to be read."""

    id: str = ""
    title: str = ""
    venue: str = ""
    city: str = ""
    starts: str = ""
    popular: bool = False


@dataclass(frozen=True, slots=True)
class HeldView:
    """A seat that somebody holds. `left_s` is what the store says is left, below zero for overdue."""

    seat: str = ""
    by: str = ""
    hold: str = ""
    left_s: float = 0.0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class HallView:
    """The seats of the event on screen: one letter each, in order of rows.

    f free, h held, o overdue (should be free and is not), s sold, d sold more than once.
    """

    event: EventView = EventView()
    seats: str = ""
    held: tuple[HeldView, ...] = ()
    free: int = 0
    holding: int = 0
    overdue: int = 0
    sold: int = 0
    doubled: int = 0
    changes: int = 0
    where: str = ""
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class DemoUserView:
    """A buyer on the page. `step` is search, wait, choose, pay or ticket."""

    name: str = ""
    step: str = "search"
    event: EventView = EventView()
    position: int = 0
    first: int = 0
    progress: float = 0.0
    estimate_s: float = 0.0
    visit_left_s: float = 0.0
    hold: str = ""
    seats: tuple[str, ...] = ()
    price: str = ""
    left_s: float = 0.0
    hold_s: float = 0.0
    booking: str = ""
    busy: str = ""
    note: str = ""
    tone: str = ""
    requeue: bool = False


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as a row of a table."""

    by: str = ""
    label: str = ""
    start_ms: float = 0.0
    end_ms: float = 0.0
    tone: str = "none"


@dataclass(frozen=True, slots=True)
class RaceView:
    """The last meeting of buyers over a seat; of those who both bought it, once that has happened."""

    seats: str = ""
    doubled: bool = False
    met: int = 0
    lanes: tuple[LaneView, ...] = ()
    rows: tuple[StepRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SalesView:
    """Counts since the engine was opened; `sold` and `doubles` are what the stores say now."""

    attempts: int = 0
    holds: int = 0
    refused: int = 0
    outside: int = 0
    bookings: int = 0
    declined: int = 0
    reconciled: int = 0
    refunded: int = 0
    swept: int = 0
    blocked_s: float = 0.0
    locks_lost: int = 0
    sold: int = 0
    doubles: int = 0
    twice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerView:
    """Payments by state, in lines and in money."""

    state: str = ""
    lines: int = 0
    amount: str = ""
    tone: str = "none"


@dataclass(frozen=True, slots=True)
class QueueView:
    """The waiting room of the popular event."""

    on: bool = True
    waiting: int = 0
    inside: int = 0
    batch: int = 0
    admitted: int = 0
    last_batch: int = 0
    pace: float = 0.0
    to_empty_s: float = 0.0
    marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexView:
    """Changes that the index has not seen; `lag_s` is the age of the oldest of them.

    `wrong` counts the events that the index knows otherwise than the database has them.
    """

    kind: str = ""
    behind: int = 0
    lag_s: float = 0.0
    captured: int = 0
    written: int = 0
    missed: int = 0
    degraded: int = 0
    wrong: int = 0
    events: int = 0
    searches: int = 0


@dataclass(frozen=True, slots=True)
class CachedQueryView:
    """A query whose answer is kept."""

    query: str = ""
    hits: int = 0


@dataclass(frozen=True, slots=True)
class CacheView:
    """The search cache in force; `stale` counts answers that were wrong when they were given."""

    kind: str = ""
    kept: int = 0
    hits: int = 0
    misses: int = 0
    hit_pct: float = 0.0
    stale: int = 0
    stale_pct: float = 0.0
    cleared: int = 0
    header: str = ""
    newest: tuple[CachedQueryView, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """What one way of delivering a seat map has cost, on real connections or for those who only look."""

    id: str = ""
    label: str = ""
    used: bool = False
    open: int = 0
    requests: int = 0
    empty: int = 0
    updates: int = 0
    bytes: int = 0
    each: float = 0.0
    p50: float = 0.0
    p99: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanLineView:
    """A step of a query plan; `rows` and `ms` are empty where nobody measured."""

    text: str = ""
    rows: str = ""
    ms: str = ""


@dataclass(frozen=True, slots=True)
class TransactionsView:
    """Transactions since the engine was opened, and the plan of a hold's query.

    `retried` were given up by the database (40001), `deadlocks` too (40P01), `gave_up` are requests
    that failed for good. `lock_p50` and `lock_p99` are milliseconds until rows were locked.
    """

    database: str = ""
    row_locks: bool = True
    level: str = ""
    committed: int = 0
    under_way: int = 0
    retried: int = 0
    deadlocks: int = 0
    gave_up: int = 0
    lock_p50: float = 0.0
    lock_p99: float = 0.0
    locked: int = 0
    sql: str = ""
    plan: tuple[PlanLineView, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the box office."""

    featured: EventView = EventView()
    users: tuple[DemoUserView, ...] = ()
    hall: HallView = HallView()
    office: SalesView = SalesView()
    ledger: tuple[LedgerView, ...] = ()
    queue: QueueView = QueueView()
    finder: IndexView = IndexView()
    cache: CacheView = CacheView()
    deliveries: tuple[DeliveryView, ...] = ()
    watchers: int = 0
    watched: tuple[DeliveryView, ...] = ()
    race: RaceView = RaceView()
    transactions: TransactionsView = TransactionsView()
