"""Histograms and sliding windows against plain lists of everything that was added."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.histogram import BUCKETS, GROWTH, LogHistogram, bucket_of, edge_of, middle_of
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram

LATENCIES = st.lists(st.floats(0.002, 10_000), min_size=1, max_size=300)


@given(LATENCIES, st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_quantiles_are_within_one_bucket_of_the_truth(values: list[float], q: float) -> None:
    histogram = LogHistogram()
    for value in values:
        histogram.add(value)
    truth = sorted(values)[math.ceil(q * len(values)) - 1]
    assert truth / GROWTH <= histogram.quantile(q) <= truth * GROWTH


@given(LATENCIES, LATENCIES)
def test_merging_is_counting_both(one: list[float], other: list[float]) -> None:
    merged, second, both = LogHistogram(), LogHistogram(), LogHistogram()
    for value in one:
        merged.add(value)
        both.add(value)
    for value in other:
        second.add(value)
        both.add(value)
    merged.merge(second)
    assert (merged.counts, merged.total) == (both.counts, both.total)


def test_out_of_range_values_count_at_the_ends() -> None:
    assert (bucket_of(0), bucket_of(-1), bucket_of(1e12)) == (0, 0, BUCKETS - 1)
    assert edge_of(5) < middle_of(5) < edge_of(6)
    assert LogHistogram().quantile(0.5) == 0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=100))
def test_the_counter_knows_the_last_whole_seconds(steps: list[float]) -> None:
    counter, now, times = SlidingCounter(seconds=10), 1000.0, []
    for step in steps:
        now += step
        counter.add(now)
        times.append(int(now))
    expected = [times.count(second) for second in range(int(now) - 10, int(now))]
    assert counter.series(now) == expected
    assert counter.total == len(times)
    assert counter.rate(now, over=5) == sum(expected[-5:]) / 5


def test_a_long_pause_empties_the_counter() -> None:
    counter = SlidingCounter(seconds=5)
    counter.add(10.0, 7)
    assert counter.series(11.0) == [0, 0, 0, 0, 7]
    assert counter.series(1000.0) == [0, 0, 0, 0, 0]
    assert counter.total == 7


@pytest.mark.parametrize(("later", "left"), [(0.0, 3), (9.9, 3), (10.0, 0)])
def test_old_slices_fall_out_of_the_histogram(later: float, left: int) -> None:
    window = SlidingHistogram(slices=5, width=2.0)
    for value in (1.0, 2.0, 3.0):
        window.add(100.0, value)
    assert window.merged(100.0 + later).total == left
