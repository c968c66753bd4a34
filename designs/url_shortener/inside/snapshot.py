"""The snapshot: the last look at the stores, and what lives in memory only, made ready to print."""

from __future__ import annotations

import math
import statistics

from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.key_servers import KeyServer
from designs.url_shortener.engine.nodes import BLOOM, CACHE, COUNTER, KEY_GENERATOR, URL_LOCK, replica_id
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.snowflake_workers import Worker
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS, CACHES, GENERATORS, PLACEMENTS, URL_LOCKS
from designs.url_shortener.engine.strategies.generators import (
    SNOWFLAKE_CHARACTERS,
    md5_hex,
    md5_space,
    snowflake_fields,
)
from designs.url_shortener.inside.views import (
    BitFieldView,
    BloomView,
    BucketView,
    CachedView,
    CacheView,
    ClicksView,
    KeyServerView,
    KeysView,
    LastKeyView,
    LatencyView,
    LinkView,
    LocksView,
    QuantilesView,
    SegmentView,
    ShardMapView,
    ShardView,
    Snapshot,
    TotalsView,
    WorkerView,
)
from sdlab.blocks import snowflake
from sdlab.blocks.hash_ring import Placement, Segment
from sdlab.blocks.histogram import LogHistogram, edge_of
from sdlab.lab import Tally
from sdlab.lab.numbers import readable
from sdlab.lab.views import view_of

SEGMENTS = 192
CELLS = 512
CACHED_SHOWN = 14
BUCKETS_JOINED = 4


def build_snapshot(engine: UrlShortener) -> Snapshot:
    """The inside of the engine: its memory of now, and the stores as they were at the last look."""
    _label_nodes(engine)
    return Snapshot(
        **engine.common(),
        generator=_keys(engine),
        shard_map=_shard_map(engine),
        cache=_cache(engine),
        bloom=_bloom(engine),
        clicks=_clicks(engine),
        latency=_latency(engine),
        locks=_locks(engine),
        my_links=tuple(_my_link(engine, link) for link in engine.reader.look.last.table.mine),
        totals=_totals(engine),
    )


def build_tallies(engine: UrlShortener) -> tuple[Tally, ...]:
    """The numbers that a comparison of approaches counts."""
    cache, counters, clicks = engine.cache.held, engine.one_to_one.counters, engine.clicks.opened
    broken = {claim: monitor.violations for claim, monitor in engine.monitors.items()}
    hit_ratio = round(100 * cache.hits / max(1, cache.hits + cache.misses), 1) if cache else 0.0
    calls = sum(node.calls for node in engine.nodes.values() if node.spec.kind == "shard")
    return (
        Tally("overwritten", "Codes given to two URLs", "codes", broken["one_url_per_code"]),
        Tally("doubled", "URLs with a second code", "URLs", broken["one_code_per_url"]),
        Tally("links", "Codes stored", "codes", engine.shards.stats.links, "same"),
        Tally("shard_calls", "Calls of shards", "calls", calls),
        Tally("hit_ratio", "Cache hits", "%", hit_ratio, "more"),
        Tally("cached", "Links in the cache", "links", len(cache) if cache else 0),
        Tally("url_lookups", "Lookups of URLs", "lookups", counters.lookups),
        Tally("avoided", "Lookups avoided", "lookups", counters.avoided, "more"),
        Tally("collisions", "Codes that were taken", "codes", engine.codes.counters.collisions),
        Tally("waited", "Waits for a URL's lock", "waits", engine.one_to_one.url_lock.waited),
        Tally("unseen", "Clicks that browsers answered", "clicks", clicks["browsers"]),
        Tally("failed", "Clicks that nobody answered", "clicks", clicks["failed"]),
        Tally("moved", "Rows moved", "rows", engine.shards.rebalancing.moved_in_all),
    )


def _label_nodes(engine: UrlShortener) -> None:
    keys, shards, seen = engine.keys, engine.shards, engine.reader.look.last
    details = {
        COUNTER: f"{seen.valkey.leased:,} leased",
        KEY_GENERATOR: _count(engine.codes.counters.drawn, "code"),
        BLOOM: _count(len(engine.one_to_one.urls.added), "URL"),
        URL_LOCK: _count(engine.one_to_one.url_lock.taken, "lease"),
    }
    details |= {id: f"{seen.valkey.range_of(id).left:,} left" for id in keys.servers.servers}
    details |= {worker.id: _count(worker.issued, "id") for worker in keys.workers.workers.values()}
    if (cache := engine.cache.held) is not None:
        details[CACHE] = f"{_pct(cache.hits, cache.hits + cache.misses):.3g} % hits"
    for shard, codes in seen.table.count.codes.items():
        details[replica_id(shard, 0)] = details[replica_id(shard, 1)] = _count(codes, "code")
        if (shard, 1) in shards.replicas.behind:
            details[replica_id(shard, 1)] = "behind"
    for node in engine.nodes.values():
        node.detail = details.get(node.id, "")


def _keys(engine: UrlShortener) -> KeysView:
    approach, keys = engine.config.generator, engine.keys
    characters = engine.config.code_length
    width = SNOWFLAKE_CHARACTERS if approach == "snowflake" else characters
    space = {"snowflake": 1 << 63, "md5": md5_space(characters)}.get(approach, keys.numbers().space)
    seen = engine.reader.look.last
    used = seen.table.count.lengths[width]
    return view_of(
        KeysView,
        engine.codes.counters,
        approach=GENERATORS[approach].label,
        width=width,
        space=readable(space),
        used=used,
        free_pct=_share(max(0.0, 1 - used / space)),
        collision_chance_pct=_share(min(1.0, used / space)),
        birthday=readable(math.sqrt(2 * math.log(2) * space)),
        made=engine.codes.counters.drawn,
        taking="one script" if ALLOCATOR_LOCKS[engine.config.allocator_lock].atomic else "read, then write",
        given_twice=engine.monitors["one_url_per_code"].violations,
        counter=seen.valkey.leased,
        servers=tuple(_server(engine, server) for server in keys.servers.servers.values()),
        workers=tuple(_worker(engine, worker) for worker in keys.workers.workers.values()),
        last=_last(engine, space),
    )


def _server(engine: UrlShortener, server: KeyServer) -> KeyServerView:
    held = engine.reader.look.last.valkey.range_of(server.id)
    return view_of(
        KeyServerView,
        server,
        label=server.id.removeprefix("key-"),
        state=_state(engine, server.id),
        start=held.start,
        end=held.end,
        next_token=held.following,
        left=held.left,
        used_pct=_pct(held.following - held.start, held.end - held.start),
    )


def _worker(engine: UrlShortener, worker: Worker) -> WorkerView:
    state = engine.reader.look.last.valkey.state_of(worker.id)
    return view_of(
        WorkerView,
        worker,
        label=worker.id.removeprefix("worker-"),
        state=_state(engine, worker.id),
        behind_ms=max(0, state.last_ms - engine.keys.workers.now_ms(worker)),
        last_sequence=state.sequence,
    )


def _last(engine: UrlShortener, space: int) -> LastKeyView:
    last = engine.codes.last
    if last is None:
        return LastKeyView()
    draw = last.draw
    return view_of(
        LastKeyView,
        draw,
        raw=f"{draw.raw:,}",
        number=f"{draw.number:,}",
        digest=md5_hex(last.url) if last.approach == "md5" else "",
        probes=last.probes,
        fields=_bit_fields(draw.number) if last.approach == "snowflake" else (),
        distance=f"{last.distance:,}",
        guess_pct=_share(last.distance / space),
    )


def _bit_fields(number: int) -> tuple[BitFieldView, ...]:
    parts = snowflake_fields(number)
    sizes = (
        ("ms since 2024", snowflake.TIME_BITS, parts.time_ms - snowflake.EPOCH_MS),
        ("data centre", snowflake.CENTRE_BITS, parts.centre),
        ("worker", snowflake.WORKER_BITS, parts.worker),
        ("sequence", snowflake.SEQUENCE_BITS, parts.sequence),
    )
    return tuple(BitFieldView(label, bits, f"{value:,}", f"{value:0{bits}b}") for label, bits, value in sizes)


def _shard_map(engine: UrlShortener) -> ShardMapView:
    shards, count = engine.shards, engine.reader.look.last.table.count
    codes, total = count.codes, count.codes.total()
    segments = shards.placement.segments()
    drawn = _bounded(segments)
    held = [codes[shard] for shard in shards.placement.owners]
    moves = shards.rebalancing
    moved = moves.moved if moves.pending else moves.last.rows
    return ShardMapView(
        placement=PLACEMENTS[engine.config.placement].label,
        segments=tuple(SegmentView(round(s.start, 4), round(s.end, 4), s.owner) for s in drawn),
        drawn="every segment"
        if len(drawn) == len(segments)
        else f"{len(drawn)} samples of {len(segments):,} segments",
        shards=_shards(engine, segments),
        total=total,
        sigma_pct=_pct(statistics.pstdev(held), statistics.fmean(held)) if any(held) else None,
        moving=moves.pending,
        change=moves.last.sentence,
        moved=moved,
        moved_of=moves.last.of,
        moved_pct=_pct(moved, moves.last.of),
        ring_would_pct=_share(moves.last.ring_share),
        modulo_would_pct=_share(moves.last.modulo_share),
    )


def _bounded(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Few enough segments to draw: all, or the owners at equally spaced points."""
    if len(segments) <= SEGMENTS:
        return segments
    sampled, position = [], 0
    for cell in range(SEGMENTS):
        middle = (cell + 0.5) / SEGMENTS
        while segments[position].end <= middle:
            position += 1
        sampled.append(Segment(cell / SEGMENTS, (cell + 1) / SEGMENTS, segments[position].owner))
    return tuple(sampled)


def _shards(engine: UrlShortener, segments: tuple[Segment, ...]) -> tuple[ShardView, ...]:
    """The shards that own or still hold something."""
    shards, placement = engine.shards, engine.shards.placement
    owned: dict[int, float] = {}
    for segment in segments:
        owned[segment.owner] = owned.get(segment.owner, 0.0) + segment.end - segment.start
    return tuple(
        _shard(engine, shard, placement, owned.get(shard, 0.0)) for shard in shards.layouts.shard_ids()
    )


def _shard(engine: UrlShortener, shard: int, placement: Placement, owned: float) -> ShardView:
    replicas, codes = engine.shards.replicas, engine.reader.look.last.table.count.codes
    return ShardView(
        id=shard,
        label=f"shard {shard}",
        state=_state(engine, replica_id(shard, 0)),
        codes=codes[shard],
        share_pct=_pct(codes[shard], codes.total()),
        owned_pct=_share(owned),
        replica=_state(engine, replica_id(shard, 1)) if replicas.count > 1 else "",
        behind=any(behind == shard for behind, _ in replicas.behind),
        leaving=shard not in placement.owners,
    )


def _cache(engine: UrlShortener) -> CacheView:
    cache, policy = engine.cache.held, CACHES[engine.config.cache].label
    if cache is None:
        return CacheView(policy=policy)
    now = engine.clock.monotonic()
    newest = cache.newest(CACHED_SHOWN)
    return view_of(
        CacheView,
        cache,
        policy=policy,
        held=len(cache),
        hit_ratio_pct=_known_pct(cache.hits, cache.hits + cache.misses),
        recent_hit_ratio_pct=_known_pct(
            sum(engine.cache.hits.series(now)), sum(engine.cache.lookups.series(now))
        ),
        last_evicted=engine.cache.last_evicted,
        newest=tuple(CachedView(code, slot.hits, _left(slot.until, now)) for code, slot in newest),
        more=len(cache) - len(newest),
    )


def _left(until: float, now: float) -> float | None:
    return round(max(0.0, until - now), 1) if until < math.inf else None


def _bloom(engine: UrlShortener) -> BloomView:
    bloom, counters = engine.one_to_one.urls.bloom, engine.one_to_one.counters
    on = engine.config.one_to_one == "bloom"
    cells = "".join(str(math.ceil(share * 9)) for share in bloom.picture(CELLS)) if on else ""
    return view_of(
        BloomView,
        counters,
        on=on,
        cells=cells,
        cell_bits=round(bloom.bits / max(1, len(cells)), 1),
        probed=tuple(bloom.cell_of(position, CELLS) for position in counters.last_positions) if on else (),
        added=bloom.added,
        bits=bloom.bits,
        hashes=bloom.hashes,
        capacity=bloom.capacity,
        fill_pct=_share(bloom.fill),
        target_pct=_share(bloom.error),
        theory_pct=_share(bloom.expected_error),
        measured_pct=_known_pct(counters.false_positives, counters.unseen),
    )


def _clicks(engine: UrlShortener) -> ClicksView:
    clicks, now, totals = engine.clicks, engine.clock.monotonic(), engine.reader.look.last.valkey.totals
    answered = totals.seen + totals.browsers + totals.failed + totals.missed
    return view_of(
        ClicksView,
        totals,
        unseen=totals.made - totals.seen,
        under_way=max(0, totals.made - answered),
        seen_pct=_known_pct(totals.seen, totals.made),
        permanent=engine.redirection.counters.permanent,
        temporary=engine.redirection.counters.temporary,
        redirects_kept=engine.browsers.redirects_kept,
        made_series=tuple(clicks.made.series(now)),
        seen_series=tuple(clicks.seen.series(now)),
    )


def _latency(engine: UrlShortener) -> LatencyView:
    now, redirection = engine.clock.monotonic(), engine.redirection
    reads = redirection.latency.merged(now)
    return LatencyView(
        reads=_quantiles("redirects", reads),
        writes=_quantiles("creates", engine.creation.latency.merged(now)),
        hits=_quantiles("from the cache", redirection.hits.merged(now)),
        misses=_quantiles("from a shard", redirection.misses.merged(now)),
        buckets=_buckets(reads),
    )


def _quantiles(label: str, seen: LogHistogram) -> QuantilesView:
    if not seen.total:
        return QuantilesView(label)
    p50, p95, p99 = (round(seen.quantile(q), 3) for q in (0.50, 0.95, 0.99))
    return QuantilesView(label, p50, p95, p99, seen.total)


def _buckets(seen: LogHistogram) -> tuple[BucketView, ...]:
    """From the first to the last bucket that counted anything, four joined to one."""
    used = [index for index, count in enumerate(seen.counts) if count]
    if not used:
        return ()
    buckets = []
    for number in range(used[0] // BUCKETS_JOINED, used[-1] // BUCKETS_JOINED + 1):
        first, end = number * BUCKETS_JOINED, (number + 1) * BUCKETS_JOINED
        low, high = edge_of(first), edge_of(end)
        label = f"{low:.2g}–{high:.2g} ms"
        buckets.append(BucketView(round(low, 4), round(high, 4), label, sum(seen.counts[first:end])))
    return tuple(buckets)


def _locks(engine: UrlShortener) -> LocksView:
    return view_of(
        LocksView,
        engine.one_to_one.url_lock,
        allocator=ALLOCATOR_LOCKS[engine.config.allocator_lock].atomic,
        url=URL_LOCKS[engine.config.url_lock].locks,
        url_used=engine.one_to_one.mapping.one_to_one,
    )


def _my_link(engine: UrlShortener, link: StoredLink) -> LinkView:
    left = link.expires_at - engine.clock.time() if link.expires_at is not None else math.inf
    path = f"/s/{link.code}"
    return view_of(
        LinkView,
        link,
        path=path if engine.reader.named(link.code) else f"{path}?room={engine.room.id}",
        clicks=engine.reader.look.last.valkey.clicks.get(link.code, 0),
        expires_in=round(max(0.0, left), 1) if left < math.inf else 0.0,
        state="live" if left > 0 else "expired",
    )


def _totals(engine: UrlShortener) -> TotalsView:
    now, creates, redirects = engine.clock.monotonic(), engine.codes.counters, engine.redirection.counters
    count = engine.reader.look.last.table.count
    return view_of(
        TotalsView,
        redirects,
        creates=creates.creates,
        reused=creates.reused,
        unavailable=creates.unavailable + redirects.unavailable,
        creates_per_s=round(engine.codes.created.rate(now), 1),
        redirects_per_s=round(engine.redirection.redirected.rate(now), 1),
        links=count.codes.total(),
        rows=count.rows,
        quota=engine.room.quota.rows,
    )


def _state(engine: UrlShortener, node_id: str) -> str:
    node = engine.nodes.get(node_id)
    return node.state if node else "up"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _pct(part: float, whole: float) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _known_pct(part: float, whole: float) -> float | None:
    """None while there is nothing to take a share of."""
    return _pct(part, whole) if whole else None


def _share(share: float) -> float:
    """A share of 0..1 as per cent, with the digits that a small one needs."""
    return float(f"{100 * share:.4g}")
