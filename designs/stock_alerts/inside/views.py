"""What the panels and the product may show. Prices are in money, times Unix seconds."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import DelayView


@dataclass(frozen=True, slots=True)
class CandleView:
    """Prices of two seconds."""

    start: float = 0.0
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A stock as it stands; `change` in percent since the market was opened."""

    symbol: str = ""
    name: str = ""
    price: float = 0.0
    change: float = 0.0


@dataclass(frozen=True, slots=True)
class MyAlertView:
    """An alert of the visitor, as its row says."""

    id: str = ""
    symbol: str = ""
    above: bool = True
    price: float = 0.0
    percent: float = 0.0
    armed: bool = True
    fired_price: float = 0.0
    fired_clock: str = ""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A notification in the visitor's inbox."""

    id: str = ""
    symbol: str = ""
    says: str = ""
    clock: str = ""
    delay_ms: float = 0.0
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class ScreenView:
    """What the product shows: one stock, the visitor's alerts, and what the visitor was told."""

    symbol: str = ""
    name: str = ""
    price: float = 0.0
    change: float = 0.0
    seq: int = 0
    candles: tuple[CandleView, ...] = ()
    quotes: tuple[QuoteView, ...] = ()
    alerts: tuple[MyAlertView, ...] = ()
    notes: tuple[NoteView, ...] = ()
    armed: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class RungView:
    """Alerts in force at one price of the stock on the screen."""

    price: float = 0.0
    above: bool = True
    alerts: int = 0
    mine: bool = False


@dataclass(frozen=True, slots=True)
class LadderView:
    """The alerts in force nearest to the price, and the move that crossed some last."""

    symbol: str = ""
    price: float = 0.0
    rungs: tuple[RungView, ...] = ()
    crossed_from: float = 0.0
    crossed_to: float = 0.0
    crossed: int = 0
    crossed_ago: float = 0.0
    held: int = 0


@dataclass(frozen=True, slots=True)
class CostView:
    """What finding costs, since the approach in force was chosen."""

    approach: str = ""
    ticks: int = 0
    mean_ms: float = 0.0
    p99_ms: float = 0.0
    looked: float = 0.0
    found: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class PartitionView:
    """A partition of the tick log, and who reads it."""

    name: str = ""
    consumer: str = ""
    state: str = ""
    entries_kept: int = 0
    read: int = 0
    lag: int = 0
    newest: str = ""


@dataclass(frozen=True, slots=True)
class LogView:
    """All partitions."""

    partitions: tuple[PartitionView, ...] = ()
    lag: int = 0
    late: int = 0
    dropped: int = 0
    excursions: int = 0
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class KeyView:
    """The dedupe key of a notification; `seconds` left, or none."""

    name: str = ""
    user: str = ""
    there: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DedupeView:
    """What keeps a notification from being sent twice."""

    marks: tuple[KeyView, ...] = ()
    held: int = 0
    by_key: int = 0
    by_status: int = 0


@dataclass(frozen=True, slots=True)
class QueueView:
    """What waits for the notifier, and what became of it."""

    messages: int = 0
    inbox: int = 0
    sent: int = 0
    deaths: int = 0
    lost: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class FeedView:
    """How prices come in, and how long it takes from a tick to a notification."""

    approach: str = ""
    polls: int = 0
    every_s: int = 0
    late: int = 0
    duplicates: int = 0
    lifetime_p99: float = 0.0
    delay: DelayView = DelayView()


@dataclass(frozen=True, slots=True)
class DayUserView:
    """How many a user was to be told today, by the counter of the day."""

    user: str = ""
    today: int = 0


@dataclass(frozen=True, slots=True)
class DayView:
    """Counters of the day of those who were told last."""

    users: tuple[DayUserView, ...] = ()
    cap: int = 0
    quiet: int = 0


@dataclass(frozen=True, slots=True)
class VerdictsView:
    """What the market crossed by the ledger, and what the inbox says of it."""

    crossings: int = 0
    told: int = 0
    missed: int = 0
    false: int = 0
    twice: int = 0


@dataclass(frozen=True, slots=True)
class TotalsView:
    """Since the lab was opened; rows as they are now."""

    ticks: int = 0
    ticks_per_s: float = 0.0
    matched: int = 0
    sent_per_s: float = 0.0
    armed: int = 0
    fired: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of stock alerts."""

    screen: ScreenView = ScreenView()
    ladder: LadderView = LadderView()
    cost: CostView = CostView()
    log: LogView = LogView()
    dedupe: DedupeView = DedupeView()
    queue: QueueView = QueueView()
    feed: FeedView = FeedView()
    day: DayView = DayView()
    verdicts: VerdictsView = VerdictsView()
    totals: TotalsView = TotalsView()
