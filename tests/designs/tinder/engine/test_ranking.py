"""Who fits and who comes first: index, database and points agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from designs.tinder.engine.location_index import LocationIndex
from designs.tinder.engine.people import People
from designs.tinder.engine.profile_table import ProfileTable
from designs.tinder.engine.ranking import fits, score_points, viewer_of
from designs.tinder.engine.swipe_store import home


async def test_index_and_database_agree_to_the_last_place() -> None:
    people = People(3, 4000, 1000.0)
    table = ProfileTable(people)
    await table.fill()
    you = people.profile(0)
    for wanted in (you, replace(you, km=3.0, age_min=25, age_max=31), replace(you, wanted="jazz", km=25.0)):
        viewer = viewer_of(wanted)
        likers = [70, 500, 900]
        rows = await table.query(viewer, likers, now=1000.0, limit=200, offset=0)
        found = LocationIndex(people.columns).search(viewer, now=1000.0, likers=frozenset(likers)).found
        assert [number for number, _ in rows] == found.numbers[:200].tolist()
        assert np.allclose([points for _, points in rows], found.points[:200])
        assert np.allclose([sum(points) for _, points in rows], found.scores[:200])
        everybody = np.arange(people.total)
        assert sorted(found.numbers.tolist()) == everybody[fits(people.columns, everybody, viewer)].tolist()
    table.close()


def test_more_people_leave_the_first_ones_as_they_are() -> None:
    few, many = People(1, 300, 0.0), People(1, 2000, 0.0)
    assert few.profile(200) == many.profile(200)
    assert few.profile(200) != People(2, 300, 0.0).profile(200)


def test_points_are_within_their_bounds() -> None:
    people = People(1, 500, 0.0)
    rows = np.arange(64, 564)
    got = score_points(people.columns, rows, viewer_of(people.profile(0)), now=10.0, likers=frozenset({70}))
    assert (got >= 0).all()
    assert (got.max(axis=0) <= [35, 25, 20, 10, 10]).all()
    assert got[6][4] == 10
    assert home(0) != home(1)
