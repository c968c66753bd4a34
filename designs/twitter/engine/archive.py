"""Tweets from before the room began: many, the same in every room, never changed, so that the process keeps them once.

An index over what is not changed any more is a sealed segment: sorted arrays of ids, built once.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from designs.twitter.engine.cast import AUTHORS, SLOTS
from sdlab.blocks.inverted_index import tokens

LARGEST = 200_000
BEGAN = 1_735_689_600.0  # the first tweet of the archive, seconds since the epoch
BETWEEN = 120.0  # seconds from one to the next
KEPT = 3

Ids = npt.NDArray[np.int32]
_built: set[int] = set()
NOTHING: Ids = np.empty(0, dtype=np.int32)


class Archive:
    """Ids from 1 to `size`, oldest first; which words an id has follows from the seed alone.

    Building takes a moment at the largest size: `segment` and `scan` belong on a thread.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def __contains__(self, id: object) -> bool:
        return isinstance(id, int) and 0 < id <= self.size

    def tweet(self, id: int) -> tuple[int, str, str, float]:
        """Id, author, text, time."""
        row = _phrases()[id - 1]
        text = " ".join(slot[row[place]] for place, slot in enumerate(SLOTS))
        return id, AUTHORS[row[-1]], text, BEGAN + id * BETWEEN

    def author(self, id: int) -> str:
        """Who wrote it."""
        return AUTHORS[int(_phrases()[id - 1, -1])]

    @property
    def ready(self) -> bool:
        """Whether the lists are there, or have to be built first."""
        return self.size in _built

    def segment(self) -> dict[str, Ids]:
        """Term → ascending ids."""
        found = _segment(self.size)
        _built.add(self.size)
        return found

    def scan(self, words: Sequence[str]) -> list[int]:
        """Ids of texts with all of these words somewhere, newest first: what LIKE finds in a table."""
        return _table(self.size).scan(words)


@cache
def _phrases() -> npt.NDArray[np.int16]:
    """Which phrase stands in which slot, and who wrote it: a row per tweet."""
    rng = np.random.default_rng(7)
    columns = [_skewed(rng, len(slot)) for slot in SLOTS] + [_skewed(rng, len(AUTHORS))]
    return np.stack(columns, axis=1).astype(np.int16)


def _skewed(rng: np.random.Generator, choices: int) -> npt.NDArray[np.int64]:
    """Some are said far more often than others."""
    weights = 1 / np.arange(1, choices + 1) ** 0.7
    return rng.choice(choices, size=LARGEST, p=weights / weights.sum())


@lru_cache(maxsize=KEPT)
def _segment(size: int) -> dict[str, Ids]:
    phrases = _phrases()[:size]
    found: dict[str, list[Ids]] = {}
    for place, slot in enumerate(SLOTS):
        column = phrases[:, place]
        for number, phrase in enumerate(slot):
            ids = (np.flatnonzero(column == number) + 1).astype(np.int32)
            for word in set(tokens(phrase)):
                found.setdefault(word, []).append(ids)
    return {word: np.unique(np.concatenate(some)) for word, some in found.items()}


class _Table:
    """A table in memory with a row per tweet and no index on its text."""

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute("create table tweet (id integer primary key, text text not null)")
        archive = Archive(size)
        rows = ((id, archive.tweet(id)[2]) for id in range(1, size + 1))
        self._connection.executemany("insert into tweet values (?, ?)", rows)

    def scan(self, words: Sequence[str]) -> list[int]:
        where = " and ".join("text like ? escape '\\'" for _ in words)
        values = [f"%{_literal(word)}%" for word in words]
        query = f"select id from tweet where {where} order by id desc"
        with self._lock:
            return [id for (id,) in self._connection.execute(query, values)]


def _literal(word: str) -> str:
    """A word without anything that LIKE reads as a pattern."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@lru_cache(maxsize=KEPT)
def _table(size: int) -> _Table:
    return _Table(size)
