"""Posting lists, against sets."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.posting_list import (
    PostingList,
    Step,
    decode,
    difference,
    encode,
    follow,
    intersection,
    union,
)

ids = st.sets(st.integers(0, 400), max_size=120)
several = st.lists(ids, min_size=1, max_size=5)


def lists_of(sets: Sequence[set[int]]) -> list[PostingList]:
    return [PostingList(one) for one in sets]


@given(sets=several)
def test_an_intersection_is_that_of_the_sets(sets: list[set[int]]) -> None:
    walk = follow(intersection(lists_of(sets)))
    assert walk.found == sorted(set.intersection(*sets))


@given(sets=several)
def test_a_union_is_that_of_the_sets_and_looks_at_everything_once(sets: list[set[int]]) -> None:
    walk = follow(union(lists_of(sets)))
    assert walk.found == sorted(set.union(*sets))
    assert walk.visited >= sum(map(len, sets))


@given(first=ids, others=st.lists(ids, max_size=4))
def test_a_difference_is_that_of_the_sets(first: set[int], others: list[set[int]]) -> None:
    walk = follow(difference(PostingList(first), lists_of(others)))
    assert walk.found == sorted(first.difference(*others))


@given(sets=several)
def test_steps_are_what_the_walk_says(sets: list[set[int]]) -> None:
    lists = lists_of(sets)
    walk = follow(intersection(lists), keep=10_000)
    assert [one.id for one in walk.steps if one.kind == "match"] == walk.found
    assert sum(one.kind != "match" for one in walk.steps) == walk.visited
    assert sum(one.passed for one in walk.steps) == walk.skipped
    assert all(lists[one.which][one.at] == one.id for one in walk.steps)
    for which in range(len(lists)):
        moved = [one.at for one in walk.steps if one.which == which and one.kind in {"next", "skip"}]
        assert moved == sorted(set(moved)), "a cursor only moves on"


@given(sets=several)
def test_no_more_is_looked_at_than_the_lists_have_and_their_pointers(sets: list[set[int]]) -> None:
    lists = lists_of(sets)
    bound = sum(len(one) + -(-len(one) // one.span) for one in lists)
    assert follow(intersection(lists)).visited <= bound


@given(start=ids, changes=st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=60))
def test_it_changes_as_a_set_does(start: set[int], changes: list[tuple[bool, int]]) -> None:
    kept, oracle = PostingList(start), set(start)
    for adds, one in changes:
        was = one in oracle
        if adds:
            oracle.add(one)
            assert kept.add(one) is not was
        else:
            oracle.discard(one)
            assert kept.remove(one) is was
    assert kept.ids == tuple(sorted(oracle))
    assert len(kept) == len(oracle)
    assert all((one in kept) == (one in oracle) for one in range(401))


@given(kept=st.sets(st.integers(0, 1 << 40), max_size=80))
def test_what_was_packed_comes_back(kept: set[int]) -> None:
    packed = PostingList(kept).compressed()
    assert decode(packed) == sorted(kept)


def test_neighbours_take_one_byte_each() -> None:
    assert len(encode(range(1, 1001))) == 1000
    assert len(encode(range(0, 200_000, 200))) == 1999, "a gap of 200 needs two bytes"


def test_a_rare_term_skips_over_a_frequent_one() -> None:
    everyone, few = PostingList(range(10_000)), PostingList([17, 4_200, 9_999])
    walk = follow(intersection([everyone, few]))
    assert walk.found == [17, 4_200, 9_999]
    assert walk.visited < 500
    assert walk.skipped > 9_000


def test_each_step_says_where_it_goes() -> None:
    lists = [PostingList([2, 20]), PostingList(range(0, 32, 2))]
    assert follow(intersection(lists), keep=99).steps == [
        Step("next", 0, -1, 0, 2),
        Step("next", 1, -1, 0, 0),
        Step("overshoot", 1, 0, 4, 8),
        Step("next", 1, 0, 1, 2),
        Step("match", 0, 0, 0, 2),
        Step("next", 0, 0, 1, 20),
        Step("next", 1, 1, 2, 4),
        Step("next", 1, 2, 3, 6),
        Step("next", 1, 3, 4, 8),
        Step("skip", 1, 4, 8, 16),
        Step("overshoot", 1, 8, 12, 24),
        Step("next", 1, 8, 9, 18),
        Step("next", 1, 9, 10, 20),
        Step("match", 0, 1, 1, 20),
    ]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError):
        PostingList([-1])
    with pytest.raises(ValueError):
        PostingList().add(-1)
    with pytest.raises(ValueError):
        encode([3, 1])
    with pytest.raises(ValueError):
        decode(b"\x80")
