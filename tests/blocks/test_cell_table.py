"""The table against the plainest thing that says where everybody is."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.cell_table import CellTable


@given(st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(0, 3), st.integers()), max_size=60))
def test_everybody_is_in_one_cell_and_no_cell_is_empty(moves: list[tuple[int, int | None, int]]) -> None:
    table: CellTable[int, int, int] = CellTable()
    model: dict[int, tuple[int, int]] = {}
    for id, cell, value in moves:
        before = model.get(id, (None, 0))[0]
        if cell is None:
            assert table.remove(id) == before
            model.pop(id, None)
        else:
            assert table.put(id, cell, value) == (None if before == cell else before)
            model[id] = (cell, value)

    assert len(table) == len(model)
    assert table.counts() == dict(Counter(cell for cell, _ in model.values()))
    assert dict(table.everybody()) == {id: value for id, (_, value) in model.items()}
    for cell in range(4):
        inside = {id: value for id, (where, value) in model.items() if where == cell}
        assert table.of(cell) == inside
        assert (cell in table) == bool(inside)
    assert set(table) == {cell for cell, _ in table.items()} == {cell for cell, _ in model.values()}
