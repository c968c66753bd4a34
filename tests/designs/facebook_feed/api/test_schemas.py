"""Cursors of the timeline name exactly one position; nothing else is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.facebook_feed.api.schemas import TIMELINE, BadCursor, position_in
from designs.facebook_feed.engine.entries import MOST, Position

POSITIONS = st.builds(Position, st.integers(0, MOST), st.integers(0, MOST))


@given(position=POSITIONS)
def test_a_cursor_names_its_position(position: Position) -> None:
    assert position_in(TIMELINE.encode(*position)) == position


@pytest.mark.parametrize(
    "text",
    [
        *("x", "yesterday", "MQ", "MS4", "LjE", "MS4yLjM", "LTEuMg", "é", "MS4yCg", "a" * 65),
        *("MDEuMg", "MS4y=", "MTAwMDAwMDAwMDAuMQ"),
    ],
)
def test_nothing_else_is_a_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        position_in(text)


@pytest.mark.parametrize("position", [(-1, 1), (MOST + 1, 1), (1, -1), (1, MOST + 1)])
def test_a_position_that_no_post_has_is_no_cursor(position: tuple[int, int]) -> None:
    with pytest.raises(BadCursor):
        position_in(TIMELINE.encode(*position))


def test_without_a_cursor_there_is_no_position() -> None:
    assert position_in(None) is None
    assert position_in("") is None
