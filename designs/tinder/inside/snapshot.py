"""The snapshot: everything that the panels may show, made in a few hundred microseconds."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np

from designs.tinder.engine.cards import cards_of
from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.feed_cache import PreparedFeed, queue_capacity, refill_below
from designs.tinder.engine.matching import Step
from designs.tinder.engine.mutual_likes import AcknowledgedSwipe, Race
from designs.tinder.engine.nodes import REPLICAS
from designs.tinder.engine.people import SAM, VISITOR
from designs.tinder.engine.ranking import SCORE_PARTS, Viewer, fits, viewer_of
from designs.tinder.engine.regions import AREA_KM, HALF, ZONE, km_from_centre, region_at
from designs.tinder.engine.store_reader import PhoneLook
from designs.tinder.engine.strategies.feed import FEEDS
from designs.tinder.engine.strategies.seen import SEEN
from designs.tinder.engine.swipe_store import MOST_SWIPES, home
from designs.tinder.inside.views import (
    AgainView,
    CardView,
    CellView,
    DotView,
    FilterView,
    MapView,
    MatchView,
    PartitionView,
    PartView,
    PhoneView,
    QueueView,
    RaceView,
    RefillView,
    ScoreView,
    Snapshot,
    SourceView,
    StaleView,
    StoreView,
)
from sdlab.blocks.geohash import bounds
from sdlab.lab import Tally
from sdlab.lab.views import LaneView, step_view, view_of

QUEUE_SHOWN = 24
DOTS = 140
CELLS_SHOWN = 200
FILTER_CELLS = 512
GONE = 12
GAUGE_STEPS = 6


def build_snapshot(engine: Tinder) -> Snapshot:
    """How everything stands; what is in stores as the last look saw it, the panels with its watched user."""
    look = engine.reader.look.last
    viewer = viewer_of(engine.people.profile(look.watched))
    kept = look.feed
    return Snapshot(
        **engine.common(),
        born=round(engine.began, 3),
        phones=tuple(phone_view(engine, one) for one in engine.demo_users.phones),
        map=map_view(engine, viewer, kept),
        queue=queue_view(engine, viewer, kept),
        refill=refill_view(engine),
        score=score_view(engine, viewer, kept),
        filter=filter_view(engine),
        again=view_of(
            AgainView, engine.counters, hidden=engine.counters.false_yes, by=SEEN[engine.config.again].label
        ),
        store=store_view(engine),
        race=race_view(engine),
        stale=stale_view(engine),
    )


def build_tallies(engine: Tinder) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, ms = engine.counters, engine.feeds.ms[engine.config.feed]
    return (
        Tally("again", "Shown again", "cards", counters.shown_again),
        Tally("missed", "Matches missed", "pairs", counters.missed),
        Tally("never", "Hidden by a filter's error", "people", counters.false_yes),
        Tally("stale", "Stale cards shown", "cards", counters.stale_shown),
        Tally("refill", "Refill, median", "ms", round(ms.quantile(0.5), 2)),
    )


def phone_view(engine: Tinder, number: int) -> PhoneView:
    """One of the two phones."""
    people, one = engine.people, engine.people.profile(number)
    gone = engine.seen.latest(number, GONE)
    seen = engine.reader.look.last.phones.get(number, PhoneLook())
    return view_of(
        PhoneView,
        one,
        face=people.face(number),
        region=region_at(*one.at),
        lat=round(one.lat, 5),
        lng=round(one.lng, 5),
        version=engine.card_versions.of(number),
        swipes=seen.swipes,
        gone=tuple(people.id(one) for one in gone if one < people.total),
        matches=_matches(engine, seen),
        match_total=seen.match_total,
    )


def _matches(engine: Tinder, seen: PhoneLook) -> tuple[MatchView, ...]:
    people = engine.people
    return tuple(
        MatchView(
            number=one.number,
            id=people.id(one.partner),
            name=people.name(one.partner),
            face=people.face(one.partner),
            clock=_clock(one.at),
        )
        for one in seen.matches
        if one.partner < people.total
    )


def map_view(engine: Tinder, viewer: Viewer, kept: PreparedFeed | None) -> MapView:
    """The location index, and where the last search of that viewer looked."""
    last = engine.index.searches.get(viewer.number)
    read = frozenset(last.cells) if last else frozenset()
    x, y = km_from_centre(viewer.lat, viewer.lng)
    cells = [
        CellView(name, *_edges(name), people=len(members), looked=name in read)
        for name, members in engine.index.cells.items()
        if members
    ]
    drawn = [one for one in cells if -5 < one.x < AREA_KM and -5 < one.y < AREA_KM]
    return MapView(
        area_km=AREA_KM,
        cells=tuple(sorted(drawn, key=lambda one: (one.looked, one.name))[:CELLS_SHOWN]),
        dots=_dots(engine, viewer, kept),
        x=round(x + HALF, 2),
        y=round(y + HALF, 2),
        km=viewer.km,
        people=engine.people.size,
        candidates=last.found.fitting if last else 0,
        examined=last.examined if last else 0,
        looked=len(read),
        fullest=max((one.people for one in cells), default=0),
        who=engine.people.name(viewer.number),
    )


@lru_cache(maxsize=4000)
def _edges(cell: str) -> tuple[float, float, float, float]:
    """Left, bottom, width and height on the map, km."""
    edge = bounds(cell)
    x, y = km_from_centre(edge.south, edge.west)
    right, top = km_from_centre(edge.north, edge.east)
    return round(x + HALF, 2), round(y + HALF, 2), round(right - x, 2), round(top - y, 2)


def _dots(engine: Tinder, viewer: Viewer, kept: PreparedFeed | None) -> tuple[DotView, ...]:
    last = engine.index.searches.get(viewer.number)
    found = last.found.numbers[:: max(1, len(last.found.numbers) // DOTS)].tolist() if last else []
    other = engine.people.ids[SAM if viewer.number == 0 else VISITOR]
    of = engine.people.columns.of
    dots = []
    for kind, numbers in (
        ("candidate", found),
        ("queue", kept.numbers[:QUEUE_SHOWN] if kept else ()),
        ("other", [other]),
        ("me", [viewer.number]),
    ):
        for one in numbers:
            x, y = km_from_centre(float(of["lat"][one]), float(of["lng"][one]))
            name = engine.people.name(one) if kind in ("other", "me") else ""
            dots.append(DotView(round(x + HALF, 2), round(y + HALF, 2), kind, name))
    return tuple(dots)


def _in_steps(seconds: float, *, most: float) -> int:
    """Rounded up to one of the steps of a gauge, whole seconds: a countdown in tenths never lets a page rest."""
    step = max(1, round(most / GAUGE_STEPS))
    return ceil(seconds / step) * step


def _clock(at: float) -> str:
    """The time of day at the place."""
    return datetime.fromtimestamp(at, ZONE).strftime("%H:%M:%S %Z")


def queue_view(engine: Tinder, viewer: Viewer, kept: PreparedFeed | None) -> QueueView:
    """The prepared feed of that viewer."""
    now, config = engine.clock.time(), engine.config
    common: dict[str, Any] = {
        "who": engine.people.name(viewer.number),
        "capacity": queue_capacity(config),
        "refill_below": refill_below(config),
        "ttl": float(config.ttl_s),
        "refilling": viewer.number in engine.refiller,
    }
    if kept is None:
        return QueueView(**common)
    fine = fits(engine.people.columns, np.array(kept.numbers, int), viewer)
    cards = cards_of(engine.people, kept.numbers[:QUEUE_SHOWN], viewer, kept.points)
    return QueueView(
        cards=tuple(
            view_of(CardView, one, km=round(one.km, 1), score=round(one.score, 1), fits=bool(good))
            for one, good in zip(cards, fine, strict=False)
        ),
        size=len(kept.numbers),
        built_at=_clock(kept.built),
        expires_in=_in_steps(max(0.0, kept.until - now), most=float(config.ttl_s)),
        source=kept.source,
        complete=kept.complete,
        exists=True,
        stale=int((~fine).sum()),
        **common,
    )


def refill_view(engine: Tinder) -> RefillView:
    """What refills have cost, by where the feed came from."""
    counters = engine.counters
    return RefillView(
        sources=tuple(
            SourceView(
                id=name,
                label=FEEDS[name].label,
                chosen=name == engine.config.feed,
                asked=ms.total,
                p50=round(ms.quantile(0.5), 2),
                p99=round(ms.quantile(0.99), 2),
            )
            for name, ms in engine.feeds.ms.items()
        ),
        refills=counters.refills,
        in_background=engine.refiller.built,
        background_ms=round(engine.refiller.last_ms, 2),
        cards=counters.cards_sent,
        dry=counters.dry,
    )


def score_view(engine: Tinder, viewer: Viewer, kept: PreparedFeed | None) -> ScoreView:
    """The card on top of the queue, taken apart."""
    people, now = engine.people, engine.clock.time()
    if kept is None or not kept.numbers:
        return ScoreView(who=people.name(viewer.number))
    number = kept.numbers[0]
    card = cards_of(people, [number], viewer, kept.points)[0]
    row = people.columns.row(number)
    why = (
        f"{card.km:.1f} of {viewer.km:g} km",
        ", ".join(card.shared) or "none",
        f"{max(0.0, now - row['active']) / 3600:.1f} h ago",
        f"{int(row['age_min'])}–{int(row['age_max'])}, {row['km']:g} km",
        "they do" if card.points[-1] else "not when this was ranked",
    )
    last = engine.index.searches.get(viewer.number)
    ranks = np.flatnonzero(last.found.numbers == number).tolist() if last else []
    return view_of(
        ScoreView,
        card,
        who=people.name(viewer.number),
        rank=ranks[0] + 1 if ranks else 0,
        of=last.found.fitting if last else 0,
        total=round(card.score, 1),
        parts=tuple(
            PartView(label, round(got, 1), most, said)
            for (_, label, most), got, said in zip(SCORE_PARTS, card.points, why, strict=True)
        ),
    )


def filter_view(engine: Tinder) -> FilterView:
    """The filter of one person, beside what was measured of it."""
    filters, scan = engine.filters, engine.filter_scan
    number = scan.subject()
    known = filters.filters.get(number)
    common: dict[str, Any] = {
        "who": engine.people.name(number),
        "filters": len(filters.filters),
        "built": filters.built,
        "reread": filters.reread,
        "built_ms": round(filters.last_ms, 2),
        "history": engine.swipes.history.get(number, 0),
        "measured_at": scan.shown.added if scan.shown.number == number else -1,
        "begins_at": engine.config.bloom_from,
    }
    if known is None:
        return FilterView(**common)
    return FilterView(
        exists=True,
        bits=known.bits,
        hashes=known.hashes,
        added=known.added,
        fill=round(100 * known.fill, 1),
        cells="".join(str(min(9, round(9 * one + 0.49))) for one in known.picture(FILTER_CELLS)),
        measured=round(scan.shown.rate, 3),
        theory=round(scan.shown.theory, 3),
        probed=scan.shown.others,
        hidden=scan.shown.wrong,
        **common,
    )


def store_view(engine: Tinder) -> StoreView:
    """Swipes by partition, and what is on its way between the replicas."""
    look, replication = engine.reader.look.last, engine.replication
    most = max(1, *(swipes for swipes, _ in look.partitions))
    return StoreView(
        partitions=tuple(
            PartitionView(
                label=f"partition {n}",
                swipes=swipes,
                people=people,
                share=round(swipes / most, 3),
                turns=engine.partitions.served[n],
            )
            for n, (swipes, people) in enumerate(look.partitions)
        ),
        total=sum(swipes for swipes, _ in look.partitions),
        most=MOST_SWIPES,
        repeats=engine.counters.repeats,
        likes=engine.counters.likes,
        behind_west=look.behind[0],
        behind_east=look.behind[1],
        lag_ms=round(replication.lag_ms, 1),
        per_second=round(engine.swiped_rate.rate(engine.clock.monotonic()), 1),
    )


def race_view(engine: Tinder) -> RaceView:
    """The newest mutual like, step by step."""
    counters, race = engine.counters, engine.mutual_likes.race
    common: dict[str, Any] = {
        "mutual": counters.mutual,
        "matches": engine.reader.look.last.matches,
        "missed": counters.missed,
        "missed_pairs": tuple(reversed(counters.missed_pairs)),
    }
    if race is None:
        return RaceView(**common)
    return RaceView(
        lanes=_lanes(engine, race),
        exists=True,
        matched=race.matched,
        apart_ms=round(abs(race.second.at - race.first.at) * 1000, 1),
        **common,
    )


def _lanes(engine: Tinder, race: Race) -> tuple[LaneView, ...]:
    both = (race.first, race.second)
    start = min(step.start for one in both for step in one.steps)

    def lane(label: str, steps: tuple[Step, ...]) -> LaneView:
        drawn = (step_view(one.text, one.start, one.end, one.tone, since=start) for one in steps)
        return LaneView(label, tuple(drawn))

    def on_its_way(one: AcknowledgedSwipe) -> tuple[Step, ...]:
        arrival = engine.replication.arrivals.get((one.me, one.them))
        if arrival is None:
            return ()
        return (Step("on its way", arrival.at, arrival.at + arrival.lag_ms / 1000, "moved"),)

    swipes = [lane(f"{engine.people.name(one.me)}, {REPLICAS[home(one.me)]}", one.steps) for one in both]
    ways = [lane(f"to {REPLICAS[1 - home(one.me)]}", on_its_way(one)) for one in both]
    return (*swipes, *ways)


def stale_view(engine: Tinder) -> StaleView:
    """Cards out of place, and the changes that wait for capture."""
    counters, look = engine.counters, engine.reader.look.last
    return view_of(
        StaleView,
        engine.capture,
        waiting=look.waiting,
        news=look.news,
        shown=counters.stale_shown,
        evicted=counters.evicted,
        dropped=counters.dropped,
        lag_s=round(look.lag_s, 1),
    )
