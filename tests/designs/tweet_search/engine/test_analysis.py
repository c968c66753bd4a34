"""From texts and queries to terms."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from designs.tweet_search.engine.analysis import (
    MOST_QUERY,
    NAMES,
    STOP_WORDS,
    WORD_RULES,
    Reading,
    language_of,
    parse,
    stem,
    words_of,
)
from designs.tweet_search.engine.archive import Archive
from sdlab.lab import Invalid

TELLING, STEMS, WRITTEN = WORD_RULES["telling"], WORD_RULES["stems"], WORD_RULES["written"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (TELLING, ["train", "run"]),
        (STEMS, ["the", "train", "are", "run"]),
        (WRITTEN, ["the", "trains", "are", "running"]),
    ],
)
def test_a_rule_makes_terms(rule: type, expected: list[str]) -> None:
    assert rule.terms(words_of("The trains are running!"), "english") == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["to be or not to be", "the who", "👩‍💻 !", "¡¿?!"])
def test_what_has_nothing_but_stop_words_or_signs_is_indexed_all_the_same(text: str) -> None:
    terms = TELLING.terms(words_of(text), language_of(text))

    assert terms
    assert any(set(one.terms) <= set(terms) for one in parse(text, TELLING).readings)


def test_a_query_is_read_in_each_language() -> None:
    readings = parse("running Häuser", TELLING).readings

    assert Reading(("run", "häuser")) in readings
    assert Reading(("running", "haus")) in readings
    assert len(set(readings)) == len(readings) <= len(NAMES)


def test_words_in_quotation_marks_follow_each_other() -> None:
    reading = parse('oslo "good coffee" "rain"', TELLING).readings[0]

    assert reading == Reading(("oslo", "good", "coffe", "rain"), (("good", "coffe"),))
    assert parse('the "good coffee"', TELLING).readings[0].terms == ("good", "coffe")


@pytest.mark.parametrize("text", ["", "   ", '""', "x" * (MOST_QUERY + 1), "a b c d e f g h i j k l m"])
def test_a_query_has_words_and_not_too_many(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text, WRITTEN)


def test_languages_are_told_by_their_stop_words() -> None:
    assert language_of("ich und der Regen") == "german"
    assert language_of("la lluvia y el viento") == "spanish"
    assert language_of("dans la rue avec toi") == "french"
    assert language_of("sextant") == "english"
    assert set(STOP_WORDS) == set(NAMES)


def test_an_archive_is_the_same_each_time_and_every_word_is_one_term() -> None:
    one, other = Archive(300), Archive(300)

    assert [one.tweet(id) for id in (1, 150, 300)] == [other.tweet(id) for id in (1, 150, 300)]
    assert [len(words_of(word)) for word in one.words] == [1] * len(one.words)
    assert all(one.tweet(id).at <= one.tweet(id + 1).at for id in range(1, 300))
    assert {one.tweet(id).language for id in range(1, 301)} == set(NAMES)
    assert one.likes(301) == 0
    with pytest.raises(KeyError):
        one.tweet(0)
    counted = [one.popular(n / 1000) for n in range(1000)]
    assert one.likes(max(set(counted), key=counted.count)) == max(map(one.likes, range(1, 301)))


def test_threads_that_stem_at_once_do_not_meet() -> None:
    words = [f"{prefix}{stem_}ungen" for prefix in ("be", "ver", "zer", "ent") for stem_ in "abcdefghij"]
    expected = [stem(word, "german") for word in words]
    stem.cache_clear()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: [stem.__wrapped__(word, "german") for word in words], range(8)))
    finally:
        sys.setswitchinterval(interval)

    assert found == [expected] * 8
