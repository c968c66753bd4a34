"""An inverted index: words of documents as terms, under each term the documents that have it, and where in them.

Manning, Raghavan, Schütze, "Introduction to Information Retrieval", 2008, chapters 1 and 2 (postings,
positions, phrases); S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and
Beyond", 2009.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sdlab.blocks.posting_list import PostingList, Step, Walk, follow, intersection, union

K1 = 1.2
B = 0.75
INSIDE = "\u200c\u200d'’"  # joiners and apostrophes, between two letters
WORDS_KEPT = 50_000

Places = tuple[int, ...]


def tokens(text: str) -> list[str]:
    """The words of a text in order, without case, accents kept; what is neither letter, mark nor digit parts them.

    >>> tokens("Rain again... #London's 2nd day!")
    ['rain', 'again', "london's", '2nd', 'day']
    """
    return [word for part in text.split() for word in _words(part)]


@lru_cache(WORDS_KEPT)
def _words(part: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", part).casefold()
    parted = "".join(one if _inside(one) else " " for one in plain).split()
    return tuple(word for one in parted if (word := one.strip(INSIDE)))


def _inside(letter: str) -> bool:
    return letter.isalnum() or letter in INSIDE or unicodedata.category(letter).startswith("M")


@dataclass(frozen=True, slots=True)
class TermScore:
    """What one term adds to the BM25 score of a document: `score = idf * saturation`.

    `idf` says how rare the term is, `frequency` how often it is in the document, and `saturation` what
    that counts for in a document of that length: below `K1 + 1`, however often the term is repeated.
    """

    term: str
    idf: float
    frequency: int
    saturation: float

    @property
    def score(self) -> float:
        """The part of this term."""
        return self.idf * self.saturation


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 must know of all documents: how many there are, and how many words they have on average."""

    documents: int
    mean_length: float

    def idf(self, has: int) -> float:
        """How much a term tells that `has` documents have: more the fewer they are, never below 0."""
        return math.log(1 + (self.documents - has + 0.5) / (has + 0.5))

    def score(self, term: str, *, has: int, often: int, length: int) -> TermScore:
        """The part of a term that is `often` in a document of `length` words, and in `has` documents at all."""
        norm = K1 * (1 - B + B * length / self.mean_length) if length else K1
        return TermScore(term, self.idf(has), often, often * (K1 + 1) / (often + norm))


class Postings:
    """The documents that have a term, ascending, and the positions of the term in each of them."""

    __slots__ = ("_places", "ids")

    def __init__(self, ids: Iterable[int] = (), places: Iterable[Places] = ()) -> None:
        self.ids = PostingList(ids)
        self._places = list(places)
        if len(self._places) != len(self.ids):
            raise ValueError("every document has its positions")

    def __len__(self) -> int:
        return len(self.ids)

    def places(self, document: int) -> Places:
        """The positions of the term in that document, ascending; none where it is not in there."""
        at = self._at(document)
        return self._places[at] if self._is_at(document, at) else ()

    def put(self, document: int, places: Places) -> None:
        """The term is in that document, at these positions; instead of what was known of it."""
        at = self._at(document)
        if self._is_at(document, at):
            self._places[at] = places
            return
        self.ids.add(document)
        self._places.insert(at, places)

    def remove(self, document: int) -> None:
        """The term is not in that document any more."""
        at = self._at(document)
        if self._is_at(document, at):
            self.ids.remove(document)
            del self._places[at]

    def _at(self, document: int) -> int:
        return bisect_left(self.ids, document)

    def _is_at(self, document: int, at: int) -> bool:
        return at < len(self.ids) and self.ids[at] == document


NOWHERE = Postings()


class InvertedIndex:
    """Documents (ids >= 0) as sequences of terms, found by all, any, or a phrase of them.

    Answers are those of a scan over all documents. Adding documents in the order of their ids costs
    their terms; in another order, also what is behind them in each list. Terms are stored once,
    and positions that many documents share are one object.

    >>> index = InvertedIndex()
    >>> for id, text in enumerate(("rain in the north", "north wind and rain", "the north wind")):
    ...     index.add(id, tokens(text))
    >>> index.all_of(["north", "wind"]).found, index.phrase(["the", "north"]).found
    ([1, 2], [0, 2])
    """

    def __init__(self) -> None:
        self._terms: dict[str, Postings] = {}
        self._lengths: dict[int, int] = {}
        self._shared: dict[Places, Places] = {}
        self._total = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def __contains__(self, document: int) -> bool:
        return document in self._lengths

    @property
    def terms(self) -> int:
        """How many different terms there are."""
        return len(self._terms)

    @property
    def tokens(self) -> int:
        """How many words all documents have together."""
        return self._total

    @property
    def mean_length(self) -> float:
        """Words per document, 0 without any."""
        return self._total / len(self._lengths) if self._lengths else 0.0

    def add(self, document: int, terms: Sequence[str]) -> None:
        """Index a document, instead of what it was before. `ValueError` for an id below 0."""
        if document in self._lengths:
            self.remove(document)
        found: dict[str, list[int]] = {}
        for place, term in enumerate(terms):
            found.setdefault(term, []).append(place)
        for term, places in found.items():
            postings = self._terms.get(term)
            if postings is None:
                postings = self._terms[term] = Postings()
            postings.put(document, self._one(tuple(places)))
        self._lengths[document] = len(terms)
        self._total += len(terms)

    def load(self, lengths: Mapping[int, int], postings: Iterable[tuple[str, Postings]]) -> None:
        """Take over what was inverted elsewhere; the index is empty before."""
        if self._lengths:
            raise ValueError("only an empty index is loaded")
        self._terms = dict(postings)
        self._lengths = dict(lengths)
        self._total = sum(self._lengths.values())

    def remove(self, document: int) -> bool:
        """Take a document out, which looks at every term; False when it is not there."""
        length = self._lengths.pop(document, None)
        if length is None:
            return False
        self._total -= length
        for term, postings in list(self._terms.items()):
            postings.remove(document)
            if not postings:
                del self._terms[term]
        return True

    def postings(self, term: str) -> Postings:
        """What stands under a term; nothing under one that no document has."""
        return self._terms.get(term, NOWHERE)

    def frequency(self, term: str) -> int:
        """In how many documents the term is."""
        return len(self.postings(term))

    def commonest(self, count: int) -> list[tuple[str, int]]:
        """The terms with the longest lists, longest first."""
        return Counter({term: len(one) for term, one in self._terms.items()}).most_common(count)

    # Finding

    def all_of(self, terms: Sequence[str], *, keep: int = 0) -> Walk:
        """The documents with every term, ascending; the first `keep` steps of the walk are kept."""
        return follow(intersection(self.lists(terms)), keep=keep)

    def any_of(self, terms: Sequence[str], *, keep: int = 0) -> Walk:
        """The documents with any of the terms, ascending."""
        return follow(union(self.lists(terms)), keep=keep)

    def phrase(self, terms: Sequence[str], *, keep: int = 0) -> Walk:
        """The documents that have the terms one right after the other."""
        return follow(self._phrase(terms), keep=keep)

    def lists(self, terms: Sequence[str]) -> list[PostingList]:
        """The posting lists of these terms, each term once, in their order."""
        return [self.postings(term).ids for term in dict.fromkeys(terms)]

    def has_phrase(self, document: int, terms: Sequence[str]) -> bool:
        """Whether that document has the terms one right after the other."""
        follows = [set(self.postings(term).places(document)) for term in terms]
        starts = follows[0] if follows else set()
        return any(all(start + n in one for n, one in enumerate(follows)) for start in starts)

    def _phrase(self, terms: Sequence[str]) -> Iterator[Step]:
        for step in intersection(self.lists(terms)):
            if step.kind != "match" or self.has_phrase(step.id, terms):
                yield step

    # Ranking

    @property
    def statistics(self) -> Statistics:
        """What BM25 must know of all documents."""
        return Statistics(len(self), self.mean_length)

    def idf(self, term: str) -> float:
        """How much a term tells."""
        return self.statistics.idf(self.frequency(term))

    def length(self, document: int) -> int:
        """How many words a document has; none when it is not there."""
        return self._lengths.get(document, 0)

    def bm25(self, document: int, terms: Sequence[str]) -> list[TermScore]:
        """The score of a document by its parts, a term each, in the order of the terms."""
        known, length = self.statistics, self.length(document)
        return [
            known.score(
                term,
                has=self.frequency(term),
                often=len(self.postings(term).places(document)),
                length=length,
            )
            for term in dict.fromkeys(terms)
        ]

    def score(self, document: int, terms: Sequence[str]) -> float:
        """The BM25 score of a document."""
        return sum(part.score for part in self.bm25(document, terms))

    def _one(self, places: Places) -> Places:
        return self._shared.setdefault(places, places)
