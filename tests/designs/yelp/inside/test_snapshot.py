"""What is shown: bounded, quick, and of what is there."""

from __future__ import annotations

import time

import orjson
import pytest

from designs.yelp.engine.city_places import CENTRE
from designs.yelp.engine.place import query_of
from designs.yelp.inside.snapshot import build_snapshot
from sdlab.lab import as_user
from tests.designs.yelp.conftest import Make

pytestmark = pytest.mark.virtual_time


async def test_the_page_opens_with_coffee_near_the_centre_and_follows(yelp: Make) -> None:
    engine = await yelp()
    first = build_snapshot(engine)
    assert first.explorer.term == "coffee"
    assert first.explorer.hits
    assert first.explorer.cells_asked > 1
    best = first.explorer.hits[0]
    await as_user("ann", engine.rate(best.id, 1))
    await engine.clock.sleep(1)
    after = {one.id: one for one in build_snapshot(engine).explorer.hits}[best.id]
    assert after.ratings == best.ratings + 1
    await engine.look(query_of("ramen", *CENTRE, 5_000))
    shown = build_snapshot(engine).explorer
    assert (shown.term, shown.radius) == ("ramen", 5_000)


async def test_parts_of_a_score_add_up_and_follow_the_chosen_place(yelp: Make) -> None:
    engine = await yelp()
    await engine.look(query_of("coffee", *CENTRE, 5_000))
    second = build_snapshot(engine).explorer.hits[1]
    await engine.open_place(second.id)
    shown = build_snapshot(engine)
    assert shown.score.name == second.name
    assert sum(one.points for one in shown.score.parts) == pytest.approx(shown.score.score, abs=0.2)
    assert shown.explorer.place.id == second.id
    engine.leave_place()
    assert build_snapshot(engine).explorer.place.id == 0


async def test_the_picture_is_small_and_quick_with_everything_found(yelp: Make) -> None:
    engine = await yelp(level=8, search="grid")
    await engine.look(query_of("", *CENTRE, 9_000))
    await engine.refresh_looks(now=True)
    build_snapshot(engine)
    began = time.perf_counter()
    snapshot = build_snapshot(engine)
    assert time.perf_counter() - began < 0.05
    assert len(orjson.dumps(snapshot)) < 64 * 1024
