"""The streets of a made-up city as a graph: how long it takes from each crossing to each other, and the way there.

Crossings are contracted one after the other (R. W. Floyd, "Algorithm 97: Shortest path", 1962), once
for a city; after that a time is a look into a table, and a way one look per crossing. Every fourth
street is a main one, as it is drawn.

>>> from sdlab.blocks.city import make_city
>>> network = street_network(make_city(7))
>>> way = network.way(0, network.crossings - 1)
>>> (way[0], way[-1]) == (0, network.crossings - 1)
True
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

import networkx as nx
import numpy as np

from sdlab.blocks.city import City

SIDE_M_S, MAIN_M_S = 18.0, 28.0
MAIN_EVERY = 4
NEARLY = 1e-6  # seconds by which a way must be shorter to replace another


class StreetNetwork:
    """`seconds[a, b]` is the shortest time from crossing a to b; crossing n is column n % columns, row n // columns."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.columns, self.rows = len(city.xs), len(city.ys)
        self.crossings = self.columns * self.rows
        self.graph = _graph(city)
        self.seconds, self._next = _contracted(self.graph, self.crossings)

    def crossing(self, column: int, row: int) -> int:
        """The number of the crossing of two streets."""
        return row * self.columns + column

    def place(self, crossing: int) -> tuple[float, float]:
        """Where a crossing is, metres."""
        return self.city.corner(crossing % self.columns, crossing // self.columns)

    def nearest(self, x: float, y: float) -> int:
        """The crossing nearest to a place along the streets' axes."""
        return self.crossing(_nearest(self.city.xs, x), _nearest(self.city.ys, y))

    def way(self, start: int, end: int) -> list[int]:
        """The crossings of a fastest way, both ends included."""
        found = [start]
        while found[-1] != end:
            found.append(int(self._next[found[-1], end]))
        return found

    def metres(self, way: Sequence[int]) -> float:
        """How long a way is."""
        return float(sum(self.graph.edges[a, b]["metres"] for a, b in zip(way, way[1:], strict=False)))


def speed(line: int) -> float:
    """Metres per second on the street or avenue of that number."""
    return SIDE_M_S if line % MAIN_EVERY else MAIN_M_S


def _graph(city: City) -> nx.Graph:
    graph, columns = nx.Graph(), len(city.xs)
    graph.add_nodes_from(range(columns * len(city.ys)))
    for row, y in enumerate(city.ys):
        for column, x in enumerate(city.xs):
            here = row * columns + column
            if column + 1 < columns:
                _add(graph, here, here + 1, city.xs[column + 1] - x, speed(row))
            if row + 1 < len(city.ys):
                _add(graph, here, here + columns, city.ys[row + 1] - y, speed(column))
    return graph


def _add(graph: nx.Graph, one: int, other: int, metres: float, metres_per_s: float) -> None:
    graph.add_edge(one, other, metres=metres, seconds=metres / metres_per_s)


def _contracted(graph: nx.Graph, crossings: int) -> tuple[np.ndarray, np.ndarray]:
    seconds = np.full((crossings, crossings), np.inf)
    following = np.zeros((crossings, crossings), dtype=np.int16)
    np.fill_diagonal(seconds, 0.0)
    for one, other, street in graph.edges(data=True):
        seconds[one, other] = seconds[other, one] = street["seconds"]
        following[one, other], following[other, one] = other, one
    for through in range(crossings):
        longer = seconds[:, through, None] + seconds[None, through, :]
        better = longer < seconds - NEARLY
        np.copyto(seconds, longer, where=better)
        np.copyto(following, following[:, through, None], where=better)
    return seconds, following


def _nearest(lines: Sequence[float], at: float) -> int:
    above = min(bisect_left(lines, at), len(lines) - 1)
    below = max(0, above - 1)
    return below if abs(lines[below] - at) <= abs(lines[above] - at) else above


@lru_cache(maxsize=4)
def street_network(city: City) -> StreetNetwork:
    """The network of a city; made once, which takes some 0.1 s."""
    return StreetNetwork(city)
