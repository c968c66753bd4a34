"""From text to terms: words, stop words, Snowball stems of the tweet's language; and from a query to its readings.

M. F. Porter, "Snowball: A language for stemming algorithms", 2001. A query names no language: it is read in each,
and a tweet is found when one of the readings finds it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

import snowballstemmer

from designs.tweet_search.engine.vocabulary import LANGUAGES
from sdlab.blocks.inverted_index import tokens
from sdlab.lab import Invalid

NAMES = tuple(one.name for one in LANGUAGES)
MOST_QUERY = 100
MOST_WORDS = 12
STEMS_KEPT = 50_000
QUOTED = re.compile(r'"([^"]*)"')

STOP_WORDS = {
    "english": "a about after all an and any are as at be been but by can did do does for from had has have he her "
    "him his how i if in into is it its me my no not of on or our she so than that the their them then there these "
    "they this to too up us was we were what when where which who why will with you your",
    "german": "aber alle als am an auch auf aus bei bin das dass dein dem den denn der des die doch du ein eine einen "
    "er es für hat ich ihr im in ist ja kein man mein mit nach nicht noch nur ob oder sich sie sind so und uns von "
    "vor war warum was wer wie wieder wir zu zum zur",
    "spanish": "a al con de del el ella en es esta este ha la las lo los me mi muy no o para pero por que quien se si "
    "sin son su tan te tu un una y ya",
    "french": "à au aux avec ce ces cette dans de des du elle en est et il je la le les leur mais me mon ne nous on "
    "ou par pas pour qu que qui sa se ses si son sont sur ta te tu un une vous y",
}


class WordRule(Protocol):
    """What of a text is indexed."""

    label: str
    tradeoff: str

    @classmethod
    def terms(cls, words: Sequence[str], language: str) -> list[str]:
        """The terms of words of that language; of some words there are some terms."""
        ...


class AsWritten:
    """Every word as it stands."""

    label = "As written"
    tradeoff = "A search for “train” does not find “trains”, and “the” has a list of half of all tweets."

    @classmethod
    def terms(cls, words: Sequence[str], language: str) -> list[str]:
        """The words."""
        return list(words)


class Stems:
    """Stems of all words."""

    label = "Stems"
    tradeoff = "Finds other forms of a word, in each language by its own rules; words without a meaning stay long lists."

    @classmethod
    def terms(cls, words: Sequence[str], language: str) -> list[str]:
        """A stem for each word."""
        return [stem(word, language) for word in words]


class StemsWithoutStopWords:
    """Stems of the words that say something."""

    label = "Stems, no stop words"
    tradeoff = (
        "The longest lists are gone; what has nothing but stop words keeps them, so that it can be found."
    )

    @classmethod
    def terms(cls, words: Sequence[str], language: str) -> list[str]:
        """A stem for each word that is no stop word; of nothing but those, for all."""
        telling = [word for word in words if word not in _stop_words(language)]
        return [stem(word, language) for word in telling or words]


WORD_RULES: dict[str, type[WordRule]] = {
    "telling": StemsWithoutStopWords,
    "stems": Stems,
    "written": AsWritten,
}


def words_of(text: str) -> list[str]:
    """The words of a text; of a text without letters, what stands between its blanks."""
    return tokens(text) or text.casefold().split()


@cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(STOP_WORDS[language].split())


class _Stemmers(threading.local):
    """Those of one thread: a stemmer keeps the word that it is at, and the index is built beside the searches."""

    def __init__(self) -> None:
        self.of = cache(snowballstemmer.stemmer)


_stemmers = _Stemmers()


@lru_cache(STEMS_KEPT)
def stem(word: str, language: str) -> str:
    """The Snowball stem of a word of that language."""
    return str(_stemmers.of(language).stemWord(word))


def language_of(text: str) -> str:
    """The language whose stop words a text has most of; the first of all where it has none."""
    words = set(words_of(text))
    return max(NAMES, key=lambda name: len(words & _stop_words(name)))


def pairs_of(terms: Sequence[str]) -> list[str]:
    """The bigrams of terms that follow each other.

    >>> pairs_of(["rain", "in", "oslo"])
    ['rain_in', 'in_oslo']
    """
    return [f"{one}_{two}" for one, two in zip(terms, terms[1:], strict=False)]


@dataclass(frozen=True, slots=True)
class Reading:
    """A query in one language: a tweet has all `terms`, and each of the `phrases` one term right after the other."""

    terms: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. A tweet is found when it meets one of the readings; `text` is as it was typed."""

    text: str
    readings: tuple[Reading, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """All terms of all readings, each once, in the order of the query."""
        return tuple(dict.fromkeys(term for one in self.readings for term in one.terms))


def parse(text: str, rule: type[WordRule]) -> Query:
    """A query of words and of phrases in quotation marks. `Invalid` when it is empty, or too long."""
    said = " ".join(text.split())
    if not said or len(said) > MOST_QUERY:
        raise Invalid(f"a query has 1 to {MOST_QUERY} characters", field="query")
    phrases = [words for one in QUOTED.findall(said) if (words := words_of(one))]
    loose = words_of(QUOTED.sub(" ", said).replace('"', " "))
    if not loose and not phrases:
        raise Invalid("a query has a word", field="query")
    if len(loose) + sum(map(len, phrases)) > MOST_WORDS:
        raise Invalid(f"a query has at most {MOST_WORDS} words", field="query")
    readings = dict.fromkeys(_reading(loose, phrases, rule, name) for name in NAMES)
    return Query(said, tuple(readings))


def _reading(
    loose: Sequence[str], phrases: Sequence[Sequence[str]], rule: type[WordRule], language: str
) -> Reading:
    joined = [tuple(rule.terms(one, language)) for one in phrases]
    # Stop words beside telling ones are left out over the whole query, so that “the rain” is “rain”.
    alone = rule.terms(loose, language) if loose else []
    if (
        joined
        and loose
        and all(word in _stop_words(language) for word in loose)
        and rule is StemsWithoutStopWords
    ):
        alone = []
    terms = dict.fromkeys([*alone, *(term for one in joined for term in one)])
    return Reading(tuple(terms), tuple(one for one in joined if len(one) > 1))
