"""What the panels may show: frozen, bounded, ready to print. Shares are 0..100 %, latencies ms."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class KeyServerView:
    """A key server and the range it walks. All zero when it holds none."""

    id: str = ""
    label: str = ""
    state: str = "up"
    start: int = 0
    end: int = 0
    next_token: int = 0
    left: int = 0
    used_pct: float = 0.0
    issued: int = 0
    leases: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A Snowflake worker: how far its clock is from true, and how long it still refuses (`behind_ms`)."""

    id: str = ""
    label: str = ""
    state: str = "up"
    issued: int = 0
    refused: int = 0
    waited: int = 0
    skew_ms: int = 0
    behind_ms: int = 0
    last_sequence: int = 0


@dataclass(frozen=True, slots=True)
class BitFieldView:
    """Some bits of a Snowflake id: what they mean, their value, and the bits themselves."""

    label: str = ""
    bits: int = 0
    value: str = ""
    digits: str = ""


@dataclass(frozen=True, slots=True)
class LastKeyView:
    """How the last code came about.

    `raw` is what the approach began with (token, random number, id, or probe number), `number`
    what the code writes, `digest` the MD5 digest, `fields` the parts of a Snowflake id. `distance`
    is how far its number is from the previous code's, `guess_pct` that distance as a share of the
    code space: a small one means that neighbours are found by counting.
    """

    code: str = ""
    raw: str = ""
    number: str = ""
    source: str = ""
    how: str = ""
    digest: str = ""
    probes: int = 0
    fields: tuple[BitFieldView, ...] = ()
    distance: str = ""
    guess_pct: float = 0.0


@dataclass(frozen=True, slots=True)
class KeysView:
    """The key generator.

    `space` is how many codes the approach can make, `used` how many of that width are stored,
    `collision_chance_pct` the chance that a random draw is taken already, `birthday` after how
    many random codes a first collision is as likely as not. `taking` is how a number is taken from a
    server or worker, `given_twice` how many codes two URLs were given.
    """

    approach: str = ""
    width: int = 0
    space: str = ""
    used: int = 0
    free_pct: float = 100.0
    collision_chance_pct: float = 0.0
    birthday: str = ""
    collisions: int = 0
    retries: int = 0
    exhausted: int = 0
    made: int = 0
    taking: str = ""
    given_twice: int = 0
    repeated: int = 0
    counter: int = 0
    servers: tuple[KeyServerView, ...] = ()
    workers: tuple[WorkerView, ...] = ()
    last: LastKeyView = LastKeyView()


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A stretch of the key space, from `start` to `end` (both 0..1), that a shard owns."""

    start: float = 0.0
    end: float = 0.0
    shard: int = 0


@dataclass(frozen=True, slots=True)
class ShardView:
    """A shard: codes held, their share of all, and how its copies are."""

    id: int = 0
    label: str = ""
    state: str = "up"
    codes: int = 0
    share_pct: float = 0.0
    owned_pct: float = 0.0
    replica: str = ""
    behind: bool = False
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class ShardMapView:
    """Where codes live.

    `sigma_pct` is the standard deviation of the shards' shares over their mean. `moved` counts
    the rows that the last change moved out of `moved_of`; the two `would` shares say what either
    rule would have moved for the same change, computed on codes that are stored. `drawn` says
    whether every segment of the ring is in `segments` or neighbours were joined to bound it.
    """

    placement: str = ""
    segments: tuple[SegmentView, ...] = ()
    drawn: str = ""
    shards: tuple[ShardView, ...] = ()
    total: int = 0
    sigma_pct: float | None = None
    moving: bool = False
    change: str = ""
    moved: int = 0
    moved_of: int = 0
    moved_pct: float = 0.0
    ring_would_pct: float = 0.0
    modulo_would_pct: float = 0.0


@dataclass(frozen=True, slots=True)
class CachedView:
    """A link in the cache, how often it was served from there, and for how long it still may be.

    `left_s` is None where only room decides who stays.
    """

    code: str = ""
    hits: int = 0
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class CacheView:
    """The read cache: its newest links, most recently used first. `hit_ratio_pct` is of all lookups."""

    policy: str = ""
    held: int = 0
    capacity: int = 0
    hits: int = 0
    misses: int = 0
    hit_ratio_pct: float | None = None
    recent_hit_ratio_pct: float | None = None
    evictions: int = 0
    expirations: int = 0
    last_evicted: str = ""
    newest: tuple[CachedView, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class BloomView:
    """The Bloom filter and what it saved.

    `cells` is the bit array in at most 512 equal pieces, one digit each: 0 for no bit set to 9
    for all; `cell_bits` says how many bits a piece has. `probed` are the pieces that the last
    question looked at. `measured_pct` is the share of unseen URLs that it held for perhaps seen;
    `gone` counts URLs that were seen, but whose rows are deleted or overwritten.
    """

    on: bool = False
    cells: str = ""
    cell_bits: float = 0.0
    probed: tuple[int, ...] = ()
    verdict: str = ""
    added: int = 0
    bits: int = 0
    hashes: int = 0
    capacity: int = 0
    fill_pct: float = 0.0
    target_pct: float = 0.0
    theory_pct: float = 0.0
    measured_pct: float | None = None
    unseen: int = 0
    false_positives: int = 0
    gone: int = 0
    lookups: int = 0
    avoided: int = 0
    found: int = 0


@dataclass(frozen=True, slots=True)
class ClicksView:
    """Clicks since the room began, as Valkey has them; what each of `made` came to.

    Made: clicks of simulated browsers and every request that arrived. Seen: redirects answered.
    From `browsers`: answered by the browser itself. `failed`: a part was down. `missed`: there was
    no link, or it was over. `previews` are no clicks. `permanent` and `temporary` are the redirects
    that were answered since the lab was opened, with 301 and with 302. The series are per second of the last minute,
    oldest first.
    """

    made: int = 0
    seen: int = 0
    unseen: int = 0
    browsers: int = 0
    failed: int = 0
    missed: int = 0
    under_way: int = 0
    previews: int = 0
    permanent: int = 0
    temporary: int = 0
    seen_pct: float | None = None
    redirects_kept: int = 0
    made_series: tuple[int, ...] = ()
    seen_series: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class QuantilesView:
    """Latency of the last ten seconds, ms; `samples` of them. None without any."""

    label: str = ""
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    samples: int = 0


@dataclass(frozen=True, slots=True)
class BucketView:
    """How many redirects of the last seconds took from `low` to `high` ms."""

    low: float = 0.0
    high: float = 0.0
    label: str = ""
    samples: int = 0


@dataclass(frozen=True, slots=True)
class LatencyView:
    """Reads and writes, and reads by how they were answered."""

    reads: QuantilesView = QuantilesView()
    writes: QuantilesView = QuantilesView()
    hits: QuantilesView = QuantilesView()
    misses: QuantilesView = QuantilesView()
    buckets: tuple[BucketView, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkView:
    """A short link as its owner sees it. Times are Unix seconds; `path` leads there on this server."""

    code: str = ""
    path: str = ""
    url: str = ""
    owner: str = ""
    alias: bool = False
    clicks: int = 0
    created_at: float = 0.0
    expires_at: float | None = None
    expires_in: float = 0.0
    state: str = "live"


@dataclass(frozen=True, slots=True)
class LocksView:
    """The lock on the allocator and the lock on the URL.

    The URL's lock is used while 1:1 is on. `taken` leases, `waited` requests that found the URL
    locked, `lapsed` leases that ended before their holder was done.
    """

    allocator: bool = True
    url: bool = False
    url_used: bool = False
    taken: int = 0
    waited: int = 0
    lapsed: int = 0


@dataclass(frozen=True, slots=True)
class TotalsView:
    """Since the engine was opened: requests by kind, and what went wrong."""

    creates: int = 0
    reused: int = 0
    redirects: int = 0
    not_found: int = 0
    gone: int = 0
    unavailable: int = 0
    creates_per_s: float = 0.0
    redirects_per_s: float = 0.0
    links: int = 0
    rows: int = 0
    quota: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the URL shortener."""

    generator: KeysView = KeysView()
    shard_map: ShardMapView = ShardMapView()
    cache: CacheView = CacheView()
    bloom: BloomView = BloomView()
    clicks: ClicksView = ClicksView()
    latency: LatencyView = LatencyView()
    locks: LocksView = LocksView()
    my_links: tuple[LinkView, ...] = ()
    totals: TotalsView = TotalsView()
