"""Kept answers: bounded, not too old, and never from before their group was forgotten."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sdlab.parts.result_cache import ResultCache

OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["put", "get", "forget"]), st.sampled_from("xyz"), st.integers(0, 5)),
    max_size=60,
)


def test_an_answer_is_given_until_it_is_too_old() -> None:
    cache: ResultCache[str, int, str] = ResultCache(10, lifetime=5)
    assert cache.put("x", 1, "one", now=0, generation=cache.generation("x"))
    assert cache.get("x", 1, now=4.9) == "one"
    assert cache.get("x", 1, now=5) is None


def test_forgetting_a_group_spares_the_others() -> None:
    cache: ResultCache[str, int, str] = ResultCache(10)
    for group in "xy":
        cache.put(group, 1, group, now=0, generation=0)
    assert cache.forget("x") == 1
    assert (cache.get("x", 1, now=0), cache.get("y", 1, now=0)) == (None, "y")


def test_what_was_being_read_when_its_group_was_forgotten_is_not_kept() -> None:
    cache: ResultCache[str, int, str] = ResultCache(10)
    before = cache.generation("x")
    cache.forget("x")
    assert not cache.put("x", 1, "old", now=0, generation=before)
    assert cache.get("x", 1, now=0) is None


def test_the_newest_come_with_how_often_they_were_given() -> None:
    cache: ResultCache[str, int, str] = ResultCache(10)
    for key in (1, 2):
        cache.put("x", key, str(key), now=0, generation=0)
    cache.get("x", 1, now=0)
    assert [(key, slot.value, slot.hits) for key, slot in cache.newest(2)] == [(1, "1", 1), (2, "2", 0)]


@given(OPERATIONS)
def test_it_answers_like_a_plain_table_or_not_at_all(operations: list[tuple[str, str, int]]) -> None:
    cache: ResultCache[str, int, int] = ResultCache(4)
    model: dict[tuple[str, int], int] = {}
    for number, (what, group, key) in enumerate(operations):
        if what == "put":
            cache.put(group, key, number, now=0, generation=cache.generation(group))
            model[group, key] = number
        elif what == "get":
            assert cache.get(group, key, now=0) in (None, model.get((group, key)))
        else:
            cache.forget(group)
            model = {one: value for one, value in model.items() if one[0] != group}
        assert len(cache) <= 4
