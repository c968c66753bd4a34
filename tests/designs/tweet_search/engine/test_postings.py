"""The archive's columns and lists, against its texts read one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.tweet_search.engine.analysis import WORD_RULES, parse, words_of
from designs.tweet_search.engine.archive import archive
from designs.tweet_search.engine.postings import intersect, postings_of, terms_of

SIZE = 600
QUERIES = [
    "coffee",
    "good coffee",
    '"good coffee"',
    '"the good coffee" again',
    "running trains",
    "häuser",
    "nowhere",
]


def meets(terms: list[str], query: str, rule: str) -> bool:
    def follow(phrase: tuple[str, ...]) -> bool:
        return any(tuple(terms[at : at + len(phrase)]) == phrase for at in range(len(terms)))

    return any(
        set(one.terms) <= set(terms) and all(map(follow, one.phrases))
        for one in parse(query, WORD_RULES[rule]).readings
    )


@pytest.mark.parametrize("rule", WORD_RULES)
@pytest.mark.parametrize("query", QUERIES)
def test_scan_and_lists_find_what_reading_finds(rule: str, query: str) -> None:
    source, terms, lists = archive(SIZE), terms_of(SIZE, rule), postings_of(SIZE, rule)
    read = {
        id: WORD_RULES[rule].terms(words_of(tweet.text), tweet.language)
        for id in range(1, SIZE + 1)
        for tweet in [source.tweet(id)]
    }
    expected = [id for id, found in read.items() if meets(found, query, rule)]
    asked = parse(query, WORD_RULES[rule])

    assert all(terms.of(id) == found for id, found in read.items())
    assert terms.scan(asked).ids.tolist() == expected
    assert lists.find(asked, bigrams=False).ids.tolist() == expected
    assert lists.find(asked, bigrams=True).ids.tolist() == expected
    assert lists.find(asked, bigrams=False).looked <= 4 * terms.scan(asked).looked


@given(st.lists(st.sets(st.integers(1, 60), max_size=40), min_size=1, max_size=4))
def test_an_intersection_is_what_is_in_all(lists: list[set[int]]) -> None:
    found = intersect([np.array(sorted(one), np.int64) for one in lists])

    assert found.ids.tolist() == sorted(set.intersection(*lists))
    assert found.looked <= min(map(len, lists)) * len(lists)
