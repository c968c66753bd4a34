"""The snapshot: what the engine holds in memory, made ready to print."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from designs.url_shortener.engine.shards.replicas import node_id
from designs.url_shortener.engine.allocators import KeyServer, Worker
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS, CACHES, GENERATORS, PLACEMENTS, URL_LOCKS
from designs.url_shortener.engine.strategies.generators import SNOWFLAKE_SIGNS, fields_of, md5_hex, md5_space
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
from sdlab.blocks.bloom import BloomFilter
from sdlab.blocks.hash_ring import Placement, Segment
from sdlab.blocks.histogram import LogHistogram, edge_of
from sdlab.lab.numbers import readable

if TYPE_CHECKING:
    from designs.url_shortener.engine.engine import UrlShortener

SEGMENTS = 192
CELLS = 512
CACHED_SHOWN = 14
BUCKETS_JOINED = 4


def picture(engine: UrlShortener) -> Snapshot:
    """The inside of the engine, now."""
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
        my_links=_my_links(engine),
        totals=_totals(engine),
    )


def _label_nodes(engine: UrlShortener) -> None:
    details = {"counter": f"{engine.keys.leased:,} leased", "keygen": f"{engine.tally.creates:,} codes"}
    details |= {one.id: f"{one.held.left:,} left" for one in engine.keys.servers.servers.values()}
    details |= {one.id: f"{one.given:,} ids" for one in engine.keys.workers.workers.values()}
    if (cache := engine.cache.held) is not None:
        details["cache"] = f"{_pct(cache.hits, cache.hits + cache.misses):g} % hits"
    details["bloom"] = f"{engine.bloom.added:,} URLs"
    details["url-lock"] = f"{engine.url_lock.taken:,} leases"
    for shard, codes in engine.shards.held.codes.items():
        details[node_id(shard, 0)] = f"{codes:,} codes"
        details[node_id(shard, 1)] = "behind" if (shard, 1) in engine.shards.behind else f"{codes:,} codes"
    for one in engine.nodes.values():
        one.detail = details.get(one.id, "")


def _keys(engine: UrlShortener) -> KeysView:
    approach, tally = engine.config.generator, engine.tally
    width = SNOWFLAKE_SIGNS if approach == "snowflake" else engine.keys.width
    space = {"snowflake": 1 << 63, "md5": md5_space(engine.keys.width)}.get(approach, engine.keys.space)
    used = engine.shards.held.lengths[width]
    return KeysView(
        approach=GENERATORS[approach].label,
        width=width,
        space=readable(space),
        used=used,
        free_pct=_share(max(0.0, 1 - used / space)),
        collision_chance_pct=_share(min(1.0, used / space)),
        birthday=readable(math.sqrt(2 * math.log(2) * space)),
        collisions=tally.collisions,
        retries=tally.retries,
        exhausted=tally.exhausted,
        made=tally.creates,
        repeated=tally.repeated,
        counter=engine.keys.leased,
        servers=tuple(_server(engine, one) for one in engine.keys.servers.servers.values()),
        workers=tuple(_worker(engine, one) for one in engine.keys.workers.workers.values()),
        last=_last(engine, space),
    )


def _server(engine: UrlShortener, server: KeyServer) -> KeyServerView:
    held = server.held
    return KeyServerView(
        id=server.id,
        label=server.id.removeprefix("key-"),
        state=_state(engine, server.id),
        start=held.start,
        end=held.end,
        next_token=held.following,
        left=held.left,
        used_pct=_pct(held.following - held.start, held.end - held.start),
        given=server.given,
        leases=server.leases,
        lost=server.lost,
    )


def _worker(engine: UrlShortener, worker: Worker) -> WorkerView:
    now_ms = int(engine.clock.time() * 1000) + worker.skew_ms
    return WorkerView(
        id=worker.id,
        label=worker.id.removeprefix("worker-"),
        state=_state(engine, worker.id),
        given=worker.given,
        refused=worker.refused,
        waited=worker.waited,
        skew_ms=worker.skew_ms,
        behind_ms=max(0, worker.state.last_ms - now_ms),
        last_sequence=worker.state.sequence,
    )


def _last(engine: UrlShortener, space: int) -> LastKeyView:
    last = engine.claiming.last
    if last is None:
        return LastKeyView()
    draw, kind = last.draw, last.approach
    return LastKeyView(
        code=draw.code,
        raw=f"{draw.raw:,}",
        number=f"{draw.number:,}",
        source=draw.source,
        how=draw.how,
        digest=md5_hex(last.url) if kind == "md5" else "",
        probes=last.probes,
        fields=_bit_fields(draw.number) if kind == "snowflake" else (),
        distance=f"{last.distance:,}",
        guess_pct=_share(last.distance / space),
    )


def _bit_fields(number: int) -> tuple[BitFieldView, ...]:
    parts = fields_of(number)
    sizes = (
        ("ms since 2024", snowflake.TIME_BITS, parts.time_ms - snowflake.EPOCH_MS),
        ("data centre", snowflake.CENTRE_BITS, parts.centre),
        ("worker", snowflake.WORKER_BITS, parts.worker),
        ("sequence", snowflake.SEQUENCE_BITS, parts.sequence),
    )
    return tuple(BitFieldView(label, bits, f"{value:,}", f"{value:0{bits}b}") for label, bits, value in sizes)


def _shard_map(engine: UrlShortener) -> ShardMapView:
    shards = engine.shards
    segments = shards.placement.segments()
    owned = _owned(segments)
    total = sum(shards.held.codes.values())
    held = [shards.held.codes[shard] for shard in shards.placement.owners]
    move, moved = shards.moves.last, shards.moves.moved if shards.moves_pending else shards.moves.last.rows
    drawn = _bounded(shards.placement, segments)
    return ShardMapView(
        placement=PLACEMENTS[engine.config.placement].label,
        segments=tuple(SegmentView(round(s.start, 4), round(s.end, 4), s.owner) for s in drawn),
        drawn="every segment"
        if len(drawn) == len(segments)
        else f"{len(drawn)} samples of {len(segments):,} segments",
        shards=tuple(
            _shard(engine, shard, total, owned.get(shard, 0.0)) for shard in shards.layouts.shard_ids()
        ),
        total=total,
        sigma_pct=_pct(statistics.pstdev(held), statistics.fmean(held)) if total else 0.0,
        moving=shards.moves_pending,
        change=move.sentence,
        moved=moved,
        moved_of=move.of,
        moved_pct=_pct(moved, move.of),
        ring_would_pct=_share(move.ring_share),
        modulo_would_pct=_share(move.modulo_share),
    )


def _owned(segments: tuple[Segment, ...]) -> dict[int, float]:
    owned: dict[int, float] = {}
    for one in segments:
        owned[one.owner] = owned.get(one.owner, 0.0) + one.end - one.start
    return owned


def _bounded(placement: Placement, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
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


def _shard(engine: UrlShortener, shard: int, total: int, owned: float) -> ShardView:
    shards = engine.shards
    return ShardView(
        id=shard,
        label=f"shard {shard}",
        state=_state(engine, node_id(shard, 0)),
        codes=shards.held.codes[shard],
        share_pct=_pct(shards.held.codes[shard], total),
        owned_pct=_share(owned),
        replica=_state(engine, node_id(shard, 1)) if shards.copies > 1 else "",
        behind=any(one == shard for one, _ in shards.behind),
        leaving=shard not in shards.placement.owners,
    )


def _cache(engine: UrlShortener) -> CacheView:
    cache, policy = engine.cache.held, CACHES[engine.config.cache].label
    if cache is None:
        return CacheView(policy=policy)
    now = engine.clock.monotonic()
    newest = cache.newest(CACHED_SHOWN)
    return CacheView(
        policy=policy,
        held=len(cache),
        capacity=cache.capacity,
        hits=cache.hits,
        misses=cache.misses,
        hit_ratio_pct=_pct(cache.hits, cache.hits + cache.misses),
        recent_hit_ratio_pct=_pct(sum(engine.cache.hits.series(now)), sum(engine.cache.lookups.series(now))),
        evictions=cache.evictions,
        expirations=cache.expirations,
        last_evicted=engine.cache.last_evicted,
        newest=tuple(CachedView(code, slot.hits) for code, slot in newest),
        more=len(cache) - len(newest),
    )


def _bloom(engine: UrlShortener) -> BloomView:
    bloom, counters = engine.bloom, engine.one_to_one.counters
    on = engine.config.one_to_one == "bloom"
    cells = _cells(bloom) if on else ""
    return BloomView(
        on=on,
        cells=cells,
        cell_bits=round(bloom.bits / max(1, len(cells)), 1),
        probed=tuple(bloom.cell_of(position, CELLS) for position in counters.last_positions) if on else (),
        verdict=counters.last_verdict,
        added=bloom.added,
        bits=bloom.bits,
        hashes=bloom.hashes,
        capacity=bloom.capacity,
        fill_pct=_share(bloom.fill),
        target_pct=_share(bloom.error),
        theory_pct=_share(bloom.expected_error),
        measured_pct=_pct(counters.false_positives, counters.unseen),
        unseen=counters.unseen,
        false_positives=counters.false_positives,
        lookups=counters.lookups,
        avoided=counters.avoided,
        found=counters.found,
    )


def _cells(bloom: BloomFilter) -> str:
    return "".join(str(math.ceil(share * 9)) for share in bloom.picture(CELLS))


def _clicks(engine: UrlShortener) -> ClicksView:
    clicks, now = engine.clicks, engine.clock.monotonic()
    return ClicksView(
        made=clicks.total_made,
        seen=clicks.total_seen,
        unseen=clicks.total_made - clicks.total_seen,
        seen_pct=_pct(clicks.total_seen, clicks.total_made) if clicks.total_made else 100.0,
        from_browsers=clicks.from_browser_caches,
        redirects_kept=engine.visitors.browsers.redirects_kept,
        made_series=tuple(clicks.made.series(now)),
        seen_series=tuple(clicks.seen.series(now)),
    )


def _latency(engine: UrlShortener) -> LatencyView:
    now = engine.clock.monotonic()
    reads = engine.redirecting.latency.merged(now)
    return LatencyView(
        reads=_quantiles("redirects", reads),
        writes=_quantiles("creates", engine.creating.latency.merged(now)),
        hits=_quantiles("from the cache", engine.redirecting.hits.merged(now)),
        misses=_quantiles("from a shard", engine.redirecting.misses.merged(now)),
        buckets=_buckets(reads),
    )


def _quantiles(label: str, seen: LogHistogram) -> QuantilesView:
    p50, p95, p99 = (round(seen.quantile(q), 3) for q in (0.50, 0.95, 0.99))
    return QuantilesView(label, p50, p95, p99, seen.total)


def _buckets(seen: LogHistogram) -> tuple[BucketView, ...]:
    """From the first to the last bucket that counted anything, four joined to one."""
    used = [index for index, count in enumerate(seen.counts) if count]
    if not used:
        return ()
    first, last = used[0] // BUCKETS_JOINED, used[-1] // BUCKETS_JOINED
    buckets = []
    for number in range(first, last + 1):
        low, high = edge_of(number * BUCKETS_JOINED), edge_of((number + 1) * BUCKETS_JOINED)
        samples = sum(seen.counts[number * BUCKETS_JOINED : (number + 1) * BUCKETS_JOINED])
        buckets.append(BucketView(round(low, 4), round(high, 4), f"{low:.2g}–{high:.2g} ms", samples))
    return tuple(buckets)


def _locks(engine: UrlShortener) -> LocksView:
    lock = engine.url_lock
    return LocksView(
        allocator=ALLOCATOR_LOCKS[engine.config.allocator_lock].atomic,
        url=URL_LOCKS[engine.config.url_lock].locks,
        taken=lock.taken,
        waited=lock.waited,
        lapsed=lock.lapsed,
    )


def _my_links(engine: UrlShortener) -> tuple[LinkView, ...]:
    now = engine.clock.time()
    return tuple(_mine(engine, link, now) for link in reversed(engine.own_links.newest.values()))


def _mine(engine: UrlShortener, link: LinkView, now: float) -> LinkView:
    left = link.expires_at - now if link.expires_at is not None else 0.0
    expired = link.expires_at is not None and left <= 0
    return LinkView(
        code=link.code,
        path=link.path,
        url=link.url,
        owner=link.owner,
        alias=link.alias,
        clicks=engine.clicks.shown.get(link.code, 0),
        created_at=link.created_at,
        expires_at=link.expires_at,
        expires_in=round(max(0.0, left), 1),
        state="expired" if expired else "live",
    )


def _totals(engine: UrlShortener) -> TotalsView:
    tally, now = engine.tally, engine.clock.monotonic()
    return TotalsView(
        creates=tally.creates,
        reused=tally.reused,
        redirects=tally.redirects,
        not_found=tally.not_found,
        gone=tally.gone,
        unavailable=tally.unavailable,
        creates_per_s=round(engine.claiming.created.rate(now), 1),
        redirects_per_s=round(engine.redirecting.redirected.rate(now), 1),
        links=sum(engine.shards.held.codes.values()),
        quota=engine.room.quota.rows,
    )


def _state(engine: UrlShortener, one: str) -> str:
    node = engine.nodes.get(one)
    return node.state if node else "up"


def _pct(part: float, whole: float) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _share(share: float) -> float:
    """A share of 0..1 as per cent, with the digits that a small one needs."""
    return float(f"{100 * share:.4g}")
