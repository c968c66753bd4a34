"""The assignment against all permutations."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.assignment import assign


@given(st.integers(1, 4), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_no_other_assignment_is_cheaper(rows: int, more: int, seed: int) -> None:
    costs = np.random.default_rng(seed).integers(0, 30, (rows, rows + more)).astype(float)
    found = assign(costs)
    assert len(set(found)) == rows
    total = sum(costs[row, column] for row, column in enumerate(found))
    cheapest = min(
        sum(costs[row, column] for row, column in enumerate(columns))
        for columns in permutations(range(rows + more), rows)
    )
    assert total == pytest.approx(cheapest)


@pytest.mark.parametrize("costs", [np.zeros((2, 1)), np.array([[np.inf, 1.0]])])
def test_what_has_no_assignment_is_refused(costs: np.ndarray) -> None:
    with pytest.raises(ValueError, match="columns"):
        assign(costs)
