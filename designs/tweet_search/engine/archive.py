"""The archive: generated tweets of ten years that every room begins with, as columns in memory, the same on every machine.

It is made once per process and shared, read-only, by all rooms; nothing of a room is ever in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designs.tweet_search.engine.vocabulary import GAP, LANGUAGES, Language

SEED = 20
FIRST_AT = 1_451_606_400.0  # 2016
LAST_AT = 1_767_225_600.0  # 2026
AUTHORS = 997
LIKES_TAIL = 0.9  # Pareto: few tweets have most likes
MOST_LIKES = 2_000_000
LIKED_SHARE = 0.7
WORD_SKEW = 0.8

Numbers = NDArray[Any]


class Tweet(NamedTuple):
    """A tweet as it was posted. `at` is Unix seconds, `language` its Snowball name."""

    id: int
    author: str
    text: str
    language: str
    at: float


@dataclass(frozen=True, slots=True)
class Columns:
    """The tweets as columns: tokens are numbers of words; those of tweet n are `tokens[starts[n]:starts[n+1]]`."""

    tokens: Numbers
    starts: Numbers
    languages: Numbers
    authors: Numbers
    likes: Numbers
    at: Numbers


class Archive:
    """`size` tweets, oldest first; their ids are 1 to `size`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.words: list[str] = []
        self._numbers: dict[str, int] = {}
        rng = np.random.default_rng(SEED)
        self.columns = self._generate(rng)

    @cached_property
    def owners(self) -> Numbers:
        """Of each token the place of its tweet, 0 for the first."""
        return np.repeat(np.arange(self.size, dtype=np.int32), np.diff(self.columns.starts))

    def has(self, id: int) -> bool:
        """Whether there is a tweet of that id in it."""
        return 1 <= id <= self.size

    def tweet(self, id: int) -> Tweet:
        """The tweet of that id. `KeyError` without one."""
        if not self.has(id):
            raise KeyError(id)
        at = id - 1
        columns = self.columns
        language = LANGUAGES[int(columns.languages[at])].name
        return Tweet(id, f"user{columns.authors[at]}", self.text(at), language, float(columns.at[at]))

    def text(self, at: int) -> str:
        """The words of the tweet at that place."""
        starts, words = self.columns.starts, self.words
        return " ".join(words[one] for one in self.columns.tokens[starts[at] : starts[at + 1]])

    def likes(self, id: int) -> int:
        """Its likes when the archive was closed; none of what is not in it."""
        return int(self.columns.likes[id - 1]) if self.has(id) else 0

    @cached_property
    def _chances(self) -> Numbers:
        return np.cumsum(self.columns.likes.astype(np.int64))

    def popular(self, u: float) -> int:
        """The id of a tweet for a chance from 0 to 1: the more likes it has, the more chances lead to it."""
        chances = self._chances
        return 1 + min(self.size - 1, int(np.searchsorted(chances, u * float(chances[-1]), "right")))

    @property
    def nbytes(self) -> int:
        """Memory of the columns."""
        return sum(getattr(self.columns, name).nbytes for name in Columns.__slots__)

    def language_at(self, at: int) -> str:
        """The language of the tweet at that place."""
        return LANGUAGES[int(self.columns.languages[at])].name

    def _number(self, word: str) -> int:
        number = self._numbers.get(word)
        if number is None:
            number = self._numbers[word] = len(self.words)
            self.words.append(word)
        return number

    def _generate(self, rng: np.random.Generator) -> Columns:
        shares = np.cumsum([one.share for one in LANGUAGES])
        languages = np.array([bisect_right(shares, u) for u in rng.random(self.size) * shares[-1]], np.uint8)
        templates = [(which, text) for which, one in enumerate(LANGUAGES) for text in one.sentences]
        chosen = np.empty(self.size, np.int32)
        for which in range(len(LANGUAGES)):
            own = [n for n, (language, _) in enumerate(templates) if language == which]
            mask = languages == which
            chosen[mask] = rng.choice(own, int(mask.sum()))
        lengths = np.array([len(text.split()) for _, text in templates])[chosen]
        starts = np.zeros(self.size + 1, np.int32)
        np.cumsum(lengths, out=starts[1:])
        tokens = np.empty(int(starts[-1]), np.uint16)
        for n, (which, text) in enumerate(templates):
            first = starts[:-1][chosen == n]
            for place, gap in enumerate(text.split()):
                tokens[first + place] = self._fill(rng, LANGUAGES[which], gap, len(first))
        return Columns(
            tokens=tokens,
            starts=starts,
            languages=languages,
            authors=rng.integers(1, AUTHORS, self.size).astype(np.uint16),
            likes=_likes(rng, self.size),
            at=np.sort(rng.uniform(FIRST_AT, LAST_AT, self.size)),
        )

    def _fill(self, rng: np.random.Generator, language: Language, gap: str, count: int) -> Numbers:
        """Words for a gap, `count` of them: the first of its class far more often than the last."""
        if not gap.startswith(GAP):
            return np.full(count, self._number(gap), np.uint16)
        numbers = np.array([self._number(word) for word in language.words(gap.removeprefix(GAP))], np.uint16)
        weights = 1.0 / np.arange(1, len(numbers) + 1) ** WORD_SKEW
        found: Numbers = rng.choice(numbers, count, p=weights / weights.sum())
        return found


def _likes(rng: np.random.Generator, size: int) -> Numbers:
    liked = np.minimum((1 / rng.random(size)) ** (1 / LIKES_TAIL), MOST_LIKES)
    return np.where(rng.random(size) < LIKED_SHARE, liked, 0).astype(np.int32)


@cache
def archive(size: int) -> Archive:
    """The archive of that size, made when it is first asked for; takes some tenths of a second for 100,000."""
    return Archive(size)


def tweets_of(one: Archive) -> Iterator[Tweet]:
    """All tweets of an archive, oldest first."""
    return (one.tweet(id) for id in range(1, one.size + 1))
