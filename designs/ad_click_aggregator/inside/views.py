"""What the panels and the product may show. Times are Unix seconds, or clocks in UTC."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import DelayView


@dataclass(frozen=True, slots=True)
class AdView:
    """An ad of the advertiser on the screen."""

    id: int = 0
    title: str = ""
    slot: str = ""
    clicks: int = 0


@dataclass(frozen=True, slots=True)
class BarView:
    """Clicks of a window, by ad in the order of the ads."""

    start: int = 0
    clock: str = ""
    clicks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreenView:
    """The dashboard of one advertiser, and where the links of ads lead."""

    advertiser: str = ""
    advertisers: tuple[str, ...] = ()
    ads: tuple[AdView, ...] = ()
    bars: tuple[BarView, ...] = ()
    total: int = 0
    direct: bool = False
    version: int = 0
    upto: str = ""


@dataclass(frozen=True, slots=True)
class PartitionView:
    """A partition of the click log, and who reads it."""

    name: str = ""
    aggregator: str = ""
    state: str = ""
    load: float = 0.0
    lag: int = 0
    read: int = 0
    entries_kept: int = 0
    newest: str = ""


@dataclass(frozen=True, slots=True)
class LogView:
    """All partitions."""

    partitions: tuple[PartitionView, ...] = ()
    lag: int = 0
    busiest: float = 0.0
    capacity: int = 0


@dataclass(frozen=True, slots=True)
class WindowView:
    """A window of event time: its clicks in the store, or those that an aggregator holds."""

    clock: str = ""
    clicks: int = 0
    closed: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class WindowsView:
    """Windows open and closed, and the watermark between them."""

    rows: tuple[WindowView, ...] = ()
    open: int = 0
    watermark: str = ""
    lateness: int = 0
    late: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class FreshnessView:
    """How old clicks were when a total had them, and what was written for it."""

    approach: str = ""
    delay: DelayView = DelayView()
    final_p99_s: float = 0.0
    updates: int = 0
    rows_written: int = 0
    flushes: int = 0
    batches: int = 0


@dataclass(frozen=True, slots=True)
class KeyView:
    """The key of an impression that was clicked."""

    id: str = ""
    there: bool = False
    until: str = ""


@dataclass(frozen=True, slots=True)
class DedupeView:
    """What keeps a click from counting twice, or from nowhere."""

    marks: tuple[KeyView, ...] = ()
    held: int = 0
    repeats: int = 0
    forged: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class VisitsView:
    """The advertisers' own log, and ours."""

    visits: int = 0
    logged: int = 0
    pixels: int = 0
    missing: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class RecoveredView:
    """A recovery."""

    who: str = ""
    clock: str = ""
    how: str = ""
    again: int = 0
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class RecoveryView:
    """Crashes, and what was kept for them."""

    approach: str = ""
    crashes: int = 0
    recoveries: int = 0
    again: int = 0
    longest_ms: float = 0.0
    checkpoints: int = 0
    bytes: int = 0
    newest: tuple[RecoveredView, ...] = ()


@dataclass(frozen=True, slots=True)
class DiffView:
    """A total that was not what the log says."""

    clock: str = ""
    title: str = ""
    partition: int = 0
    was: int = 0
    raw: int = 0


@dataclass(frozen=True, slots=True)
class ReconciliationView:
    """What the second count found."""

    approach: str = ""
    compared: int = 0
    repaired: int = 0
    wrong: int = 0
    upto: str = ""
    diffs: tuple[DiffView, ...] = ()


@dataclass(frozen=True, slots=True)
class OlapView:
    """The OLAP store."""

    rows: int = 0
    clicks: int = 0
    day: int = 0
    bytes: int = 0
    queries: int = 0
    query_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class RowsView:
    """The tables."""

    ads: int = 0
    counts: int = 0
    clicks: int = 0


@dataclass(frozen=True, slots=True)
class TotalsView:
    """Since the lab was opened."""

    clicks: int = 0
    clicks_per_s: float = 0.0
    logged: int = 0
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the ad click aggregator."""

    screen: ScreenView = ScreenView()
    log: LogView = LogView()
    windows: WindowsView = WindowsView()
    freshness: FreshnessView = FreshnessView()
    dedupe: DedupeView = DedupeView()
    visits: VisitsView = VisitsView()
    recovery: RecoveryView = RecoveryView()
    reconciliation: ReconciliationView = ReconciliationView()
    olap: OlapView = OlapView()
    rows: RowsView = RowsView()
    totals: TotalsView = TotalsView()
