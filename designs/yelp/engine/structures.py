"""What finds places by words and cells: tantivy with geohash terms, or a grid of cells beside inverted lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import tantivy

from designs.yelp.engine.place import DECIMALS, Place
from designs.yelp.engine.sphere import COARSEST, FINEST, Array
from sdlab.blocks import geohash
from sdlab.blocks.cell_table import CellTable
from sdlab.blocks.inverted_index import InvertedIndex
from sdlab.blocks.posting_list import PostingList, Step, follow, intersection
from sdlab.parts.search_index import Entry, IndexField, IndexShard

SCALE = 10**DECIMALS
MOST_CANDIDATES = 50_000
STEPS_KEPT, IDS_KEPT = 48, 160
LEVELS = range(COARSEST, FINEST + 1)
FIELDS = (
    IndexField("lat", "number"),
    IndexField("lng", "number"),
    IndexField("revision", "number"),
    IndexField("text", "words"),
    IndexField("cells", "terms"),
)
COLUMNS = ("id", "lat", "lng")


@dataclass(frozen=True, slots=True)
class WalkedList:
    """A list of places as a walk sees it: its first ids, and how long it is."""

    label: str
    ids: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Candidates with where they are and how well their words fit (>= 0, in no unit).

    `touched` is how many rows or entries were looked at for them. `lists` are the words' own lists and
    that of the cells, `steps` the first steps of the walk over them, where there was one.
    """

    ids: tuple[int, ...]
    lats: Array
    lngs: Array
    text: Array
    touched: int
    lists: tuple[WalkedList, ...] = ()
    steps: tuple[Step, ...] = ()
    more: int = 0


class PlaceStructure(Protocol):
    """Places by words and cells. Putting an older revision over a newer one does nothing."""

    def put(self, places: Iterable[Place]) -> int:
        """Index these, instead of what they were; how many were newer. Takes its time: call it in a thread."""
        ...

    def find(self, words: Sequence[str], cells: Sequence[str]) -> Retrieved:
        """Places in one of the cells that have every word. The cells are of one length."""
        ...

    def revision(self, place_id: int) -> int:
        """Which revision of a place is found; -1 for none."""
        ...

    def frequency(self, word: str) -> int:
        """How many places have a word."""
        ...

    def __len__(self) -> int: ...


class TantivyPlaces:
    """A tantivy index in memory: words with their frequencies, and the prefixes of the geohash as terms."""

    def __init__(self) -> None:
        self._shard = IndexShard(FIELDS)
        self._revisions: dict[int, int] = {}

    def put(self, places: Iterable[Place]) -> int:
        newer = [one for one in places if one.revision > self._revisions.get(one.id, -1)]
        if newer:
            fresh = not self._revisions
            self._shard.write([_entry(one) for one in newer], new=fresh)
            self._revisions |= {one.id: one.revision for one in newer}
        return len(newer)

    def find(self, words: Sequence[str], cells: Sequence[str]) -> Retrieved:
        schema = self._shard.schema
        near = tantivy.Query.const_score_query(
            tantivy.Query.term_set_query(schema, "cells", list(cells)), 0.0
        )
        wanted = [(tantivy.Occur.Must, tantivy.Query.term_query(schema, "text", word)) for word in words]
        query = tantivy.Query.boolean_query([*wanted, (tantivy.Occur.Must, near)])
        scores, (ids, lats, lngs) = self._shard.scored(query, COLUMNS, limit=MOST_CANDIDATES)
        lists = tuple(WalkedList(f"“{word}”", (), self.frequency(word)) for word in words)
        return Retrieved(
            tuple(ids), np.array(lats) / SCALE, np.array(lngs) / SCALE, np.array(scores), len(ids), lists
        )

    def revision(self, place_id: int) -> int:
        by_id = tantivy.Query.term_query(self._shard.schema, "id", place_id)
        _, (revisions,) = self._shard.scored(by_id, ("revision",), limit=1)
        return revisions[0] if revisions else -1

    def frequency(self, word: str) -> int:
        return self._shard.frequency("text", word)

    def __len__(self) -> int:
        return self._shard.size


def _entry(place: Place) -> Entry:
    whole = geohash.encode(place.lat, place.lng, FINEST)
    return Entry(
        place.id,
        numbers={
            "lat": round(place.lat * SCALE),
            "lng": round(place.lng * SCALE),
            "revision": place.revision,
        },
        words={"text": " ".join(place.words), "cells": " ".join(whole[:letters] for letters in LEVELS)},
    )


class GridPlaces:
    """A table of cells for each length of the geohash, and inverted lists beside it; both are walked together."""

    def __init__(self) -> None:
        self._lists = InvertedIndex()
        self._grids: dict[int, CellTable[str, int, None]] = {level: CellTable() for level in LEVELS}
        self._places: dict[int, Place] = {}

    def put(self, places: Iterable[Place]) -> int:
        newer = 0
        for one in places:
            known = self._places.get(one.id)
            if known is not None and known.revision >= one.revision:
                continue
            newer += 1
            self._places[one.id] = one
            self._lists.add(one.id, one.words)
            whole = geohash.encode(one.lat, one.lng, FINEST)
            for level, grid in self._grids.items():
                grid.put(one.id, whole[:level], None)
        return newer

    def find(self, words: Sequence[str], cells: Sequence[str]) -> Retrieved:
        grid = self._grids[len(cells[0])]
        near = PostingList(id for cell in cells for id in grid.of(cell))
        lists = [*self._lists.lists(words), near]
        walk = follow(intersection(lists), keep=STEPS_KEPT)
        names = [*(f"“{word}”" for word in dict.fromkeys(words)), "in the cells"]
        shown = (
            WalkedList(name, one.ids[:IDS_KEPT], len(one)) for name, one in zip(names, lists, strict=True)
        )
        found = [self._places[id] for id in walk.found]
        return Retrieved(
            tuple(walk.found),
            np.array([one.lat for one in found]),
            np.array([one.lng for one in found]),
            np.array([self._lists.score(one.id, words) for one in found]),
            walk.visited,
            tuple(shown),
            tuple(walk.steps),
            max(0, walk.visited + len(walk.found) - len(walk.steps)),
        )

    def revision(self, place_id: int) -> int:
        known = self._places.get(place_id)
        return -1 if known is None else known.revision

    def frequency(self, word: str) -> int:
        return self._lists.frequency(word)

    def __len__(self) -> int:
        return len(self._lists)
