"""What the panels may show: frozen, bounded, ready to print. Times are Unix seconds, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class SenderView:
    """Somebody who sends requests. `verdicts` has one sign per time in `times`.

    `1` passed, `h` passed after waiting, `0` refused with 429, `u` passed unchecked, `d` refused
    because a part did not answer.
    """

    name: str = ""
    address: str = ""
    counted_as: str = ""
    rate: float = 0.0
    sent: int = 0
    passed: int = 0
    refused: int = 0
    times: tuple[float, ...] = ()
    verdicts: str = ""


@dataclass(frozen=True, slots=True)
class LaneView:
    """What one algorithm said of the requests of the client in focus.

    `verdicts` has one sign per time of the lanes: `1`, `0`, `h` as above, `-` not evaluated.
    `delays` are the seconds that each was held back, for the algorithm that does so.
    """

    id: str = ""
    label: str = ""
    decides: bool = False
    verdicts: str = ""
    delays: tuple[float, ...] = ()
    passed: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class LanesView:
    """All algorithms on the same requests. `client` is the key that they are counted under."""

    client: str = ""
    times: tuple[float, ...] = ()
    span: float = 30.0
    window: float = 10.0
    rows: tuple[LaneView, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredView:
    """Where the state of the client in focus was read: in the store, or in a gateway that counts alone.

    `silent` says why there was no answer; what is shown then is from the look before.
    """

    where: str = ""
    silent: str = ""


@dataclass(frozen=True, slots=True)
class BucketView:
    """How full a bucket of the client in focus is now; `change` is per second.

    `kept` says that there is state: without, a bucket is as at the beginning.
    """

    id: str = ""
    label: str = ""
    decides: bool = False
    level: float = 0.0
    capacity: float = 1.0
    change: float = 0.0
    unit: str = ""
    says: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class WindowView:
    """One aligned window: what was asked in it, and what two algorithms let pass."""

    start: float = 0.0
    asked: int = 0
    fixed: int = 0
    counter: int = 0
    log: int = 0


@dataclass(frozen=True, slots=True)
class WindowsView:
    """Aligned windows, oldest first, and the window that ends now.

    Rows and `fullest` values are counted in the record of what passed; `fullest` is the most in any
    window, wherever it began. `kept` values are what was read: the counts of the aligned window of
    now, the sliding counter's of the one before, and the entries of the log. `estimate` is what the
    sliding counter takes for the window that ends at that look, `truth` what passed in it.
    """

    rows: tuple[WindowView, ...] = ()
    limit: int = 0
    width: float = 10.0
    estimate: float = 0.0
    truth: int = 0
    kept_fixed: int = 0
    kept_counter: int = 0
    kept_previous: int = 0
    kept_log: int = 0
    fixed_fullest: int = 0
    counter_fullest: int = 0
    log_fullest: int = 0


@dataclass(frozen=True, slots=True)
class EntryView:
    """A line of the request log: when it passed, and in how many seconds it leaves the window."""

    t: float = 0.0
    leaves_in: float = 0.0


@dataclass(frozen=True, slots=True)
class LogView:
    """The log of the sliding window of the client in focus, as it was read, newest first, at most 40 lines.

    `held` is all of it: entries that the window has left behind go with the next request.
    """

    rows: tuple[EntryView, ...] = ()
    held: int = 0
    inside: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class AlgorithmView:
    """What an algorithm did since the rule was set, over all clients, and what it costs per client.

    `fullest` is the true maximum that passed for one client in any window, `promise` the most that
    the algorithm allows itself. `over_limit` and `over_promise` count requests that passed although
    their window held as many already. Bytes are of the client in focus; 0 while it has no state.
    """

    id: str = ""
    label: str = ""
    decides: bool = False
    passed: int = 0
    refused: int = 0
    fullest: int = 0
    promise: int = 0
    over_limit: int = 0
    over_promise: int = 0
    redis_bytes: int = 0
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class UsedView:
    """What passed for the client in focus in the window before each sample, oldest first."""

    used: tuple[int, ...] = ()
    limit: tuple[int, ...] = ()
    promise: tuple[int, ...] = ()
    now: int = 0
    span: float = 30.0


@dataclass(frozen=True, slots=True)
class TogetherView:
    """The global rule: what passed for all clients in the window that ends now.

    `logged` are the entries of the global log and `clients` those that were counted, as they were read.
    """

    on: bool = False
    limit: int = 0
    used: int = 0
    fullest: int = 0
    refused: int = 0
    logged: int = 0
    clients: int = 0


@dataclass(frozen=True, slots=True)
class StoreView:
    """How checks travel, and what happened without the store. `per_trip` is the mean since opening."""

    id: str = ""
    label: str = ""
    questions: int = 0
    trips: int = 0
    per_trip: float = 0.0
    last: int = 0
    unanswered: int = 0
    failed_open: int = 0
    failed_closed: int = 0
    fell_back: int = 0


@dataclass(frozen=True, slots=True)
class ClockView:
    """A gateway's clock against the one for all, ms."""

    id: str = ""
    label: str = ""
    skew_ms: int = 0
    checks: int = 0


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule that was set, newest first."""

    since: str = ""
    algorithm: str = ""
    limit: int = 0
    window_s: int = 0
    burst: int = 0


@dataclass(frozen=True, slots=True)
class TotalsView:
    """Since the engine was opened."""

    asked: int = 0
    passed: int = 0
    refused: int = 0
    refused_by_client_rule: int = 0
    refused_by_global_rule: int = 0
    passed_pct: float = 0.0
    clients: int = 0
    violations: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the rate limiter."""

    now: float = 0.0
    focus: str = ""
    senders: tuple[SenderView, ...] = ()
    stored: StoredView = StoredView()
    lanes: LanesView = LanesView()
    buckets: tuple[BucketView, ...] = ()
    windows: WindowsView = WindowsView()
    log: LogView = LogView()
    algorithms: tuple[AlgorithmView, ...] = ()
    used: UsedView = UsedView()
    together: TogetherView = TogetherView()
    counters: StoreView = StoreView()
    clocks: tuple[ClockView, ...] = ()
    rules: tuple[RuleView, ...] = ()
    totals: TotalsView = TotalsView()
