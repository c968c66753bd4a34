"""The count-min sketch: never too small, seldom beyond its bound, always of the same size."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.count_min import BLOCK, CountMin, depth_for, width_for

keys = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 40), max_size=200)
UPDATES = pytest.mark.parametrize("conservative", [False, True], ids=["plain", "conservative"])


def stream(count: int, *, seed: int = 1, videos: int = 5000) -> np.ndarray:
    weights = 1 / np.arange(1, videos + 1) ** 1.1
    return np.random.default_rng(seed).choice(videos, size=count, p=weights / weights.sum()).astype(np.uint64)


def array(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


@UPDATES
@given(seen=keys, width=st.integers(1, 40), depth=st.integers(1, 5), seed=st.integers(0, 9))
def test_no_key_is_ever_counted_too_small(
    conservative: bool, seen: list[int], width: int, depth: int, seed: int
) -> None:
    sketch = CountMin(width=width, depth=depth, seed=seed, conservative=conservative)
    sketch.add(array(seen[::2]))
    for key in seen[1::2]:
        sketch.add_one(sketch.cells(key))
    for key, count in Counter(seen).items():
        assert count <= sketch.read(sketch.cells(key)) <= len(seen)
    assert sketch.total == len(seen)


@UPDATES
@given(seen=keys)
def test_one_key_and_a_batch_use_the_same_cells(conservative: bool, seen: list[int]) -> None:
    sketch = CountMin(width=23, depth=4, conservative=conservative)
    sketch.add(array(seen))
    one_by_one = [sketch.read(sketch.cells(key)) for key in seen]
    assert sketch.estimate(array(seen)).tolist() == one_by_one if seen else one_by_one == []


@given(seen=keys)
def test_a_plain_batch_is_the_same_as_its_keys_one_by_one(seen: list[int]) -> None:
    batch, single = CountMin(width=17, depth=3), CountMin(width=17, depth=3)
    batch.add(array(seen))
    for key in seen:
        single.add_one(single.cells(key))
    assert (batch.rows == single.rows).all()


@UPDATES
def test_counts_of_a_batch_weigh(conservative: bool) -> None:
    sketch = CountMin(width=64, depth=3, conservative=conservative)
    sketch.add(array([5, 6, 5]), [10, 1, 2])
    assert sketch.estimate(array([5, 6])).tolist() == [12, 1]
    assert sketch.total == 13


@UPDATES
@pytest.mark.parametrize("seed", range(3))
def test_errors_stay_under_the_bound_as_often_as_promised(conservative: bool, seed: int) -> None:
    seen = stream(50_000, seed=seed)
    sketch = CountMin(width=272, depth=4, seed=seed, conservative=conservative)
    sketch.add(seen)
    videos, counts = np.unique(seen, return_counts=True)
    errors = sketch.estimate(videos) - counts
    assert errors.min() >= 0
    assert (errors > sketch.error_bound).mean() <= sketch.delta
    assert sketch.error_bound == pytest.approx(math.e / 272 * 50_000)


def test_the_conservative_update_errs_less() -> None:
    seen = stream(30_000)
    videos, counts = np.unique(seen, return_counts=True)
    means = {}
    for conservative in (False, True):
        sketch = CountMin(width=256, depth=4, conservative=conservative)
        for start in range(0, len(seen), 500):
            sketch.add(seen[start : start + 500])
        means[conservative] = (sketch.estimate(videos) - counts).mean()
    assert means[True] < 0.7 * means[False]


def test_memory_does_not_grow_and_long_batches_are_cut() -> None:
    sketch = CountMin(width=1000, depth=5)
    before = sketch.nbytes
    sketch.add(stream(3 * BLOCK + 7))
    assert sketch.nbytes == before == 1000 * 5 * 4
    assert sketch.rows.sum(axis=1).tolist() == [3 * BLOCK + 7] * 5


def test_another_seed_collides_elsewhere() -> None:
    cells = [CountMin(width=64, depth=4, seed=seed).cells(7) for seed in range(20)]
    assert len(set(cells)) > 15


def test_clearing_and_taking() -> None:
    one, two = CountMin(width=8, depth=2), CountMin(width=8, depth=2)
    one.add(array([1, 2, 3]))
    two.take(one)
    assert (two.rows == one.rows).all()
    one.clear()
    assert (one.total, one.rows.sum()) == (0, 0)
    assert (two.total, two.rows.sum()) == (3, 6)


def test_writing_back_what_was_read_before_loses_what_came_between() -> None:
    sketch = CountMin(width=8, depth=2)
    cells = sketch.cells(1)
    was = sketch.values(cells)
    sketch.add_one(cells)
    sketch.write(cells, [one + 1 for one in was])
    assert sketch.read(cells) == 1


@pytest.mark.parametrize(("width", "depth"), [(0, 1), (1, 0), (-3, 2)])
def test_a_sketch_without_counters_is_refused(width: int, depth: int) -> None:
    with pytest.raises(ValueError):
        CountMin(width=width, depth=depth)


@given(epsilon=st.floats(1e-6, 0.9), delta=st.floats(1e-9, 0.9))
def test_sizes_keep_what_was_asked_for(epsilon: float, delta: float) -> None:
    sketch = CountMin(width=1, depth=depth_for(delta))
    assert math.e / width_for(epsilon) <= epsilon * (1 + 1e-9)
    assert sketch.delta <= delta * (1 + 1e-9)


def test_the_same_stream_in_the_peer_gives_estimates_of_the_same_quality() -> None:
    peer = pytest.importorskip("datasketches").count_min_sketch(4, 256)
    seen = stream(20_000)
    ours = CountMin(width=256, depth=4)
    ours.add(seen)
    for key in seen.tolist():
        peer.update(key)
    videos, counts = np.unique(seen, return_counts=True)
    our_error = (ours.estimate(videos) - counts).mean()
    peer_error = np.mean([peer.get_estimate(int(video)) for video in videos] - counts)
    assert our_error == pytest.approx(peer_error, rel=0.35)
