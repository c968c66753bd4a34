"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import h3
import numpy as np

from designs.location_tracking.engine.fleet import ROUNDS, number_of
from designs.location_tracking.engine.strategies import INDEXES, QUERY_CELLS
from designs.location_tracking.inside.views import (
    AlertView,
    ApproachView,
    BusView,
    CellView,
    ConnectionsView,
    DensityView,
    FenceView,
    FollowView,
    HitView,
    HomesView,
    PointsView,
    QueryView,
    SegmentView,
    ShardView,
    Snapshot,
    StopView,
    TotalsView,
)
from sdlab.blocks import city as streets
from sdlab.blocks import geohash
from sdlab.blocks.geohash import Bounds
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import GeohashIndex, H3Index, s2_corners, s2_covering
from sdlab.lab import LabError

if TYPE_CHECKING:
    from designs.location_tracking.engine.engine import Tracking
    from designs.location_tracking.engine.shards import Position

OWN = "you"
MOST_DRAWN = 4000
MOST_CELLS = 260
MOST_TOUCHED = 200
SHOWN_HITS = 20
OVERLAY_EVERY = 0.5
DENSEST = 40
AGE_EDGES = (0.5, 1, 2, 5, 10, 30, 1e9)
PER_METRE = 2.0


class Overlay:
    """The cells of the index as shapes, and counts per cell and shard; made anew twice a second at most."""

    def __init__(self) -> None:
        self.cells: tuple[CellView, ...] = ()
        self.density = DensityView()
        self.homes: Counter[int] = Counter()
        self.home_cells: Counter[int] = Counter()
        self._made = -1.0
        self._seen = -1
        self._work = (0.0, 0)

    def stale(self) -> None:
        """Make it anew at the next look."""
        self._made = -1.0

    def look(self, engine: Tracking) -> None:
        """Make it anew if it is time and something changed."""
        now = engine.clock.monotonic()
        if self._made >= 0 and (now - self._made < OVERLAY_EVERY or engine.counts.stored == self._seen):
            return
        self._made, self._seen = now, engine.counts.stored
        self._shapes(engine)
        per_cell = (
            Counter(one.home for one in engine.known.values())
            if len(engine.known) <= MOST_DRAWN
            else _sampled(engine)
        )
        self.homes, self.home_cells = Counter(), Counter()
        for cell, count in per_cell.items():
            owner = engine.shards.owner(cell)
            self.homes[owner] += count
            self.home_cells[owner] += 1

    def _shapes(self, engine: Tracking) -> None:
        touched = set(engine.query.found.cells[:MOST_TOUCHED]) if engine.query else set()
        index, splits, merges = engine.index, 0, 0
        if isinstance(index, Quadtree):
            boxes = index.boxes(MOST_CELLS)
            looked = {index.box_of(name) for name in touched if name.startswith("q")}
            shapes = [CellView(_box_id(box), _rectangle(box), count, box in looked) for box, count in boxes]
            counts, splits, merges = [count for _, count in boxes], index.splits, index.merges
        elif isinstance(index, GeohashIndex | H3Index):
            corners = _geohash_corners if isinstance(index, GeohashIndex) else _h3_corners
            all_counts = index.counts()
            shown = Counter(all_counts).most_common(MOST_CELLS)
            names = dict(shown) | {name: all_counts.get(name, 0) for name in touched if _fits(name, index)}
            shapes = [CellView(name, corners(name), count, name in touched) for name, count in names.items()]
            counts = sorted(all_counts.values(), reverse=True)
        else:
            fences = {
                token
                for one in engine.fences.fences.values()
                for token in _covering(one.lat, one.lng, one.radius_m)
            }
            shapes = [CellView(name, _s2_corners(name), 0, name in touched) for name in touched | fences]
            counts = []
        self.cells = tuple(shapes)
        now, (before, done) = engine.clock.monotonic(), self._work
        rate = max(0.0, (splits + merges - done) / (now - before)) if now > before else 0.0
        self._work = (now, splits + merges)
        self.density = DensityView(
            counts=tuple(counts[:DENSEST]),
            cells=len(counts),
            fullest=max(counts, default=0),
            mean=round(sum(counts) / len(counts), 1) if counts else 0.0,
            splits=splits,
            merges=merges,
            rate=round(rate, 1),
        )


def _sampled(engine: Tracking) -> Counter[str]:
    """Every n-th bus stands for n."""
    every = len(engine.known) // MOST_DRAWN + 1
    found: Counter[str] = Counter()
    for number, one in enumerate(engine.known.values()):
        if number % every == 0:
            found[one.home] += every
    return found


def _fits(name: str, index: GeohashIndex | H3Index) -> bool:
    return (len(name) == index.precision) if isinstance(index, GeohashIndex) else len(name) == 15


def _box_id(box: Bounds) -> str:
    return f"{box.south:.5f},{box.west:.5f}"


def _flat(places: list[tuple[float, float]]) -> tuple[float, ...]:
    metres = (streets.to_metres(lat, lng) for lat, lng in places)
    return tuple(round(value, 1) for place in metres for value in place)


def _rectangle(box: Bounds) -> tuple[float, ...]:
    return _flat([(box.south, box.west), (box.south, box.east), (box.north, box.east), (box.north, box.west)])


@lru_cache(maxsize=4096)
def _geohash_corners(name: str) -> tuple[float, ...]:
    return _rectangle(geohash.bounds(name))


@lru_cache(maxsize=4096)
def _h3_corners(name: str) -> tuple[float, ...]:
    return _flat(list(h3.cell_to_boundary(name)))


@lru_cache(maxsize=1024)
def _s2_corners(token: str) -> tuple[float, ...]:
    return _flat(s2_corners(token))


@lru_cache(maxsize=64)
def _covering(lat: float, lng: float, radius_m: float) -> tuple[str, ...]:
    return tuple(cell.to_token() for cell in s2_covering(lat, lng, radius_m, QUERY_CELLS))


def picture(engine: Tracking) -> Snapshot:
    """Everything that the panels may show of now."""
    now = engine.clock.time()
    engine.overlay.look(engine)
    return Snapshot(
        **engine.common(),
        now=round(now, 3),
        points=_points(engine, now),
        cells=engine.overlay.cells,
        cells_shown=len(engine.overlay.cells),
        query=_query(engine),
        buses=tuple(_bus(engine, f"bus-{n + 1}", now) for n in range(min(ROUNDS, engine.fleet.size))),
        own=_bus(engine, OWN, now),
        followed=_followed(engine),
        fences=_fences(engine),
        alerts=_alerts(engine),
        approaches=_approaches(engine),
        homes=_homes(engine),
        connections=_connections(engine, now),
        density=engine.overlay.density,
        totals=_totals(engine),
    )


def _points(engine: Tracking, now: float) -> PointsView:
    """Evenly chosen of the fleet, the same ones in every frame, so that a viewer can let them glide."""
    size = engine.fleet.size
    every = -(-size // MOST_DRAWN)
    numbers = [n for n in range(0, size, every) if f"bus-{n + 1}" in engine.known]
    known = [engine.known[f"bus-{n + 1}"] for n in numbers]
    place = np.array([(one.lat, one.lng) for one in known]).reshape(-1, 2)
    x = (place[:, 1] - streets.WEST) * streets.METRES_PER_LNG * PER_METRE
    y = (place[:, 0] - streets.SOUTH) * streets.METRES_PER_DEGREE * PER_METRE
    packed = np.clip(np.stack((x, y), axis=1), 0, 65535).astype("<u2").tobytes()
    limit = now - engine.config.stale_s
    return PointsView(
        data=base64.b64encode(packed).decode(),
        marks="".join("1" if one.t < limit else "0" for one in known),
        drawn=len(known),
        total=len(engine.known),
    )


def _query(engine: Tracking) -> QueryView:
    said = engine.query
    if said is None:
        return QueryView()
    x, y = streets.to_metres(said.lat, said.lng)
    right = set(said.truth.ids)
    hits = [_hit(engine, hit.id, hit.metres, right=hit.id in right) for hit in said.found.hits[:SHOWN_HITS]]
    missed = set(said.missed)
    hits += [
        _hit(engine, hit.id, hit.metres, missed=True)
        for hit in said.truth.hits[:SHOWN_HITS]
        if hit.id in missed
    ]
    return QueryView(
        asked=True,
        x=round(x, 1),
        y=round(y, 1),
        k=said.k,
        radius=round(said.radius_m or max((hit.metres for hit in said.truth.hits), default=0.0), 1),
        hits=tuple(hits),
        cells=len(said.found.cells),
        examined=said.found.examined,
        total=len(engine.known),
        returned=len(said.found.hits),
        missed=len(said.missed),
        ms=round(said.ms, 3),
        by=said.by,
    )


def _hit(engine: Tracking, id: str, metres: float, *, right: bool = True, missed: bool = False) -> HitView:
    at = engine.known.get(id)
    x, y = streets.to_metres(at.lat, at.lng) if at else (0.0, 0.0)
    return HitView(id, round(x, 1), round(y, 1), round(metres, 1), right, missed)


def _bus(engine: Tracking, id: str, now: float) -> BusView:
    label = "You" if id == OWN else f"Bus {id[4:]}"
    at: Position | None = engine.known.get(id)
    if at is None:
        return BusView(id=id, label=label)
    x, y = streets.to_metres(at.lat, at.lng)
    age = max(0.0, now - at.t)
    return BusView(
        id=id,
        label=label,
        x=round(x, 1),
        y=round(y, 1),
        where=engine.city.name_of(x, y),
        cell=at.home,
        shard=engine.shards.owner(at.home),
        age=round(age, 1),
        stale=age > engine.config.stale_s,
        kmh=round(engine.speeds.get(id, 0.0) * 3.6, 1),
    )


def _followed(engine: Tracking) -> FollowView:
    stop, minutes, metres, why = engine.stop, -1.0, 0.0, ""
    try:
        _, metres, _, seconds = engine.eta(engine.followed, stop.id)
        minutes = round(seconds / 60, 2)
    except LabError as error:
        why = error.detail
    number = number_of(engine.followed)
    round_ = engine.fleet.rounds[number] if number is not None and number < ROUNDS else None
    stops = round_.stops if round_ else tuple(engine.stops.values())[:5]
    return FollowView(
        bus=engine.followed,
        stop=stop.id,
        stop_name=stop.name,
        x=stop.x,
        y=stop.y,
        metres=round(metres),
        minutes=minutes,
        why=why,
        stops=tuple(StopView(one.id, one.name, one.x, one.y) for one in stops),
        route=_route(engine.followed, engine) if round_ else (),
    )


def _route(bus: str, engine: Tracking) -> tuple[float, ...]:
    """The corners where the round turns."""
    round_ = next(one for one in engine.fleet.rounds if one.bus == bus)
    columns = [column for column, _ in round_.corners]
    rows = [row for _, row in round_.corners]
    turns = [
        (min(columns), min(rows)),
        (max(columns), min(rows)),
        (max(columns), max(rows)),
        (min(columns), max(rows)),
    ]
    return tuple(value for turn in turns for value in engine.city.corner(*turn))


def _fences(engine: Tracking) -> tuple[FenceView, ...]:
    views = []
    for one in engine.fences.fences.values():
        x, y = streets.to_metres(one.lat, one.lng)
        inside = ", ".join(engine.fences.inside(one.id)[:4])
        cells = len(_covering(one.lat, one.lng, one.radius_m))
        views.append(
            FenceView(one.id, one.name, round(x, 1), round(y, 1), one.radius_m, one.bus, inside, cells)
        )
    return tuple(views)


def _alerts(engine: Tracking) -> tuple[AlertView, ...]:
    return tuple(
        AlertView(datetime.fromtimestamp(one.t, UTC).strftime("%H:%M:%S"), one.bus, one.fence, one.entered)
        for one in engine.counts.alerted
    )


def _approaches(engine: Tracking) -> tuple[ApproachView, ...]:
    return tuple(
        ApproachView(
            id=name,
            label=INDEXES[name].label,
            chosen=name == engine.config.index,
            points=costs.points,
            update_us=round(costs.update_us, 2),
            query_us=round(costs.query_us, 1),
            examined=round(costs.examined, 1),
            cells=round(costs.cells, 1),
            splits=round(costs.splits, 3),
            right=costs.right,
            asked=costs.asked,
        )
        for name, costs in engine.race.costs.items()
    )


def _homes(engine: Tracking) -> HomesView:
    overlay, total = engine.overlay, max(1, sum(engine.overlay.homes.values()))
    shards = tuple(
        ShardView(
            id=f"shard-{n}",
            label=f"shard {n}",
            buses=overlay.homes[n],
            cells=overlay.home_cells[n],
            part=round(100 * overlay.homes[n] / total, 1),
            up=not engine.nodes[f"shard-{n}"].down,
        )
        for n in range(engine.config.shards)
    )
    segments = tuple(
        SegmentView(round(s.start, 4), round(s.end, 4), s.owner) for s in engine.shards.placement.segments()
    )
    return HomesView(
        shards=shards,
        segments=segments,
        moved=engine.counts.moved,
        rearranged=engine.counts.rearranged,
        homes=engine.counts.homes,
    )


def _connections(engine: Tracking, now: float) -> ConnectionsView:
    seen = engine.seen[: engine.fleet.size]
    ages = now - seen[seen > 0]
    followers = engine.followers
    return ConnectionsView(
        sending=followers.sending,
        following=followers.following,
        sent=followers.sent,
        cut=followers.cut_so_far,
        resumed=followers.resumed,
        age_p50=round(float(np.quantile(ages, 0.5)), 2) if len(ages) else 0.0,
        age_p99=round(float(np.quantile(ages, 0.99)), 2) if len(ages) else 0.0,
        ages=tuple(int(n) for n in np.histogram(ages, (-1e9, *AGE_EDGES))[0]),
        stale=engine.stale(),
    )


def _totals(engine: Tracking) -> TotalsView:
    counts, mono = engine.counts, engine.clock.monotonic()
    return TotalsView(
        known=len(engine.known),
        stored=counts.stored,
        dropped=counts.dropped,
        refused=counts.refused,
        rate=round(engine.positions.rate(mono), 1),
        drop_rate=round(engine.dropped.rate(mono), 1),
        queries=counts.queries,
        examined_each=round(counts.examined / counts.queries, 1) if counts.queries else 0.0,
        missed=counts.missed,
        alerts=counts.alerts,
        track_rows=engine.keeping.rows,
    )
