"""The snapshot: everything that the panels may show, made in a few hundred microseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from designs.tinder.config import REPLICAS
from designs.tinder.engine.claims import Acked, Race
from designs.tinder.engine.feed_builder import FEED_WAYS
from designs.tinder.engine.feed_cache import Prepared
from designs.tinder.engine.matching import Step
from designs.tinder.engine.people import NAMED, SAM, VISITOR, interests_of
from designs.tinder.engine.ranking import PARTS, Viewer, distances, fits, parts, viewer_of
from designs.tinder.engine.regions import AREA_KM, HALF, PLACES, km_from_centre
from designs.tinder.engine.swipe_store import MOST_SWIPES, PARTITIONS
from designs.tinder.inside.views import (
    AgainView,
    CardView,
    CellView,
    DotView,
    FilterView,
    MapView,
    MetView,
    PartitionView,
    PartView,
    PhoneView,
    QueueView,
    RaceView,
    RefillView,
    ScoreView,
    Snapshot,
    StaleView,
    StoreView,
    WayView,
)
from sdlab.blocks.geohash import bounds
from sdlab.lab.views import LaneView, step_view

if TYPE_CHECKING:
    from designs.tinder.engine.engine import Tinder

QUEUE_SHOWN = 24
DOTS = 140
FILTER_CELLS = 512
NEAR_KM = 1.5
GONE = 12


def picture(engine: Tinder) -> Snapshot:
    """How everything stands now."""
    watched = engine.watched
    viewer = viewer_of(engine.people.profile(watched))
    kept = engine.cache.known.get(watched)
    return Snapshot(
        **engine.common(),
        born=round(engine.born, 3),
        phones=tuple(_phone(engine, engine.people.ids[one]) for one in (VISITOR, SAM)),
        map=_map(engine, viewer, kept),
        queue=_queue(engine, viewer, kept),
        refill=_refill(engine),
        score=_score(engine, viewer, kept),
        filter=_filter(engine),
        again=_again(engine),
        store=_store(engine),
        race=_race(engine),
        stale=_stale(engine),
    )


def face_of(engine: Tinder, number: int) -> str:
    """The seed of a portrait."""
    return f"{engine.room.seed}-{number}"


def place_of(lat: float, lng: float) -> str:
    """The name of the place, if that is one of ours."""
    x, y = km_from_centre(lat, lng)
    near = [one.id for one in PLACES.values() if abs(one.x - x) < NEAR_KM and abs(one.y - y) < NEAR_KM]
    return near[0] if near else ""


def clock_of(at: float) -> str:
    """A time of day, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def _phone(engine: Tinder, number: int) -> PhoneView:
    one = engine.people.profile(number)
    return PhoneView(
        id=one.id,
        name=one.name,
        face=face_of(engine, number),
        age=one.age,
        place=place_of(*one.at),
        lat=round(one.lat, 5),
        lng=round(one.lng, 5),
        age_min=one.age_min,
        age_max=one.age_max,
        km=one.km,
        wanted=one.wanted,
        version=engine.versions.get(number, 0),
        swipes=engine.swipes.history.get(number, 0),
        gone=tuple(
            engine.people.id(one) for one in engine.memory.latest(number, GONE) if one < engine.people.total
        ),
        met=tuple(
            MetView(
                seq, engine.people.id(other), engine.people.name(other), face_of(engine, other), clock_of(at)
            )
            for seq, other, at in reversed(engine.met.get(number, ()))
            if other < engine.people.total
        ),
        met_total=engine.met_total.get(number, 0),
    )


def _map(engine: Tinder, viewer: Viewer, kept: Prepared | None) -> MapView:
    index = engine.kitchen.index
    looked = engine.kitchen.looked.get(viewer.number)
    read = frozenset(looked.cells) if looked else frozenset()
    x, y = km_from_centre(viewer.lat, viewer.lng)
    cells = [_cell(name, len(members), name in read) for name, members in index.cells.items() if members]
    drawn = [one for one in cells if one.x > -5 and one.y > -5 and one.x < AREA_KM and one.y < AREA_KM]
    return MapView(
        area_km=AREA_KM,
        cells=tuple(sorted(drawn, key=lambda one: (one.looked, one.name))[:200]),
        dots=_dots(engine, viewer, kept),
        x=round(x + HALF, 2),
        y=round(y + HALF, 2),
        km=viewer.km,
        people=int(engine.people.size),
        candidates=looked.found.fitting if looked else 0,
        examined=looked.examined if looked else 0,
        looked=len(read),
        fullest=max((one.people for one in cells), default=0),
        who=engine.people.name(viewer.number),
    )


_CELLS: dict[str, tuple[float, float, float, float]] = {}
MOST_CELLS = 4000


def _cell(name: str, people: int, looked: bool) -> CellView:
    place = _CELLS.get(name)
    if place is None:
        edge = bounds(name)
        x, y = km_from_centre(edge.south, edge.west)
        right, top = km_from_centre(edge.north, edge.east)
        place = (round(x + HALF, 2), round(y + HALF, 2), round(right - x, 2), round(top - y, 2))
        if len(_CELLS) < MOST_CELLS:
            _CELLS[name] = place
    return CellView(name, *place, people=people, looked=looked)


def _dots(engine: Tinder, viewer: Viewer, kept: Prepared | None) -> tuple[DotView, ...]:
    looked = engine.kitchen.looked.get(viewer.number)
    queued = list(kept.numbers[:QUEUE_SHOWN]) if kept else []
    found = looked.found.numbers[:: max(1, len(looked.found.numbers) // DOTS)].tolist() if looked else []
    other = engine.people.ids[SAM if viewer.number == 0 else VISITOR]
    of = engine.people.columns.of
    dots = []
    for kind, numbers in (
        ("candidate", found),
        ("queue", queued),
        ("other", [other]),
        ("me", [viewer.number]),
    ):
        for one in numbers:
            x, y = km_from_centre(float(of["lat"][one]), float(of["lng"][one]))
            name = engine.people.name(one) if kind in ("other", "me") else ""
            dots.append(DotView(round(x + HALF, 2), round(y + HALF, 2), kind, name))
    return tuple(dots)


def _queue(engine: Tinder, viewer: Viewer, kept: Prepared | None) -> QueueView:
    now, config = engine.clock.time(), engine.config
    common = {
        "who": engine.people.name(viewer.number),
        "capacity": engine.kitchen.capacity(),
        "refill_below": engine.kitchen.low(),
        "ttl": float(config.ttl_s),
        "refilling": viewer.number in engine.refills,
    }
    if kept is None:
        return QueueView(**common)  # type: ignore[arg-type]
    numbers = kept.numbers
    rows = np.array(numbers, int)
    of = engine.people.columns
    fine = fits(of, rows, viewer) if numbers else np.zeros(0, bool)
    shown = rows[:QUEUE_SHOWN]
    scores = parts(of, shown, viewer, now=now).sum(axis=1)
    km = distances(of, shown, viewer)
    cards = tuple(
        CardView(
            id=engine.people.id(number),
            name=engine.people.name(number),
            face=face_of(engine, number),
            age=int(of.of["age"][number]),
            km=round(away, 1),
            score=round(score, 1),
            fits=bool(fine[at]),
        )
        for at, (number, away, score) in enumerate(
            zip(shown.tolist(), km.tolist(), scores.tolist(), strict=True)
        )
    )
    return QueueView(
        cards=cards,
        size=len(numbers),
        built_ago=round(now - kept.built, 1),
        expires_in=round(max(0.0, kept.until - now), 1),
        source=kept.source,
        complete=kept.complete,
        exists=True,
        stale=int((~fine).sum()),
        **common,  # type: ignore[arg-type]
    )


def _refill(engine: Tinder) -> RefillView:
    counts = engine.counts
    return RefillView(
        ways=tuple(
            WayView(
                id=name,
                label=FEED_WAYS[name].label,
                chosen=name == engine.config.feed,
                asked=told.total,
                p50=round(told.quantile(0.5), 2),
                p99=round(told.quantile(0.99), 2),
            )
            for name, told in engine.serving.ms.items()
        ),
        refills=counts.refills,
        beside=engine.refills.done,
        beside_ms=round(engine.refills.last_ms, 2),
        cards=counts.handed_out,
        dry=counts.dry,
    )


def _score(engine: Tinder, viewer: Viewer, kept: Prepared | None) -> ScoreView:
    """The card on top of the queue, taken apart."""
    if kept is None or not kept.numbers:
        return ScoreView(who=engine.people.name(viewer.number))
    looked = engine.kitchen.looked.get(viewer.number)
    number = kept.numbers[0]
    rows = np.array([number])
    points = parts(engine.people.columns, rows, viewer, now=engine.clock.time())[0].tolist()
    row = engine.people.columns.row(number)
    shared = interests_of(int(row["interests"]) & viewer.interests)
    hours = max(0.0, engine.clock.time() - row["active"]) / 3600
    why = (
        f"{distances(engine.people.columns, rows, viewer)[0]:.1f} of {viewer.km:g} km",
        ", ".join(shared) or "none",
        f"{hours:.1f} h ago",
        f"{int(row['age_min'])}–{int(row['age_max'])}, {row['km']:g} km",
        "adds to the rank when they do",
    )
    rank = (
        int(np.flatnonzero(looked.found.numbers == number)[0]) + 1
        if looked and number in looked.found.numbers
        else 0
    )
    return ScoreView(
        who=engine.people.name(viewer.number),
        id=engine.people.id(number),
        name=engine.people.name(number),
        face=face_of(engine, number),
        rank=rank,
        of=looked.found.fitting if looked else 0,
        total=round(sum(points), 1),
        parts=tuple(
            PartView(label, round(got, 1), most, said)
            for (_, label, most), got, said in zip(PARTS, points, why, strict=True)
        ),
    )


def _filter(engine: Tinder) -> FilterView:
    blooms, measuring = engine.memory.blooms, engine.measuring
    number = measuring.subject()
    known = blooms.filters.get(number)
    common = {
        "who": engine.people.name(number) if number < NAMED else engine.people.id(number),
        "filters": len(blooms.filters),
        "made": blooms.made,
        "reread": blooms.read,
        "made_ms": round(blooms.last_ms, 2),
        "history": engine.swipes.history.get(number, 0),
        "begins_at": engine.config.bloom_from,
    }
    if known is None:
        return FilterView(**common)  # type: ignore[arg-type]
    shown = measuring.shown
    cells = known.picture(FILTER_CELLS)
    return FilterView(
        exists=True,
        bits=known.bits,
        hashes=known.hashes,
        added=known.added,
        fill=round(100 * known.fill, 1),
        cells="".join(str(min(9, round(9 * one + 0.49))) for one in cells),
        measured=round(shown.rate, 3),
        theory=round(100 * known.expected_error, 3),
        probed=shown.probed,
        never=shown.never,
        others=shown.others,
        **common,  # type: ignore[arg-type]
    )


def _again(engine: Tinder) -> AgainView:
    counts = engine.counts
    return AgainView(
        screened=counts.screened,
        shown_again=counts.shown_again,
        let_through=counts.let_through,
        never_shown=counts.false_yes,
        filter_yes=counts.filter_yes,
        false_yes=counts.false_yes,
    )


def _store(engine: Tinder) -> StoreView:
    swipes, people = engine.swipes.in_partition, engine.swipes.people_in
    most = max(1, *swipes)
    return StoreView(
        partitions=tuple(
            PartitionView(
                label=f"partition {n}",
                swipes=swipes[n],
                people=people[n],
                share=round(swipes[n] / most, 3),
                turns=engine.registry.served[n],
            )
            for n in range(PARTITIONS)
        ),
        total=engine.swipes.total,
        most=MOST_SWIPES,
        repeats=engine.counts.repeats,
        likes=engine.counts.likes,
        behind_west=engine.swipes.behind[0],
        behind_east=engine.swipes.behind[1],
        lag_ms=round(engine.swipes.lag_ms, 1),
        per_second=round(engine.swiped_rate.rate(engine.clock.monotonic()), 1),
    )


def _race(engine: Tinder) -> RaceView:
    counts, race = engine.counts, engine.auditor.race
    common = {
        "mutual": counts.mutual,
        "matches": counts.matches,
        "missed": counts.missed,
        "missed_pairs": tuple(reversed(counts.missed_pairs)),
    }
    if race is None:
        return RaceView(**common)  # type: ignore[arg-type]
    return RaceView(
        lanes=_lanes(engine, race),
        first=engine.people.id(race.first.me),
        second=engine.people.id(race.second.me),
        exists=True,
        matched=race.matched,
        apart_ms=round(abs(race.second.at - race.first.at) * 1000, 1),
        **common,  # type: ignore[arg-type]
    )


def _lanes(engine: Tinder, race: Race) -> tuple[LaneView, ...]:
    start = min(step.start for one in (race.first, race.second) for step in one.steps)

    def lane(label: str, steps: tuple[Step, ...]) -> LaneView:
        return LaneView(
            label,
            tuple(step_view(one.text, one.start, one.end, one.tone, since=start) for one in steps),
        )

    def named(one: Acked) -> str:
        return f"{engine.people.id(one.me)}, {REPLICAS[one.me % 2]}"

    return (
        lane(named(race.first), race.first.steps),
        lane(named(race.second), race.second.steps),
        *(lane(f"to {REPLICAS[1 - one.me % 2]}", arrived) for one, arrived in engine.auditor.arrivals(race)),
    )


def _stale(engine: Tinder) -> StaleView:
    return StaleView(
        shown=engine.counts.stale_shown,
        evicted=engine.counts.evicted,
        dropped=engine.counts.dropped,
        waiting=engine.capture.waiting,
        lag_s=round(engine.capture.lag_s, 1),
        applied=engine.capture.applied,
        crossed=engine.capture.crossed,
    )
