"""Who serves whom at the least total cost: the assignment problem, by shortest augmenting paths.

H. W. Kuhn, "The Hungarian method for the assignment problem", 1955; potentials and columns at once
after R. Jonker, A. Volgenant, 1987.

>>> import numpy as np
>>> assign(np.array([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0]]))
[1, 0]
"""

from __future__ import annotations

import numpy as np


def assign(costs: np.ndarray) -> list[int]:
    """For each row the column that it gets, each column at most once, at the least total cost.

    There are at least as many columns as rows, and costs are finite; `ValueError` otherwise.
    """
    rows, columns = costs.shape
    if rows > columns or not np.isfinite(costs).all():
        raise ValueError("there are at least as many columns as rows, and all costs are finite")
    of_row, of_column = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1)
    for row in range(rows):
        _augment(costs, row, of_row, of_column, owner)
    found = [-1] * rows
    for column, row in enumerate(owner.tolist()):
        if row >= 0:
            found[row] = column
    return found


def _augment(
    costs: np.ndarray, row: int, of_row: np.ndarray, of_column: np.ndarray, owner: np.ndarray
) -> None:
    """Give `row` a column, and those who had to move another one, along the cheapest path."""
    columns = costs.shape[1]
    least, came_from = np.full(columns, np.inf), np.full(columns, -1)
    seen = np.zeros(columns, dtype=bool)
    at, reached, distance, path = row, -1, 0.0, []
    while True:
        reduced = distance + costs[at] - of_row[at] - of_column
        better = ~seen & (reduced < least)
        least[better], came_from[better] = reduced[better], reached
        reached = int(np.where(seen, np.inf, least).argmin())
        distance = float(least[reached])
        seen[reached] = True
        if owner[reached] < 0:
            break
        path.append(reached)
        at = int(owner[reached])
    of_row[row] += distance
    for column in path:
        of_row[owner[column]] += distance - least[column]
        of_column[column] -= distance - least[column]
    while reached >= 0:
        before = int(came_from[reached])
        owner[reached] = owner[before] if before >= 0 else row
        reached = before
