"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache

import numpy as np

from designs.yelp.engine.city_places import FAVOURITE
from designs.yelp.engine.engine import Yelp
from designs.yelp.engine.nodes import CACHE, CAPTURE, DATABASE, INDEX, QUEUE, SERVICE
from designs.yelp.engine.place import Rating
from designs.yelp.engine.rating_table import RatingStep
from designs.yelp.engine.search import Answer, Scored
from designs.yelp.engine.strategies import AVERAGES
from designs.yelp.engine.strategies.ranking import PRIOR_COUNT, PRIOR_STARS
from designs.yelp.inside.views import (
    AverageView,
    CacheView,
    CandidatesView,
    CellView,
    DoubleView,
    ExplorerView,
    HitView,
    IndexView,
    ListView,
    PartView,
    PlaceView,
    PlanLineView,
    RatingsView,
    ReviewView,
    ScoreView,
    Snapshot,
    WalkStepView,
    WordView,
)
from sdlab.blocks import city as streets
from sdlab.blocks import geohash
from sdlab.lab import Tally
from sdlab.lab.views import LaneView, StepView, step_view, view_of

VISITOR = "visitor"
MOST_CELLS, MOST_DOTS = 200, 300
LANES, STEPS = 5, 40
LANE_S = 20.0
NAMED = 6
DAY = 86_400
TONES = {"read": "ok", "write": "selected", "step": "miss"}


def build_snapshot(engine: Yelp) -> Snapshot:
    """Everything that the panels may show of now."""
    _label_nodes(engine)
    return Snapshot(
        **engine.common(),
        explorer=_explorer(engine),
        candidates=_candidates(engine),
        score=_score(engine),
        average=_average(engine),
        ratings=_ratings(engine),
        lag=_index(engine),
        cache=_cache(engine),
    )


def build_tallies(engine: Yelp) -> tuple[Tally, ...]:
    """What a comparison counts."""
    counters, looked = engine.search_places.counters, engine.reader.look.last
    answered = max(1, counters.hits + counters.misses)
    return (
        Tally("touched", "Rows or entries looked at", "per search", counters.each(counters.touched)),
        Tally("vain", "Measured in vain", "per search", counters.each(counters.candidates - counters.found)),
        Tally("cells", "Cells asked", "per search", counters.each(counters.cells), "same"),
        Tally("search_ms", "A search", "ms", counters.each(counters.ms)),
        Tally("rated", "Ratings taken", "ratings", engine.ratings.counters.first + engine.ratings.counters.edits, "more"),
        Tally("off", "Ratings that averages lack", "ratings", _off(engine)),
        Tally("doubles", "People with two ratings", "people", max(0, looked.doubles)),
        Tally("again", "Transactions begun again", "transactions", _again(engine)),
        Tally("wrong", "Places wrong in the index", "places", len(looked.wrong)),
        Tally("lost", "Messages lost", "messages", len(engine.index_feed.lost)),
        Tally("fallback", "Searches by the database instead", "searches", counters.fallback, "same"),
        Tally("cached", "Answers from the cache", "%", 100 * counters.hits / answered, "more"),
        Tally("stale", "Answers that were wrong", "answers", counters.stale),
        Tally("favourite", "The favourite's position", "", _favourite(engine) or 99),
    )  # fmt: skip


def _off(engine: Yelp) -> int:
    computes = AVERAGES[engine.config.average].computes
    return 0 if computes else max(0, engine.reader.look.last.off)


def _again(engine: Yelp) -> int:
    return engine.ratings.counters.versions + engine.ratings.counters.retried


def _label_nodes(engine: Yelp) -> None:
    looked, search = engine.reader.look.last, engine.search_places
    details = {
        SERVICE: f"{search.counters.searches:,} searches",
        CACHE: f"{search.cached:,} kept",
        DATABASE: f"{max(0, looked.ratings):,} ratings",
        INDEX: f"{len(search.structure) if search.structure else 0:,} places",
        QUEUE: f"{max(0, looked.queued):,} wait",
        CAPTURE: f"{max(0, looked.waiting):,} behind",
    }
    for name, detail in details.items():
        if name in engine.nodes:
            engine.nodes[name].detail = detail


# The map on the page


def _explorer(engine: Yelp) -> ExplorerView:
    explorer, answer = engine.explorer, engine.explorer.answer
    if answer is None:
        return ExplorerView()
    query = answer.query
    x, y = streets.to_metres(query.lat, query.lng)
    others, vain = _dots(answer)
    return ExplorerView(
        term=query.term,
        x=round(x, 1),
        y=round(y, 1),
        radius=query.radius_m,
        found=len(answer.found),
        source=answer.source,
        fallback=answer.fallback,
        hits=tuple(_hit(engine, one, rank) for rank, one in enumerate(explorer.hits, start=1)),
        others=others,
        vain=vain,
        cells=_cells(answer),
        cells_asked=len(answer.reach.cells),
        level=answer.reach.level,
        place=_place(engine),
    )


def _hit(engine: Yelp, one: Scored, rank: int) -> HitView:
    x, y = streets.to_metres(one.place.lat, one.place.lng)
    weights = engine.explorer.answer.weights if engine.explorer.answer else (0, 0, 0)
    apart = engine.explorer.taken_apart
    text, near, rated = (
        100 * weight * part for weight, part in zip(weights, (one.text, one.near, one.rated), strict=True)
    )
    return view_of(
        HitView,
        one.place,
        rank=rank,
        x=round(x, 1),
        y=round(y, 1),
        metres=round(one.metres),
        stars=round(one.sums.average, 2),
        ratings=one.sums.count,
        score=round(100 * one.score, 1),
        text=round(text, 1),
        near=round(near, 1),
        rated=round(rated, 1),
        chosen=apart is not None and apart.place.id == one.place.id,
    )  # fmt: skip


def _dots(answer: Answer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Places in metres, flat: those found beyond the list, and those measured in vain."""
    listed, found = {one.place.id for one in answer.hits}, set(answer.found)
    got = answer.retrieved
    others: list[int] = []
    vain: list[int] = []
    for row, id in enumerate(got.ids):
        into = others if id in found else vain
        if id not in listed and len(into) < 2 * MOST_DOTS:
            into += map(round, streets.to_metres(float(got.lats[row]), float(got.lngs[row])))
    return tuple(others), tuple(vain)


def _cells(answer: Answer) -> tuple[CellView, ...]:
    got, level = answer.retrieved, answer.reach.level
    inside: Counter[tuple[int, int]] = Counter()
    if len(got.ids):
        rows, columns = geohash.bits(level)
        tall = np.minimum((got.lats + 90) / 180 * (1 << rows), (1 << rows) - 1).astype(int)
        wide = np.minimum((got.lngs + 180) / 360 * (1 << columns), (1 << columns) - 1).astype(int)
        inside.update(zip(tall.tolist(), wide.tolist(), strict=True))
    return tuple(
        CellView(name, _corners(name), inside[geohash.place_of(name)])
        for name in answer.reach.cells[:MOST_CELLS]
    )


@lru_cache(maxsize=4096)
def _corners(name: str) -> tuple[float, ...]:
    box = geohash.bounds(name)
    corners = ((box.south, box.west), (box.south, box.east), (box.north, box.east), (box.north, box.west))
    return tuple(round(value) for lat, lng in corners for value in streets.to_metres(lat, lng))


def _place(engine: Yelp) -> PlaceView:
    opened = engine.explorer.opened
    if opened is None:
        return PlaceView()
    mine = next((one.stars for one in opened.reviews if one.by == VISITOR), 0)
    return view_of(
        PlaceView,
        engine.catalogue.places.get(opened.place.id, opened.place),
        stars=round(opened.sums.average, 2),
        ratings=opened.sums.count,
        mine=mine,
        reviews=tuple(_review(one, engine.clock.time()) for one in opened.reviews),
    )


def _review(one: Rating, now: float) -> ReviewView:
    days = int(max(0.0, now - one.at) // DAY)
    when = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
    return ReviewView("you" if one.by == VISITOR else one.by, one.stars, one.text, when)


# A search by its steps, and a score by its parts


def _candidates(engine: Yelp) -> CandidatesView:
    answer, counters = engine.explorer.answer, engine.search_places.counters
    plan = tuple(view_of(PlanLineView, one) for one in engine.query_plan.lines)
    if answer is None:
        return CandidatesView(plan=plan)
    got = answer.retrieved
    return CandidatesView(
        touched=got.touched,
        candidates=answer.candidates,
        in_vain=answer.candidates - len(answer.found),
        found=len(answer.found),
        ms=round(answer.ms, 3),
        walk=f"“{answer.query.term}” and {len(answer.reach.cells)} cells" if got.steps else "",
        lists=tuple(view_of(ListView, one) for one in got.lists),
        steps=tuple(view_of(WalkStepView, one) for one in got.steps),
        more=got.more,
        worked=counters.worked,
        touched_each=round(counters.each(counters.touched), 1),
        candidates_each=round(counters.each(counters.candidates), 1),
        vain_each=round(counters.each(counters.candidates - counters.found), 1),
        cells_each=round(counters.each(counters.cells), 1),
        ms_each=round(counters.each(counters.ms), 3),
        plan=plan,
    )


def _score(engine: Yelp) -> ScoreView:
    one, answer = engine.explorer.taken_apart, engine.explorer.answer
    if one is None or answer is None:
        return ScoreView()
    text, near, rated = answer.weights
    mean = (one.sums.total + PRIOR_STARS * PRIOR_COUNT) / (one.sums.count + PRIOR_COUNT)
    parts = (
        _part("words", one.text, text, f"{100 * one.text:.0f} % of the best fit in the circle", "s0"),
        _part("nearness", one.near, near, f"{one.metres:,.0f} m of {answer.query.radius_m:,.0f} m", "s2"),
        _part("rating", one.rated, rated, f"{one.sums.average:.2f} ★ by {one.sums.count:,}, counted as {mean:.2f}", "s4"),
    )  # fmt: skip
    rank = next((n for n, hit in enumerate(answer.hits, start=1) if hit.place.id == one.place.id), 0)
    return ScoreView(
        one.place.name, rank, round(100 * one.score, 1), parts, _words(engine, answer), _favourite(engine)
    )


def _part(label: str, value: float, weight: float, why: str, tone: str) -> PartView:
    return PartView(label, round(value, 3), weight, round(100 * value * weight, 1), why, tone)


def _words(engine: Yelp, answer: Answer) -> tuple[WordView, ...]:
    structure = engine.search_places.structure
    if structure is None:
        return ()
    total = len(structure)
    found = []
    for word in answer.query.words[:8]:
        has = structure.frequency(word)
        idf = math.log(1 + (total - has + 0.5) / (has + 0.5)) if has <= total else 0.0
        found.append(WordView(word, has, round(idf, 2)))
    return tuple(found)


def _favourite(engine: Yelp) -> int:
    ids = [one.place.id for one in engine.explorer.hits]
    return ids.index(FAVOURITE) + 1 if FAVOURITE in ids else 0


# Ratings


def _name(engine: Yelp, place_id: int) -> str:
    found = engine.catalogue.places.get(place_id)
    return found.name if found else ""


def _average(engine: Yelp) -> AverageView:
    looked, counters = engine.reader.look.last, engine.ratings.counters
    return AverageView(
        name=_name(engine, looked.place_id),
        does=AVERAGES[engine.config.average].does,
        version=looked.version,
        stored=looked.count,
        stored_average=_mean(looked.total, looked.count),
        true=looked.true_count,
        true_average=_mean(looked.true_total, looked.true_count),
        off=looked.off,
        under_way=sum(engine.ratings.in_flight.values()),
        first=counters.first,
        edits=counters.edits,
        versions=counters.versions,
        retried=counters.retried,
        locked=counters.locked,
        batches=counters.batches,
        lanes=_lanes(engine, [one for one in engine.ratings.table.steps if "sums" in one.text]),
    )


def _mean(total: int, count: int) -> float:
    return round(total / count, 3) if count > 0 else -1.0


def _ratings(engine: Yelp) -> RatingsView:
    looked = engine.reader.look.last
    return RatingsView(
        total=looked.ratings,
        doubles=looked.doubles,
        who=tuple(DoubleView(_name(engine, one.place_id), one.by, one.ratings) for one in looked.doubled),
        lanes=_lanes(engine, [one for one in engine.ratings.table.steps if "sums" not in one.text]),
        database=engine.room.sql.engine_name,
    )


def _lanes(engine: Yelp, steps: list[RatingStep]) -> tuple[LaneView, ...]:
    """The steps of those who were the last at one place, on one axis."""
    if not steps:
        return ()
    last = steps[-1]
    near = [
        one for one in steps[-STEPS:] if one.place_id == last.place_id and one.began > last.began - LANE_S
    ]
    who = list(dict.fromkeys(one.by for one in reversed(near)))[:LANES]
    near = [one for one in near if one.by in who]
    since = min(one.began for one in near)
    return tuple(
        LaneView(by, tuple(_segment(one, since) for one in near if one.by == by)) for by in reversed(who)
    )


def _segment(one: RatingStep, since: float) -> StepView:
    tone = "error" if one.lost or one.value == "another version" else TONES[one.kind]
    return step_view(
        f"{one.text}: {one.value}" if one.value else one.text, one.began, one.ended, tone, since=since
    )


# Index and cache


def _index(engine: Yelp) -> IndexView:
    looked, feed, search = engine.reader.look.last, engine.index_feed, engine.search_places
    return IndexView(
        indexed=len(search.structure) if search.structure else 0,
        places=looked.places,
        wrong=len(looked.wrong),
        named=tuple(_name(engine, one) for one in looked.wrong[:NAMED]),
        waiting=looked.waiting,
        oldest_s=round(looked.oldest_s, 1),
        applied=looked.applied,
        news=looked.news,
        queued=looked.queued,
        written=feed.written,
        sent=feed.sent,
        lost=len(feed.lost),
        fallback=search.counters.fallback,
    )


def _cache(engine: Yelp) -> CacheView:
    counters = engine.search_places.counters
    answered = counters.hits + counters.misses
    return CacheView(
        kept=engine.search_places.cached,
        hits=counters.hits,
        misses=counters.misses,
        hit_pct=round(100 * counters.hits / answered, 1) if answered else 0.0,
        stale=counters.stale,
        cleared=counters.cleared,
    )
