"""Ratings that meet: one per person, none lost in the average, whichever approach promises that."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from designs.yelp.engine.engine import Yelp
from designs.yelp.engine.models import RATING
from designs.yelp.engine.strategies import AVERAGES
from sdlab.lab import NotFound, as_user
from tests.designs.yelp.conftest import Make

pytestmark = pytest.mark.virtual_time
RATERS, PLACE = 64, 3


async def rows_of(engine: Yelp, place: int) -> tuple[int, int]:
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(RATING.c.stars), 0)).where(
        RATING.c.room == engine.room.id, RATING.c.place_id == place
    )
    return tuple(await engine.room.sql.read(lambda c: c.execute(query).one()))


async def storm(engine: Yelp) -> tuple[int, int, int, int]:
    """64 people rate one place at once: ratings and stars that its sums should and do have."""
    old = engine.catalogue.place(PLACE)

    rates = (as_user(f"rater {number}", engine.rate(PLACE, 1 + number % 5)) for number in range(RATERS))
    await asyncio.gather(*rates)
    await engine.clock.sleep(1)
    count, total = await rows_of(engine, PLACE)
    sums = await engine.ratings.sums_of(PLACE)
    return old.old_count + count, old.old_sum + total, sums.count, sums.total


@pytest.mark.parametrize("approach", [one for one in AVERAGES if one not in ("naive", "batch")])
async def test_64_raters_at_once_lose_nothing(yelp: Make, approach: str) -> None:
    engine = await yelp(database="postgres", average=approach)
    true_count, true_total, count, total = await storm(engine)
    assert (count, total) == (true_count, true_total)
    assert engine.ratings.counters.first == RATERS
    assert engine.monitors["average"].violations == engine.monitors["one_each"].violations == 0


async def test_read_add_write_loses_ratings_and_a_recount_finds_them_again(yelp: Make) -> None:
    engine = await yelp(database="postgres", average="naive")
    true_count, _, count, _ = await storm(engine)
    assert count < true_count
    assert engine.monitors["average"].violations > 0
    evidence = engine.monitors["average"].view().evidence
    assert len({one.actor for one in evidence}) >= 2
    await engine.configure(engine.config.__class__(average="optimistic"))
    sums = await engine.ratings.sums_of(PLACE)
    assert sums.count == true_count


async def test_a_batch_is_late_and_then_right(yelp: Make) -> None:
    engine = await yelp(average="batch", batch_s=2)
    before = await engine.ratings.sums_of(PLACE)
    await as_user("ann", engine.rate(PLACE, 5))
    assert await engine.ratings.sums_of(PLACE) == before
    await engine.clock.sleep(2.5)
    after = await engine.ratings.sums_of(PLACE)
    assert (after.count, after.total) == (before.count + 1, before.total + 5)
    assert engine.monitors["average"].violations == 0


async def test_a_second_rating_edits_the_first(yelp: Make) -> None:
    engine = await yelp()
    before = await engine.ratings.sums_of(PLACE)
    assert (await as_user("ann", engine.rate(PLACE, 2, "so so")))[1]
    assert not (await as_user("ann", engine.rate(PLACE, 5, "better now")))[1]
    after = await engine.ratings.sums_of(PLACE)
    assert (after.count, after.total) == (before.count + 1, before.total + 5)
    mine = [one for one, _ in await engine.reviews(PLACE) if one.by == "ann"]
    assert [(one.stars, one.text) for one in mine] == [(5, "better now")]


async def test_two_clicks_are_one_rating_by_the_key_and_two_without(yelp: Make) -> None:
    for unique, ratings in (("key", 1), ("look", 2)):
        engine = await yelp(database="postgres", unique=unique)
        await asyncio.gather(*(as_user("hasty", engine.rate(PLACE, 4)) for _ in range(2)))
        assert sum(one.by == "hasty" for one, _ in await engine.reviews(PLACE)) == ratings
        await engine.clock.sleep(1)
        assert (engine.monitors["one_each"].violations > 0) == (ratings > 1)
    await engine.configure(engine.config.__class__())
    assert sum(one.by == "hasty" for one, _ in await engine.reviews(PLACE)) == 1
    assert (await engine.ratings.sums_of(PLACE)).count == engine.catalogue.place(PLACE).old_count + len(
        await engine.reviews(PLACE)
    )


async def test_what_there_is_not_cannot_be_rated(yelp: Make) -> None:
    engine = await yelp()
    with pytest.raises(NotFound):
        await engine.rate(99_999, 5)
