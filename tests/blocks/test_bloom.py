"""The Bloom filter never denies what it was told, and errs as often as theory says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.bloom import BloomFilter


@given(st.sets(st.text(max_size=20), max_size=200), st.integers(1, 50))
def test_no_false_negative_however_full(added: set[str], capacity: int) -> None:
    bloom = BloomFilter(capacity=capacity, error=0.2)
    for one in added:
        bloom.add(one)
    assert all(bloom.may_contain(one) for one in added)


@pytest.mark.parametrize("error", [0.3, 0.1, 0.01, 0.002])
def test_measured_rate_is_near_theory(error: float) -> None:
    bloom, asked = BloomFilter(capacity=5_000, error=error), 40_000
    for number in range(5_000):
        bloom.add(f"in-{number}")
    wrong = sum(bloom.may_contain(f"out-{number}") for number in range(asked))
    assert bloom.expected_error == pytest.approx(error, rel=0.1)
    spread = (asked * error) ** 0.5
    assert abs(wrong - asked * bloom.expected_error) < 5 * spread
    assert bloom.fill == pytest.approx(0.5, abs=0.08)


def test_an_empty_filter_denies_everything() -> None:
    bloom = BloomFilter(capacity=100, error=0.01)
    assert not any(bloom.may_contain(str(number)) for number in range(1000))
    assert (bloom.fill, bloom.expected_error, bloom.added) == (0.0, 0.0, 0)


@given(st.sets(st.text(max_size=8), max_size=80), st.integers(1, 600))
def test_the_picture_counts_every_set_bit_once(added: set[str], cells: int) -> None:
    bloom = BloomFilter(capacity=300, error=0.03)
    for one in added:
        bloom.add(one)
    set_bits = {position for one in added for position in bloom.positions(one)}
    picture = bloom.picture(cells)
    assert len(picture) <= cells
    assert all(0 <= share <= 1 for share in picture)
    assert {bloom.cell_of(bit, cells) for bit in set_bits} == {n for n, share in enumerate(picture) if share}
    assert bloom.fill == pytest.approx(len(set_bits) / bloom.bits)


@pytest.mark.parametrize(("capacity", "error"), [(0, 0.1), (10, 0), (10, 1)])
def test_impossible_sizes_are_refused(capacity: int, error: float) -> None:
    with pytest.raises(ValueError):
        BloomFilter(capacity=capacity, error=error)
