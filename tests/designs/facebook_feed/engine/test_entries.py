"""Positions order like time and id, and cursors name exactly one of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from designs.facebook_feed.engine.entries import MOST, Entry, Position, read_entry
from designs.facebook_feed.engine.strategies import ByTimeAndId, NotNewer, OlderThan

POSITIONS = st.builds(Position, st.integers(0, MOST), st.integers(0, MOST))


@given(one=POSITIONS, other=POSITIONS, author=st.integers(0, 10**6))
def test_written_entries_are_in_the_order_of_positions(one: Position, other: Position, author: int) -> None:
    written, beside = Entry(one, author).written, Entry(other, 7).written
    assert (written < beside) == (one < other) or one == other
    assert read_entry(written) == Entry(one, author)


@given(ids=st.lists(st.integers(1, 40), unique=True, min_size=1), at=st.integers(10, 20))
def test_only_time_and_id_go_on_exactly_behind_a_position(ids: list[int], at: int) -> None:
    entries = sorted((Entry(Position(at, id), 3).written for id in ids), reverse=True)
    position = read_entry(entries[0]).position
    below = {
        rule: [one for one in entries if one < rule.below(position)[1:]]
        for rule in (ByTimeAndId, OlderThan, NotNewer)
    }
    assert below[ByTimeAndId] == entries[1:]
    assert below[OlderThan] == []
    assert below[NotNewer] == entries
