"""The k-way merge, against sorting everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.k_way_merge import merge_ranked

parts = st.lists(st.lists(st.integers(0, 50), max_size=20), max_size=8)


@given(counts=parts, k=st.integers(1, 30))
def test_it_is_the_head_of_the_sorted_whole(counts: list[list[int]], k: int) -> None:
    lists = [
        sorted(((f"{host}-{n}", count) for n, count in enumerate(part)), key=lambda one: -one[1])
        for host, part in enumerate(counts)
    ]
    merged = merge_ranked(lists, k)
    everything = sorted((count for part in counts for count in part), reverse=True)
    assert [count for _, count in merged.first] == everything[:k]
    assert set(merged.first) <= {pair for part in lists for pair in part}
    assert len(set(merged.first)) == len(merged.first)
    assert merged.read <= k + len(lists)


@given(counts=parts)
def test_cut_lists_are_enough(counts: list[list[int]]) -> None:
    lists = [
        sorted(((f"{host}-{n}", count) for n, count in enumerate(part)), key=lambda one: -one[1])
        for host, part in enumerate(counts)
    ]
    assert merge_ranked([part[:5] for part in lists], 5).first == merge_ranked(lists, 5).first


def test_keys_in_two_lists_make_it_wrong() -> None:
    first, second = [("a", 10), ("b", 9)], [("c", 10), ("b", 9)]
    assert "b" not in dict(merge_ranked([first[:1], second[:1]], 1).first)
