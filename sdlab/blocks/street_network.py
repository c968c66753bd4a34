"""The streets of a made-up city as a graph: how long it takes from each crossing to each other, and the way there.

Crossings are contracted one after the other (R. W. Floyd, "Algorithm 97: Shortest path", 1962), once
for a city and a time of the day; after that a time is a look into a table, and a way one look per
crossing. Every fourth street is a main one, as it is drawn. Of the others, those between the outermost
ones are one-way, every second of them the other way round, so that every crossing is reached from every other.

>>> from sdlab.blocks.city import make_city
>>> network = street_network(make_city(7))
>>> way = network.way(0, network.crossings - 1)
>>> (way[0], way[-1]) == (0, network.crossings - 1)
True
>>> [period_of(hour) for hour in (3, 8, 12, 17.5, 23)]
['night', 'rush', 'day', 'rush', 'night']
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

import networkx as nx
import numpy as np

from sdlab.blocks.city import City

SIDE_M_S, MAIN_M_S = 18.0, 28.0
MAIN_EVERY = 4
NEARLY = 1e-6  # seconds by which a way must be shorter to replace another

Period = Literal["night", "day", "rush"]
NIGHT_FROM, NIGHT_TO = 22, 6
RUSH = ((7, 10), (16, 19))
# of the speeds by day: main streets, side streets
PACE: Mapping[Period, tuple[float, float]] = {"night": (1.2, 1.0), "day": (1.0, 1.0), "rush": (0.45, 0.8)}


def period_of(hour: float) -> Period:
    """What the streets are like at that hour (0 to 24)."""
    if any(begins <= hour < ends for begins, ends in RUSH):
        return "rush"
    return "night" if hour >= NIGHT_FROM or hour < NIGHT_TO else "day"


def speed(line: int, period: Period = "day") -> float:
    """Metres per second on the street or avenue of that number."""
    main, side = PACE[period]
    return SIDE_M_S * side if line % MAIN_EVERY else MAIN_M_S * main


def direction(line: int, lines: int) -> int:
    """1 when the street of that number, of so many, is one-way to where places grow, -1 the other way, 0 both ways."""
    if line % MAIN_EVERY == 0 or line in (0, lines - 1):
        return 0
    return 1 if line % 2 else -1


class StreetNetwork:
    """`seconds[a, b]` is the shortest time from crossing a to b; crossing n is column n % columns, row n // columns."""

    def __init__(self, city: City, period: Period = "day", *, one_way: bool = True) -> None:
        self.city = city
        self.period = period
        self.columns, self.rows = len(city.xs), len(city.ys)
        self.crossings = self.columns * self.rows
        self.graph = _graph(city, period, one_way=one_way)
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


def _graph(city: City, period: Period, *, one_way: bool) -> nx.DiGraph:
    graph, columns, rows = nx.DiGraph(), len(city.xs), len(city.ys)
    graph.add_nodes_from(range(columns * rows))
    for row, y in enumerate(city.ys):
        for column, x in enumerate(city.xs):
            here = row * columns + column
            if column + 1 < columns:
                allowed = direction(row, rows) if one_way else 0
                _add(graph, (here, here + 1), city.xs[column + 1] - x, speed(row, period), allowed)
            if row + 1 < rows:
                allowed = direction(column, columns) if one_way else 0
                _add(graph, (here, here + columns), city.ys[row + 1] - y, speed(column, period), allowed)
    return graph


def _add(
    graph: nx.DiGraph, street: tuple[int, int], metres: float, metres_per_s: float, allowed: int
) -> None:
    one, other = street
    if allowed >= 0:
        graph.add_edge(one, other, metres=metres, seconds=metres / metres_per_s)
    if allowed <= 0:
        graph.add_edge(other, one, metres=metres, seconds=metres / metres_per_s)


def _contracted(graph: nx.DiGraph, crossings: int) -> tuple[np.ndarray, np.ndarray]:
    seconds = np.full((crossings, crossings), np.inf)
    following = np.zeros((crossings, crossings), dtype=np.int16)
    np.fill_diagonal(seconds, 0.0)
    for one, other, street in graph.edges(data=True):
        seconds[one, other] = street["seconds"]
        following[one, other] = other
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


@lru_cache(maxsize=8)
def street_network(city: City, period: Period = "day", *, one_way: bool = True) -> StreetNetwork:
    """The network of a city at a time of the day; made once, which takes some 0.1 s.

    Without `one_way` all streets are open both ways, as for bicycles.
    """
    return StreetNetwork(city, period, one_way=one_way)
