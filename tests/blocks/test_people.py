"""Made-up people."""

from __future__ import annotations

from collections import Counter

from sdlab.blocks.people import FIRST, LAST, person


def test_a_seed_is_a_world_of_its_own() -> None:
    assert [person(1, n) for n in range(50)] == [person(1, n) for n in range(50)]
    assert [person(1, n).name for n in range(50)] != [person(2, n).name for n in range(50)]


def test_names_are_spread_evenly_and_none_is_listed_twice() -> None:
    assert len(set(FIRST)) == len(FIRST)
    assert len(set(LAST)) == len(LAST)
    firsts = Counter(person("even", n).first for n in range(100 * len(FIRST)))
    assert set(firsts) == set(FIRST)
    assert max(firsts.values()) < 160
