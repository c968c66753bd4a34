"""Who is in which cell: the table below every grid of cells, whatever the cells look like.

>>> table = CellTable[str, int, None]()
>>> table.put(7, "u281", None), table.put(7, "u283", None), table.put(7, "u283", None)
(None, 'u281', None)
>>> table.counts()
{'u283': 1}
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Generic, TypeVar

C = TypeVar("C", bound=Hashable)
I = TypeVar("I", bound=Hashable)  # noqa: E741 - an id
V = TypeVar("V")


class CellTable(Generic[C, I, V]):
    """Each id is in one cell, with a value that goes with it. A cell that nobody is in is not kept.

    Putting or removing costs the same however many there are.
    """

    __slots__ = ("_cells", "_where")

    def __init__(self) -> None:
        self._cells: dict[C, dict[I, V]] = {}
        self._where: dict[I, C] = {}

    def put(self, id: I, cell: C, value: V) -> C | None:
        """Put an id into a cell, or change its value; the cell that it has left for this one, if any."""
        before = self._where.get(id)
        if before == cell:
            self._cells[cell][id] = value
            return None
        if before is not None:
            self._leave(id, before)
        self._where[id] = cell
        if cell not in self._cells:
            self._cells[cell] = {}
        self._cells[cell][id] = value
        return before

    def remove(self, id: I) -> C | None:
        """Take an id away; the cell that it was in, None when it was in none."""
        cell = self._where.pop(id, None)
        if cell is not None:
            self._leave(id, cell)
        return cell

    def of(self, cell: C) -> Mapping[I, V]:
        """Who is in a cell, with their values."""
        return self._cells.get(cell, {})

    def counts(self) -> dict[C, int]:
        """How many are in each cell that anybody is in."""
        return {cell: len(inside) for cell, inside in self._cells.items()}

    def items(self) -> Iterator[tuple[C, Mapping[I, V]]]:
        """The cells that anybody is in, with who that is."""
        return iter(self._cells.items())

    def everybody(self) -> Iterator[tuple[I, V]]:
        """All ids with their values."""
        return (entry for inside in self._cells.values() for entry in inside.items())

    def _leave(self, id: I, cell: C) -> None:
        inside = self._cells[cell]
        del inside[id]
        if not inside:
            del self._cells[cell]

    def __iter__(self) -> Iterator[C]:
        return iter(self._cells)

    def __contains__(self, cell: object) -> bool:
        return cell in self._cells

    def __len__(self) -> int:
        return len(self._where)
