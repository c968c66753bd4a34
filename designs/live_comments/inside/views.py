"""What the panels may show: frozen, bounded, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import DelayView


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment on a screen. `clock` is its time of day, UTC."""

    id: int = 0
    author: str = ""
    text: str = ""
    clock: str = ""


@dataclass(frozen=True, slots=True)
class DemoUserView:
    """A demo user of the page. `server` is the one that holds their screen, empty while none does.

    `screens` are the connections of pages that show them, all of the room's; with none, the process
    watches for them, and `rows` is what it got, oldest first. `bytes` and `events` are what was
    written to the newest of those connections.
    """

    title: str = ""
    on: bool = True
    server: str = ""
    via: str = ""
    seen: int = 0
    screens: int = 0
    bytes: int = 0
    events: int = 0
    rows: tuple[CommentView, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamView:
    """A stream of the room. `viewers` are simulated ones, demo users and real connections of this moment."""

    id: str = ""
    title: str = ""
    host: str = ""
    comments: int = 0
    viewers: int = 0


@dataclass(frozen=True, slots=True)
class StreamHeldView:
    """One line of a server's map: a stream and how many connections watch it there."""

    stream: str = ""
    viewers: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class ServerView:
    """A server. `received` are messages from the bus, `useful` those that somebody there watched for."""

    id: str = ""
    label: str = ""
    up: bool = True
    connections: int = 0
    capacity: int = 0
    simulated: int = 0
    slow: int = 0
    demo: int = 0
    sse: int = 0
    websocket: int = 0
    streams: int = 0
    held: tuple[StreamHeldView, ...] = ()
    received: int = 0
    useful: int = 0
    useful_pct: float = 0.0
    delivered: int = 0
    dropped: int = 0
    stalled_ms: int = 0


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A server's row of the matrix: one sign per stream.

    `2` subscribed and watched, `1` subscribed for nobody, `0` neither, `x` watched and not subscribed.
    """

    server: str = ""
    signs: str = ""
    channels: int = 0
    inbox: bool = False


@dataclass(frozen=True, slots=True)
class MatrixView:
    """Which server listens for which stream."""

    streams: tuple[str, ...] = ()
    rows: tuple[SubscriptionRow, ...] = ()
    subscriptions: int = 0
    useful_pct: float = 0.0
    received: int = 0
    useful: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryMethodView:
    """One method of delivery, since the lab was opened.

    `deliveries` are to all viewers; `events` and `bytes` are those that were written to real
    connections, `each` the bytes of one.
    """

    id: str = ""
    label: str = ""
    used: bool = False
    deliveries: int = 0
    events: int = 0
    bytes: int = 0
    each: float = 0.0


@dataclass(frozen=True, slots=True)
class PollingView:
    """What polling cost since the lab was opened, to simulated viewers and over HTTP.

    `empty_bytes` is the mean of question and answer of an empty poll over HTTP; 0 before the first.
    """

    polls: int = 0
    empty_pct: float = 0.0
    real: int = 0
    empty_bytes: int = 0
    reads: int = 0


@dataclass(frozen=True, slots=True)
class PagingView:
    """Pages of history, and what their readers found wrong with them.

    `rows` and `hidden` are those of the stream on screen, as they were read.
    """

    form: str = ""
    pages: int = 0
    comments: int = 0
    reads: int = 0
    cached: int = 0
    cached_pages: int = 0
    rows: int = 0
    hidden: int = 0
    duplicates: int = 0
    gaps: int = 0


@dataclass(frozen=True, slots=True)
class DispatchRow:
    """A stream: who the dispatcher believes needs it, and who does."""

    stream: str = ""
    table: str = ""
    watched: str = ""
    right: bool = True


@dataclass(frozen=True, slots=True)
class DispatcherView:
    """The dispatcher's table beside what viewers on the servers watch."""

    on: bool = False
    stale: bool = False
    rows: tuple[DispatchRow, ...] = ()
    wrong: int = 0
    dispatched: int = 0
    to_nobody: int = 0


@dataclass(frozen=True, slots=True)
class BufferView:
    """A slow viewer. `state` is live, behind (it reads from the log) or away (it was just dropped)."""

    name: str = ""
    stream: str = ""
    pace: float = 0.0
    waiting: int = 0
    limit: int = 1
    share: float = 0.0
    behind_by: int = 0
    dropped: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class BusView:
    """What carries comments: entries of the log of the stream on screen as they were read, and what went wrong.

    `silent` says why there was no answer; what is shown then is from the look before.
    """

    label: str = ""
    resumes: bool = True
    silent: str = ""
    first: int = 0
    last: int = 0
    kept: int = 0
    published: int = 0
    waiting: int = 0
    lost: int = 0
    read_again: int = 0
    log_reads: int = 0
    store_reads: int = 0


@dataclass(frozen=True, slots=True)
class TotalsView:
    """Since the engine was opened; `rate` is deliveries per second of the last seconds."""

    comments: int = 0
    batches: int = 0
    per_batch: float = 0.0
    refused: int = 0
    rate: float = 0.0
    delivered: int = 0
    viewers: int = 0
    real: int = 0
    returning: int = 0
    reconnects: int = 0
    no_room: int = 0
    dropped: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of live comments."""

    now: float = 0.0
    stream: StreamView = StreamView()
    hidden: tuple[int, ...] = ()
    streams: tuple[StreamView, ...] = ()
    demo_users: tuple[DemoUserView, ...] = ()
    servers: tuple[ServerView, ...] = ()
    matrix: MatrixView = MatrixView()
    delay: DelayView = DelayView()
    methods: tuple[DeliveryMethodView, ...] = ()
    polling: PollingView = PollingView()
    paging: PagingView = PagingView()
    dispatcher: DispatcherView = DispatcherView()
    buffers: tuple[BufferView, ...] = ()
    bus: BusView = BusView()
    totals: TotalsView = TotalsView()
