"""Every approach finds what a full scan finds, anywhere on earth; scores add up; pages do not overlap."""

from __future__ import annotations

import pytest

from designs.yelp.engine.city_places import CENTRE, FAVOURITE
from designs.yelp.engine.engine import Yelp
from designs.yelp.engine.place import SearchQuery, query_of
from designs.yelp.engine.strategies import SEARCHES
from sdlab.blocks.geohash import distance_m
from sdlab.lab import Invalid
from tests.designs.yelp.conftest import Make

pytestmark = pytest.mark.virtual_time
EVERYWHERE = {
    "the antimeridian, from the east": (12.0, 179.9995),
    "the antimeridian, from the west": (-12.0, -179.9995),
    "the north pole": (89.9999, 20.0),
    "the south pole": (-89.9999, -100.0),
    "far north": (78.2, 15.6),
    "the equator": (0.00001, 0.00001),
    "a corner of the map": (90.0, 180.0),
}
NEAR = ((0.0, 0.0), (0.0006, 0.0), (-0.0006, 0.0005), (0.002, 0.003), (0.01, -0.02), (-0.3, 0.3), (0.0, 2.0))


def wrapped(lat: float, lng: float) -> tuple[float, float]:
    """A point of the earth, also where a step led over a pole or the antimeridian."""
    if abs(lat) > 90:
        lat, lng = (180 - abs(lat)) * (1 if lat > 0 else -1), lng + 180
    return lat, (lng + 180) % 360 - 180


def scan(engine: Yelp, query: SearchQuery) -> set[int]:
    wanted = set(query.words)
    return {
        one.id
        for one in engine.catalogue.places.values()
        if wanted <= set(one.words)
        and distance_m((query.lat, query.lng), (one.lat, one.lng)) <= query.radius_m
    }


@pytest.mark.parametrize("approach", list(SEARCHES))
async def test_all_that_match_are_found_anywhere_on_earth(yelp: Make, approach: str) -> None:
    engine = await yelp(search=approach, sync="capture", cache="none")
    for name, (lat, lng) in EVERYWHERE.items():
        for number, (north, east) in enumerate(NEAR):
            await engine.add_place(f"Stop {number}", "lookout", name, *wrapped(lat + north, lng + east))
    await engine.clock.sleep(1)
    for lat, lng in EVERYWHERE.values():
        for radius in (50, 400, 5_000, 50_000):
            query = query_of("lookout", lat, lng, radius)
            found = await engine.search(query)
            assert set(found.found) == scan(engine, query), (lat, lng, radius)
            assert found.found
    assert {one.violations for one in engine.monitors.values()} == {0}


@pytest.mark.parametrize("approach", list(SEARCHES))
@pytest.mark.parametrize("level", [3, 5, 8])
async def test_words_and_circles_of_the_city(yelp: Make, approach: str, level: int) -> None:
    engine = await yelp(search=approach, level=level, cache="none")
    for term in ("coffee", "coffee terrace", "late", "", "nothing at all"):
        for radius in (150, 700, 9_000):
            query = query_of(term, *CENTRE, radius)
            assert set((await engine.search(query)).found) == scan(engine, query), (term, radius)


async def test_a_score_is_the_sum_of_its_weighted_parts(yelp: Make) -> None:
    engine = await yelp(text_weight=0.5, distance_weight=0.3, rating_weight=0.2)
    answer = await engine.search(query_of("coffee", *CENTRE, 3_000))
    scores = [one.score for one in answer.hits]
    assert scores == sorted(scores, reverse=True)
    for one in answer.hits:
        assert one.score == pytest.approx(0.5 * one.text + 0.3 * one.near + 0.2 * one.rated)
        assert one.metres == pytest.approx(distance_m(CENTRE, (one.place.lat, one.place.lng)))
        assert 0 <= min(one.text, one.near, one.rated) <= max(one.text, one.near, one.rated) <= 1


async def test_each_order_and_the_weights_that_bring_the_favourite_first(yelp: Make) -> None:
    engine = await yelp()
    query = query_of("coffee", *CENTRE, 3_000)
    near = await engine.search(query, sort="distance")
    assert [one.metres for one in near.hits] == sorted(one.metres for one in near.hits)
    best = await engine.search(query, sort="rating")
    assert best.hits[0].place.id == FAVOURITE
    assert near.hits[0].place.id != FAVOURITE


async def test_pages_follow_each_other_without_overlap(yelp: Make) -> None:
    engine = await yelp()
    query = query_of("", *CENTRE, 9_000)
    seen: list[int] = []
    after = None
    while True:
        page = await engine.search(query, limit=25, after=after)
        if not page.hits:
            break
        seen += [one.place.id for one in page.hits]
        after = (page.hits[-1].score, page.hits[-1].place.id)
    assert len(seen) == len(set(seen)) == len(engine.catalogue.places)


@pytest.mark.parametrize(
    ("point", "field"),
    [
        ((91, 0, 500), "lat"),
        ((float("nan"), 0, 500), "lat"),
        ((0, 181, 500), "lang"),
        ((0, 0, 1), "radius_m"),
    ],
)
def test_what_is_no_point_of_the_earth_is_refused(point: tuple[float, float, float], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        query_of("coffee", *point)
    assert refused.value.extra["field"] == field


async def test_the_database_answers_when_the_index_is_down(yelp: Make) -> None:
    engine = await yelp(cache="none")
    query = query_of("coffee", *CENTRE, 900)
    usual = await engine.search(query)
    await engine.set_fault("index", "down")
    fallback = await engine.search(query)
    assert (usual.source, fallback.source, fallback.fallback) == ("index", "database", True)
    assert set(usual.found) <= set(fallback.found)


async def test_a_kept_answer_is_forgotten_with_a_change_or_wrong_for_a_while(yelp: Make) -> None:
    for cache, stale in (("lru", 0), ("ttl", 1)):
        engine = await yelp(cache=cache, kept_s=60)
        query = query_of("coffee", *CENTRE, 3_000)
        first = await engine.search(query)
        assert (await engine.search(query)).source == "cache"
        await engine.rate(first.hits[0].place.id, 1)
        await engine.clock.sleep(3)
        again = await engine.search(query)
        assert (again.source == "cache") == bool(stale)
        assert engine.search_places.counters.stale == stale
