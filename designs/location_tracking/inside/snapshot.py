"""From the running engine to the snapshot: rounding and bounds, no decisions."""

from __future__ import annotations

import base64
from datetime import datetime

import numpy as np

from designs.location_tracking.engine.demo_user import OWN_BUS
from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.engine.fleet import CITY, ROUTES, ZONE, Route, bus_id, number_of
from designs.location_tracking.engine.nodes import shard_id
from designs.location_tracking.engine.proximity import NearbyAnswer
from designs.location_tracking.engine.reader import Looked
from designs.location_tracking.engine.strategies import INDEXES
from designs.location_tracking.inside.overlay import Overlay, covering, overlay_of
from designs.location_tracking.inside.views import (
    AlertView,
    ApproachView,
    BusView,
    ConnectionsView,
    FenceView,
    FollowView,
    HitView,
    PointsView,
    QueryView,
    SegmentView,
    ShardsView,
    ShardView,
    Snapshot,
    StopView,
    TotalsView,
)
from sdlab.blocks import city as streets
from sdlab.blocks.spatial import Hit
from sdlab.lab import LabError, Tally
from sdlab.lab.actor import VISITOR
from sdlab.lab.views import view_of

MOST_DRAWN = 4000
SHOWN_HITS = 20
AGE_EDGES = (0.5, 1, 2, 5, 10, 30, 1e9)
PER_METRE = 2.0


def build_snapshot(engine: Tracking) -> Snapshot:
    """Everything that the panels may show of now."""
    now, looked = engine.clock.time(), engine.reader.look.last
    overlay = overlay_of(engine)
    return Snapshot(
        **engine.common(),
        now=round(now, 3),
        points=_points(engine, now),
        index_label=INDEXES[engine.config.index].label,
        cells=overlay.cells,
        cells_shown=len(overlay.cells),
        query=_query(engine),
        buses=tuple(_bus(engine, looked, bus_id(n), now) for n in range(min(ROUTES, engine.fleet.size))),
        own=_bus(engine, looked, OWN_BUS, now),
        followed=_followed(engine),
        fences=_fences(engine),
        alerts=tuple(
            view_of(AlertView, one, clock=datetime.fromtimestamp(one.t, ZONE).strftime("%H:%M:%S %Z"))
            for one in engine.geofences.alerts
        ),
        approaches=_approaches(engine),
        shards=_shards(engine, looked, overlay),
        connections=_connections(engine),
        density=overlay.density,
        totals=_totals(engine, looked),
    )


def build_tallies(engine: Tracking) -> tuple[Tally, ...]:
    """What a comparison counts."""
    queries, positions = engine.proximity.counters, engine.ingestion.counters
    index = engine.index
    examined = queries.examined / max(1, queries.queries)
    return (
        Tally("examined", "Points looked at per query", "points", examined),
        Tally("update", "Index update", "µs", index.update_seconds / max(1, index.updates) * 1e6),
        Tally("missed", "Near buses missed", "buses", queries.missed),
        Tally("moved", "Positions that changed shard", "positions", positions.moved, "same"),
    )


def _points(engine: Tracking, now: float) -> PointsView:
    """Evenly chosen of the fleet, the same ones in every frame, so that a viewer can let them glide."""
    known, size = engine.latest.by_bus, engine.fleet.size
    drawn = [known[id] for n in range(0, size, -(-size // MOST_DRAWN)) if (id := bus_id(n)) in known]
    at = np.array([(one.lat, one.lng) for one in drawn]).reshape(-1, 2)
    x = (at[:, 1] - streets.WEST) * streets.METRES_PER_LNG * PER_METRE
    y = (at[:, 0] - streets.SOUTH) * streets.METRES_PER_DEGREE * PER_METRE
    packed = np.clip(np.stack((x, y), axis=1), 0, 65535).astype("<u2").tobytes()
    limit = now - engine.config.stale_s
    return PointsView(
        data=base64.b64encode(packed).decode(),
        marks="".join("1" if one.t < limit else "0" for one in drawn),
        drawn=len(drawn),
        total=len(known),
    )


def _query(engine: Tracking) -> QueryView:
    answer = engine.proximity.shown
    if answer is None:
        return QueryView()
    request, found, truth = answer.request, answer.found, answer.truth
    x, y = streets.to_metres(request.lat, request.lng)
    right, missed = set(truth.ids), set(answer.missed)
    hits = [_hit(answer, hit, right=hit.id in right) for hit in found.hits[:SHOWN_HITS]]
    hits += [_hit(answer, hit, missed=True) for hit in truth.hits[:SHOWN_HITS] if hit.id in missed]
    return QueryView(
        asked=True,
        x=round(x, 1),
        y=round(y, 1),
        k=request.k,
        radius=round(request.radius_m or max((hit.metres for hit in truth.hits), default=0.0), 1),
        hits=tuple(hits),
        cells=len(found.cells),
        examined=found.examined,
        total=answer.points,
        returned=len(found.hits),
        missed=len(missed),
        ms=round(answer.ms, 3),
        by=answer.by,
    )


def _hit(answer: NearbyAnswer, hit: Hit, *, right: bool = True, missed: bool = False) -> HitView:
    """Where it was when it was asked for, as its distance is of then."""
    at = answer.places.get(hit.id)
    x, y = streets.to_metres(at.lat, at.lng) if at else (0.0, 0.0)
    return HitView(hit.id, round(x, 1), round(y, 1), round(hit.metres, 1), right, missed)


def _bus(engine: Tracking, looked: Looked, id: str, now: float) -> BusView:
    label = "You" if id == OWN_BUS else f"Bus {id[4:]}"
    newest = looked.newest(id)
    if newest is None:
        return BusView(id=id, label=label)
    _, at = newest
    x, y = streets.to_metres(at.lat, at.lng)
    age = max(0.0, now - at.t)
    return BusView(
        id=id,
        label=label,
        x=round(x, 1),
        y=round(y, 1),
        where=CITY.name_of(x, y),
        cell=at.cell,
        shards=", ".join(str(shard) for shard, _ in looked.watched[id]),
        age=round(age, 1),
        stale=age > engine.config.stale_s,
        kmh=round(engine.latest.speeds[id] * 3.6, 1) if id in engine.latest.speeds else -1.0,
    )


def _followed(engine: Tracking) -> FollowView:
    bus, stop = engine.parent.bus, engine.parent.stop
    minutes, metres, why = -1.0, 0.0, ""
    try:
        arrival = engine.arrivals.estimate(bus, stop.id)
        minutes, metres = round(arrival.seconds / 60, 2), arrival.metres
    except LabError as error:
        why = error.detail
    number = number_of(bus)
    route = engine.fleet.routes[number] if number is not None and number < ROUTES else None
    stops = route.stops if route else tuple(engine.fleet.stops.values())[:5]
    return FollowView(
        bus=bus,
        stop=stop.id,
        stop_name=stop.name,
        x=stop.x,
        y=stop.y,
        metres=round(metres),
        minutes=minutes,
        why=why,
        stops=tuple(view_of(StopView, one) for one in stops),
        route=_turns(route) if route else (),
    )


def _turns(route: Route) -> tuple[float, ...]:
    """The corners where a route turns."""
    columns, rows = zip(*route.corners, strict=True)
    left, right, low, high = min(columns), max(columns), min(rows), max(rows)
    turns = [(left, low), (right, low), (right, high), (left, high)]
    return tuple(value for turn in turns for value in CITY.corner(*turn))


def _fences(engine: Tracking) -> tuple[FenceView, ...]:
    views = []
    for one in engine.geofences.by_id.values():
        x, y = streets.to_metres(one.lat, one.lng)
        inside = ", ".join(engine.geofences.inside(one.id)[:4])
        cells = len(covering(one.lat, one.lng, one.radius_m))
        views.append(
            view_of(
                FenceView,
                one,
                x=round(x, 1),
                y=round(y, 1),
                radius=one.radius_m,
                inside=inside,
                cells=cells,
                mine=one.owner == VISITOR.name,
            )
        )
    return tuple(views)


def _approaches(engine: Tracking) -> tuple[ApproachView, ...]:
    costs = engine.index_costs.by_index
    dearest_update = max(1e-6, *(cost.update_us for cost in costs.values()))
    dearest_query = max(1e-6, *(cost.query_us for cost in costs.values()))
    return tuple(
        view_of(
            ApproachView,
            cost,
            id=name,
            label=INDEXES[name].label,
            chosen=name == engine.config.index,
            update_us=round(cost.update_us, 2),
            update_share=round(100 * cost.update_us / dearest_update, 1),
            query_us=round(cost.query_us, 1),
            query_share=round(100 * cost.query_us / dearest_query, 1),
            examined=round(cost.examined, 1),
            cells=round(cost.cells, 1),
            splits=round(cost.splits, 3),
        )
        for name, cost in costs.items()
    )


def _shards(engine: Tracking, looked: Looked, overlay: Overlay) -> ShardsView:
    buses = dict(enumerate(looked.sizes))
    total = max(1, sum(looked.sizes))
    return ShardsView(
        shards=tuple(
            ShardView(
                id=shard_id(n),
                label=f"shard {n}",
                buses=buses.get(n, -1),
                cells=overlay.cells_by_shard[n],
                part=round(100 * buses.get(n, 0) / total, 1),
                up=not engine.node(shard_id(n)).down,
            )
            for n in range(engine.config.shards)
        ),
        segments=tuple(
            view_of(SegmentView, one, start=round(one.start, 4), end=round(one.end, 4))
            for one in engine.shards.placement.segments()
        ),
        moved=engine.ingestion.counters.moved,
        resharded=engine.shards.resharded,
        resharded_of=engine.shards.resharded_of,
    )


def _connections(engine: Tracking) -> ConnectionsView:
    ages = engine.latest.ages()
    return view_of(
        ConnectionsView,
        engine.connections,
        age_p50=round(float(np.quantile(ages, 0.5)), 2) if len(ages) else -1.0,
        age_p99=round(float(np.quantile(ages, 0.99)), 2) if len(ages) else -1.0,
        ages=tuple(int(n) for n in np.histogram(ages, (-1e9, *AGE_EDGES))[0]),
        stale=engine.latest.stale(),
    )


def _totals(engine: Tracking, looked: Looked) -> TotalsView:
    positions, queries = engine.ingestion.counters, engine.proximity.counters
    now = engine.clock.monotonic()
    return TotalsView(
        known=len(engine.latest.by_bus),
        stored=positions.stored,
        dropped=positions.dropped,
        refused=positions.refused,
        rate=round(engine.index.update_rate.rate(now), 1),
        drop_rate=round(engine.ingestion.drop_rate.rate(now), 1),
        queries=queries.queries,
        examined_each=round(queries.examined / queries.queries, 1) if queries.queries else 0.0,
        missed=queries.missed,
        alerts=engine.geofences.alerted,
        track_rows=looked.track_rows,
    )
