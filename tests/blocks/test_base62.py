"""Base62: a bijection between numbers and texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks import base62


@given(st.integers(0, 2**128))
def test_decoding_gives_the_number_back(number: int) -> None:
    assert base62.decode(base62.encode(number)) == number


@given(st.integers(0, 62**7 - 1), st.integers(0, 62**7 - 1))
def test_fixed_width_is_ordered_like_the_numbers(one: int, other: int) -> None:
    texts = base62.fixed(one, 7), base62.fixed(other, 7)
    assert [len(text) for text in texts] == [7, 7]
    assert (texts[0] < texts[1]) == (one < other)
    assert base62.decode(texts[0]) == one


@given(st.text(alphabet=base62.ALPHABET, min_size=7, max_size=7))
def test_every_text_of_a_width_is_some_number(text: str) -> None:
    assert base62.fixed(base62.decode(text), 7) == text


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 3 signs"):
        base62.fixed(62**2, 2)
    with pytest.raises(ValueError, match="no sign"):
        base62.encode(-1)
    for bad in ("", "a-b", "ä"):
        with pytest.raises(ValueError):
            base62.decode(bad)
