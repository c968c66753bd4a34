"""The location index: people by the geohash cell that they are in, with a copy of what filters ask for.

Change capture tells it of changes; until then it answers with what it knew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from designs.tinder.engine.people import Columns
from designs.tinder.engine.ranking import Ranked, Viewer, ranked
from designs.tinder.engine.recent import Recent
from designs.tinder.engine.regions import PRECISION
from sdlab.blocks.cell_table import CellTable
from sdlab.blocks.geohash import cell_of, covering, word

SEARCHES_KEPT = 64


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, the cells that it read, how many people it examined."""

    found: Ranked
    cells: tuple[str, ...]
    examined: int


class LocationIndex:
    """Partitions by cell; a search reads the partitions that its circle may touch."""

    def __init__(self, columns: Columns) -> None:
        self.searches: Recent[int, SearchResult] = Recent(SEARCHES_KEPT)
        self.rebuild(columns)

    def rebuild(self, columns: Columns) -> None:
        """Begin anew with what is known of everybody now. `searches` are the newest, by who looked."""
        self.columns = columns.copy()
        self.searches.clear()
        self.cells: CellTable[str, int, None] = CellTable()
        self._arrays: dict[str, np.ndarray] = {}
        of = self.columns.of
        numbers = np.flatnonzero(of["here"])
        homes = zip(numbers.tolist(), of["lat"][numbers].tolist(), of["lng"][numbers].tolist(), strict=True)
        for number, lat, lng in homes:
            self.cells.put(number, word(*cell_of(lat, lng, PRECISION), PRECISION), None)

    def put(self, number: int, row: Mapping[str, float]) -> bool:
        """Learn the facts of a person again; whether the person went to another cell."""
        self.columns.put(number, row)
        cell = word(*cell_of(row["lat"], row["lng"], PRECISION), PRECISION)
        known = number in self.cells.of(cell)
        before = self.cells.put(number, cell, None)
        if not known:
            self._arrays.pop(cell, None)
        if before is not None:
            self._arrays.pop(before, None)
        return before is not None

    def search(self, viewer: Viewer, *, now: float, likers: frozenset[int] = frozenset()) -> SearchResult:
        """Everybody who fits as far as the index knows, best first."""
        cells = covering(viewer.lat, viewer.lng, viewer.km * 1010, PRECISION)
        read = tuple(cell for cell in cells if cell in self.cells)
        rows = np.concatenate([self._array(cell) for cell in read]) if read else np.zeros(0, int)
        found = ranked(self.columns, rows, viewer, now=now, likers=likers)
        result = self.searches[viewer.number] = SearchResult(found, read, len(rows))
        return result

    def _array(self, cell: str) -> np.ndarray:
        found = self._arrays.get(cell)
        if found is None:
            members = self.cells.of(cell)
            found = self._arrays[cell] = np.fromiter(members, int, len(members))
        return found
