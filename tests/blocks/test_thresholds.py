"""Sorted thresholds against a plain scan of all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.thresholds import Threshold, Thresholds

prices = st.integers(1, 60)
entries = st.builds(Threshold, st.booleans(), prices, st.integers(1, 12))
changes = st.lists(st.tuples(st.booleans(), entries), max_size=60)


def scan(held: set[Threshold], old: int, new: int) -> list[Threshold]:
    """Every one that the move has crossed, found by looking at all."""
    if new > old:
        return [one for one in held if one.above and old < one.price <= new]
    return [one for one in held if not one.above and new <= one.price < old]


@given(st.lists(entries, max_size=30), changes, prices, prices)
def test_it_is_what_a_scan_finds(
    first: list[Threshold], later: list[tuple[bool, Threshold]], old: int, new: int
) -> None:
    held, sorted_ones = set(first), Thresholds(first)
    for adds, entry in later:
        if adds:
            assert sorted_ones.add(entry) == (entry not in held)
            held.add(entry)
        else:
            assert sorted_ones.remove(entry) == (entry in held)
            held.discard(entry)
        assert (entry in sorted_ones) == adds
    sorted_ones.check()
    assert len(sorted_ones) == len(held)
    assert sorted(sorted_ones.crossed(old, new).ids) == sorted(one.id for one in scan(held, old, new))


def test_what_is_reached_first_comes_first() -> None:
    held = Thresholds([Threshold(above, price, price) for above in (True, False) for price in range(10, 20)])
    assert held.crossed(12, 15).ids == [13, 14, 15]
    assert held.crossed(15, 12).ids == [14, 13, 12]


def test_a_move_touches_what_it_crosses_and_a_logarithm_of_the_rest() -> None:
    held = Thresholds(Threshold(True, price, price) for price in range(1, 100_001))
    found = held.crossed(50_000, 50_003)
    assert found.ids == [50_001, 50_002, 50_003]
    assert found.touched == 3 + 2 * 17


def test_a_price_that_stands_still_crosses_nothing() -> None:
    held = Thresholds([Threshold(True, 10, 1), Threshold(False, 10, 2)])
    assert held.crossed(10, 10).ids == []
