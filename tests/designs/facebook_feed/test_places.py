"""Places order like time and id, and cursors name exactly one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.facebook_feed.places import (
    MOST,
    BadCursor,
    Entry,
    Place,
    decode_cursor,
    encode_cursor,
    read_entry,
)
from designs.facebook_feed.strategies import ByTimeAndId, NotNewer, OlderThan

PLACES = st.builds(Place, st.integers(0, MOST), st.integers(0, MOST))


@given(one=PLACES, other=PLACES, author=st.integers(0, 10**6))
def test_written_entries_are_in_the_order_of_places(one: Place, other: Place, author: int) -> None:
    written, beside = Entry(one, author).written, Entry(other, 7).written
    assert (written < beside) == (one < other) or one == other
    assert read_entry(written) == Entry(one, author)


@given(place=PLACES)
def test_a_cursor_names_its_place(place: Place) -> None:
    assert decode_cursor(encode_cursor(place)) == place


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "yesterday", "MQ", "MS4", "LjE", "MS4yLjM", "LTEuMg", "é", "MS4yCg", "a" * 65),
        *("MDEuMg", "MS4y=", "MTAwMDAwMDAwMDAuMQ"),
    ],
)
def test_nothing_else_is_a_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(text)


@given(ids=st.lists(st.integers(1, 40), unique=True, min_size=1), at=st.integers(10, 20))
def test_only_time_and_id_go_on_exactly_behind_a_place(ids: list[int], at: int) -> None:
    entries = sorted((Entry(Place(at, id), 3).written for id in ids), reverse=True)
    place = read_entry(entries[0]).place
    below = {
        rule: [one for one in entries if one < rule.below(place)[1:]]
        for rule in (ByTimeAndId, OlderThan, NotNewer)
    }
    assert below[ByTimeAndId] == entries[1:]
    assert below[OlderThan] == []
    assert below[NotNewer] == entries
