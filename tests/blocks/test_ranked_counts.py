"""Ranked counts, against a Counter."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.ranked_counts import RankedCounts

changes = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(-4, 6)), max_size=120)


@given(made=changes, k=st.integers(1, 10))
def test_it_counts_and_ranks_like_a_counter(made: list[tuple[str, int]], k: int) -> None:
    counts, model = RankedCounts(), Counter[str]()
    for key, by in made:
        counts.add(key, by)
        model[key] = max(0, model[key] + by)
        model += Counter()
    top = counts.top(k)
    assert [count for _, count in top] == sorted(model.values(), reverse=True)[:k]
    assert all(model[key] == count for key, count in top)
    assert dict(counts.pairs()) == dict(model)
    assert (counts.total, len(counts)) == (model.total(), len(model))
    assert counts.distinct == len(set(model.values()))
    assert all(counts.get(key) == model[key] for key in "abcdefghz")


def test_memory_goes_down_with_what_is_held() -> None:
    counts = RankedCounts()
    for number in range(1000):
        counts.add(f"key-{number}")
    full = counts.nbytes
    for number in range(1000):
        counts.add(f"key-{number}", -1)
    assert len(counts) == counts.total == counts.distinct == 0
    assert counts.nbytes < full - 50_000
