"""The archive as terms: as columns that a scan reads from end to end, and as posting lists in sorted arrays.

Both are made once per process for each rule of words, and shared by all rooms. A list is intersected with a longer
one by looking for each of its entries there, which jumps over the rest as skip pointers do.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache, cached_property, reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designs.tweet_search.engine.analysis import NAMES, WORD_RULES, Query, Reading, words_of
from designs.tweet_search.engine.archive import Archive, archive
from sdlab.blocks.inverted_index import Statistics

Numbers = NDArray[Any]
LONGEST = 64  # terms of a tweet, so that a tweet and a position make one number
NOBODY = np.empty(0, np.int64)


class Selected(NamedTuple):
    """Ids of tweets, ascending, and how many entries were looked at to find them."""

    ids: Numbers
    looked: int


class Terms:
    """The terms of all tokens of an archive, in their order: `numbers`, with their tweets (`ids`) and `places` in them."""

    def __init__(self, source: Archive, rule: str) -> None:
        self.source, self.rule = source, WORD_RULES[rule]
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        table = np.array([[self._term(word, name) for word in source.words] for name in NAMES], np.int32)
        columns, owners = source.columns, source.owners
        every = table[columns.languages[owners], columns.tokens]
        kept = every >= 0
        self.numbers = every[kept]
        self.ids = owners[kept] + 1
        self.lengths = np.bincount(self.ids, minlength=source.size + 1).astype(np.int32)
        starts = np.cumsum(self.lengths) - self.lengths
        self.places = (np.arange(len(self.ids)) - starts[self.ids]).astype(np.uint8)

    def _term(self, word: str, language: str) -> int:
        """The term of a word, below 0 where the rule drops it; a stop word beside telling ones is dropped."""
        (said,) = words_of(word)
        beside = self.rule.terms([said, "x"], language)
        if len(beside) < 2:
            return -1
        number = self._numbers.get(beside[0])
        if number is None:
            number = self._numbers[beside[0]] = len(self.names)
            self.names.append(beside[0])
        return number

    def number(self, term: str) -> int:
        """The number of a term, below 0 for one that no tweet has."""
        return self._numbers.get(term, -1)

    def of(self, id: int) -> list[str]:
        """The terms of a tweet, in order."""
        start = int(np.searchsorted(self.ids, id))
        return [self.names[one] for one in self.numbers[start : start + int(self.lengths[id])]]

    @cached_property
    def statistics(self) -> Statistics:
        """What BM25 must know."""
        return Statistics(self.source.size, len(self.ids) / self.source.size)

    # Scan

    def scan(self, query: Query) -> Selected:
        """Every tweet that meets a reading; every term of every tweet is compared."""
        found = [self._scan(reading) for reading in query.readings]
        return Selected(_any(found), len(self.numbers))

    def _scan(self, reading: Reading) -> Numbers:
        every = [self.ids[self.numbers == self.number(term)] for term in reading.terms]
        phrases = [self._phrase(phrase) for phrase in reading.phrases]
        return reduce(np.intersect1d, [*every, *phrases]) if every else NOBODY

    def _phrase(self, phrase: Sequence[str]) -> Numbers:
        follow = []
        for step, term in enumerate(phrase):
            at = self.numbers == self.number(term)
            follow.append(self.ids[at].astype(np.int64) * LONGEST + self.places[at] - step)
        return np.unique(reduce(np.intersect1d, follow) // LONGEST)


class Postings:
    """Posting lists over an archive: under each term, and under each bigram, its tweets; and where in them."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        order = np.argsort(terms.numbers, kind="stable")
        self._ids = terms.ids[order]
        self._places = terms.places[order]
        self._starts = np.searchsorted(terms.numbers[order], np.arange(len(terms.names) + 1))

    @cached_property
    def _pairs(self) -> tuple[Numbers, Numbers]:
        """Bigrams as numbers, sorted, with their tweets."""
        terms = self.terms
        both = terms.ids[1:] == terms.ids[:-1]
        codes = terms.numbers[:-1].astype(np.int64) * len(terms.names) + terms.numbers[1:]
        codes, ids = codes[both], terms.ids[:-1][both]
        order = np.argsort(codes, kind="stable")
        return codes[order], ids[order]

    @cached_property
    def longest(self) -> tuple[str, int]:
        """The term with the longest list, and how many entries that has."""
        lengths = np.diff(self._starts)
        most = int(np.argmax(lengths))
        return self.terms.names[most], int(lengths[most])

    @property
    def entries(self) -> int:
        """How many entries all lists have together."""
        return len(self._ids)

    @property
    def nbytes(self) -> int:
        """Memory of the lists, without bigrams."""
        return int(self._ids.nbytes + self._places.nbytes + self._starts.nbytes)

    def ids(self, term: str) -> Numbers:
        """The tweets that have a term, ascending."""
        return _once(self._slice(self._ids, term))

    def often(self, term: str, id: int) -> int:
        """How often a term is in a tweet."""
        ids = self._slice(self._ids, term)
        return int(np.searchsorted(ids, id, "right") - np.searchsorted(ids, id))

    def pair(self, one: str, two: str) -> Numbers:
        """The tweets in which two terms follow each other, from the list of that bigram."""
        codes, ids = self._pairs
        first, second = self.terms.number(one), self.terms.number(two)
        if first < 0 or second < 0:
            return NOBODY
        code = first * len(self.terms.names) + second
        return _once(ids[np.searchsorted(codes, code) : np.searchsorted(codes, code, "right")])

    def find(self, query: Query, *, bigrams: bool) -> Selected:
        """Every tweet that meets a reading."""
        found = [self._find(reading, bigrams=bigrams) for reading in query.readings]
        return Selected(_any([one.ids for one in found]), sum(one.looked for one in found))

    def _find(self, reading: Reading, *, bigrams: bool) -> Selected:
        lists = [self.ids(term) for term in reading.terms]
        if bigrams:
            lists += [
                self.pair(*two) for phrase in reading.phrases for two in zip(phrase, phrase[1:], strict=False)
            ]
        chosen = intersect(lists)
        looked = chosen.looked
        for phrase in reading.phrases:
            if bigrams and len(phrase) == 2:
                continue  # the list of the bigram is the answer
            positions = self._phrase(phrase)
            looked += sum(len(self._slice(self._ids, term)) for term in phrase)
            chosen = Selected(np.intersect1d(chosen.ids, positions, assume_unique=True), looked)
        return Selected(chosen.ids, looked)

    def _phrase(self, phrase: Sequence[str]) -> Numbers:
        follow = [
            self._slice(self._ids, term).astype(np.int64) * LONGEST + self._slice(self._places, term) - step
            for step, term in enumerate(phrase)
        ]
        return np.unique(reduce(np.intersect1d, follow) // LONGEST)

    def _slice(self, column: Numbers, term: str) -> Numbers:
        number = self.terms.number(term)
        return column[self._starts[number] : self._starts[number + 1]] if number >= 0 else column[:0]


def intersect(lists: Sequence[Numbers]) -> Selected:
    """What is in every list: each entry of the shortest is looked for in the others."""
    if not lists:
        return Selected(NOBODY, 0)
    first, *others = sorted(lists, key=len)
    looked = len(first)
    for other in others:
        looked += len(first)
        at = np.searchsorted(other, first)
        at[at == len(other)] = 0
        first = first[other[at] == first] if len(other) else first[:0]
    return Selected(first, looked)


def _once(ids: Numbers) -> Numbers:
    return ids[np.r_[True, ids[1:] != ids[:-1]]] if len(ids) else ids


def _any(found: Sequence[Numbers]) -> Numbers:
    return np.unique(np.concatenate(found)) if found else NOBODY


_making = threading.Lock()  # the index is built beside the searches: what both want is made once


def terms_of(size: int, rule: str) -> Terms:
    """The terms of the archive of that size, under that rule."""
    with _making:
        return _terms_of(size, rule)


@cache
def _terms_of(size: int, rule: str) -> Terms:
    return Terms(archive(size), rule)


@cache
def postings_of(size: int, rule: str) -> Postings:
    """The posting lists of the same."""
    return Postings(terms_of(size, rule))
