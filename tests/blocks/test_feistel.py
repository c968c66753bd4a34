"""The keyed shuffle is a bijection of any size, and hides neighbours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.feistel import Feistel


@given(st.integers(1, 3000), st.binary(min_size=1, max_size=64))
def test_every_number_is_hit_once(size: int, secret: bytes) -> None:
    shuffle = Feistel(size, secret=secret)
    assert sorted(shuffle.scramble(number) for number in range(size)) == list(range(size))


@given(st.integers(0, 62**7 - 1), st.binary(min_size=16, max_size=32))
def test_restoring_undoes_scrambling(number: int, secret: bytes) -> None:
    shuffle = Feistel(62**7, secret=secret)
    assert shuffle.restore(shuffle.scramble(number)) == number


def test_neighbours_land_far_apart() -> None:
    size = 62**7
    shuffle = Feistel(size, secret=b"a room's secret")
    places = [shuffle.scramble(number) for number in range(2000)]
    steps = [abs(one - other) for one, other in zip(places, places[1:], strict=False)]
    assert min(steps) > 100
    assert sum(steps) / len(steps) == pytest.approx(size / 3, rel=0.1), "as far as independent draws"


def test_another_secret_is_another_shuffle() -> None:
    one, other = (Feistel(62**7, secret=secret) for secret in (b"one", b"two"))
    assert not any(one.scramble(number) == other.scramble(number) for number in range(1000))


def test_numbers_outside_are_refused() -> None:
    for number in (-1, 10):
        with pytest.raises(ValueError):
            Feistel(10, secret=b"x").scramble(number)
        with pytest.raises(ValueError):
            Feistel(10, secret=b"x").restore(number)
    with pytest.raises(ValueError):
        Feistel(0, secret=b"x")
