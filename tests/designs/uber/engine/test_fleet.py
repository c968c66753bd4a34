"""Cars on their streets: they keep to them, stand at kerbs, and drive plans to their ends."""

from __future__ import annotations

import numpy as np
import pytest

from designs.uber.engine.fleet import Fleet
from designs.uber.engine.streets import CITY, network
from sdlab.blocks.street_network import direction, period_of, speed

SEAT = CITY.corner(8, 8)


def test_cars_keep_to_the_streets_and_some_of_them_stand() -> None:
    fleet = Fleet(300, 1, seat=SEAT)
    assert (fleet.x[0], fleet.y[0]) == SEAT
    for _ in range(40):
        before = fleet.x + fleet.y
        fleet.advance(0.5)
        on_avenue, on_street = np.isin(fleet.x, CITY.xs), np.isin(fleet.y, CITY.ys)
        assert (on_avenue | on_street).all()
        moved = fleet.x + fleet.y != before
        assert 0.3 < moved.mean() < 0.8
        assert (on_avenue & on_street).mean() < 0.1  # they stand between corners


@pytest.mark.parametrize("hour", [8, 12])
def test_no_car_goes_against_a_one_way_street_and_all_are_slower_when_everybody_drives(hour: int) -> None:
    fleet = Fleet(300, 2, seat=SEAT)
    fleet.hour = hour
    fastest = max(speed(0, period_of(hour)), speed(1, period_of(hour)))
    for _ in range(40):
        x, y = fleet.x.copy(), fleet.y.copy()
        fleet.advance(0.5)
        dx, dy = fleet.x - x, fleet.y - y
        assert (np.abs(dx) + np.abs(dy)).max() <= fastest * 0.5 + 1e-9
        for lines, along, across, moved in ((CITY.ys, y, dy, dx), (CITY.xs, x, dx, dy)):
            for number, line in enumerate(lines):
                straight = (along == line) & (
                    across == 0
                )  # those that turned have left the line, or come to it
                assert (moved[straight] * direction(number, len(lines)) >= 0).all()


def test_the_same_seed_and_steps_give_the_same_places_and_fewer_cars_leave_the_others_alone() -> None:
    fleets = [Fleet(100, 7, seat=SEAT) for _ in range(2)]
    for fleet in fleets:
        fleet.advance(3.0)
    assert (fleets[0].x == fleets[1].x).all()
    fleets[0].resize(60)
    assert (fleets[0].x == fleets[1].x[:60]).all()


def test_a_car_with_a_plan_comes_to_its_end_and_is_free_after_it() -> None:
    fleet = Fleet(20, 3, seat=SEAT)
    end = network().nearest(*CITY.corner(12, 10))
    for number in (0, 5):
        fleet.drive(number, network().way(fleet.crossing_ahead(number), end))
    there: list[int] = []
    for _ in range(400):
        there += fleet.advance(0.5)
    assert set(there) == {0, 5}
    assert (fleet.x[5], fleet.y[5]) == (fleet.x[0], fleet.y[0]) == CITY.corner(12, 10)
    fleet.free(5)
    for _ in range(8):
        fleet.advance(1.0)
    assert (fleet.x[5], fleet.y[5]) != CITY.corner(12, 10)
