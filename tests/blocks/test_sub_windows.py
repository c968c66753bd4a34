"""The ring of sub-windows, against a list of everything with its time."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.sub_windows import SubWindows

times = st.lists(st.floats(0, 500, allow_nan=False), max_size=60).map(sorted)


@given(seen=times, count=st.integers(1, 12), rest=st.floats(0, 100))
def test_what_is_in_it_is_what_its_slices_cover(seen: list[float], count: int, rest: float) -> None:
    ring = SubWindows(seconds=60, count=count, make=Counter)
    gone = 0
    for t in seen:
        gone += sum(bucket.total() for _, bucket in ring.roll(t))
        bucket = ring.at(t)
        assert bucket is not None
        bucket["view"] += 1
    now = (seen[-1] if seen else 0) + rest
    gone += sum(bucket.total() for _, bucket in ring.roll(now))
    held = sum(bucket.total() for _, bucket in ring.live())
    begins = (ring.number(now) - count + 1) * ring.width
    assert held == sum(ring.number(t) * ring.width >= begins - 1e-9 for t in seen)
    assert held + gone == len(seen)
    assert len(ring) <= count
    assert 60 - ring.width - 1e-6 <= now - begins <= 60 + 1e-6  # sums of floats


def test_one_slice_is_a_tumbling_window() -> None:
    ring = SubWindows(seconds=60, count=1, make=list)
    ring.at(59.9).append("old")
    assert ring.roll(59.99) == []
    assert ring.roll(60.0) == [(0, ["old"])]
    assert list(ring.live()) == []


def test_what_is_too_old_has_no_slice() -> None:
    ring = SubWindows(seconds=10, count=5, make=list)
    ring.roll(100.0)
    assert ring.at(89.9) is None
    assert ring.at(92.0) == []
    assert ring.peek(ring.number(95.0)) is None


def test_time_never_goes_back() -> None:
    ring = SubWindows(seconds=10, count=5, make=list)
    ring.at(100.0).append("a")
    ring.roll(100.0)
    assert ring.roll(50.0) == []
    assert ring.peek(50) == ["a"]


@pytest.mark.parametrize(("seconds", "count"), [(0, 1), (10, 0), (-1, 3)])
def test_a_window_without_length_or_slices_is_refused(seconds: float, count: int) -> None:
    with pytest.raises(ValueError):
        SubWindows(seconds=seconds, count=count, make=list)
