"""The heap of the largest, against a dict and a sort."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.top_heap import TopHeap

offers = st.lists(st.tuples(st.sampled_from("abcdefghij"), st.integers(1, 30)), max_size=80)


def is_a_heap(heap: TopHeap) -> bool:
    places = [(count, key) for key, count in heap.places()]
    return all(places[(n - 1) // 2] <= places[n] for n in range(1, len(places)))


@given(given_offers=offers, capacity=st.integers(1, 6))
def test_it_stays_a_heap_and_holds_what_it_was_told_last(
    given_offers: list[tuple[str, int]], capacity: int
) -> None:
    heap = TopHeap(capacity)
    told: dict[str, int] = {}
    for key, count in given_offers:
        on_it, least = key in heap, heap.least
        room = len(heap) < capacity
        told[key] = count
        assert heap.offer(key, count) == (on_it or room or count > least)
        assert is_a_heap(heap)
        assert len(heap) <= capacity
        assert all(told[key] == count for key, count in heap.ranked())


@given(
    counts=st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 50)), capacity=st.integers(1, 8)
)
def test_growing_counts_leave_the_largest_on_it(counts: dict[str, int], capacity: int) -> None:
    heap = TopHeap(capacity)
    for step in range(1, max(counts.values(), default=0) + 1):
        for key, count in counts.items():
            if step <= count:
                heap.offer(key, step)
    largest = sorted(counts.values(), reverse=True)[:capacity]
    assert [count for _, count in heap.ranked()] == largest


def test_recounting_drops_what_is_gone_and_sorts_anew() -> None:
    heap = TopHeap(3)
    for key, count in (("a", 5), ("b", 6), ("c", 7)):
        heap.offer(key, count)
    heap.recount({"a": 9, "b": 0, "c": 2}.__getitem__)
    assert heap.ranked() == [("a", 9), ("c", 2)]
    assert is_a_heap(heap)
    assert heap.least == 0
    assert "b" not in heap


def test_a_copy_is_independent() -> None:
    heap = TopHeap(2)
    heap.offer("a", 1)
    twin = heap.copy()
    heap.offer("a", 5)
    assert twin.ranked() == [("a", 1)]


def test_a_heap_without_room_is_refused() -> None:
    with pytest.raises(ValueError):
        TopHeap(0)
