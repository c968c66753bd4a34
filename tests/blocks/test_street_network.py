"""Times and ways of the streets against Dijkstra's algorithm."""

from __future__ import annotations

from random import Random

import networkx as nx
import pytest

from sdlab.blocks.city import make_city
from sdlab.blocks.street_network import street_network

NETWORK = street_network(make_city(3))


def test_times_are_those_of_dijkstra_and_ways_take_as_long_as_they_say() -> None:
    rng = Random(1)
    for _ in range(40):
        start, end = rng.randrange(NETWORK.crossings), rng.randrange(NETWORK.crossings)
        wanted = nx.dijkstra_path_length(NETWORK.graph, start, end, weight="seconds")
        assert NETWORK.seconds[start, end] == pytest.approx(wanted)
        way = NETWORK.way(start, end)
        assert nx.path_weight(NETWORK.graph, way, "seconds") == pytest.approx(wanted)
        assert NETWORK.metres(way) == pytest.approx(nx.path_weight(NETWORK.graph, way, "metres"))


def test_a_place_belongs_to_the_nearest_crossing() -> None:
    rng = Random(2)
    for _ in range(40):
        crossing = rng.randrange(NETWORK.crossings)
        x, y = NETWORK.place(crossing)
        assert NETWORK.nearest(x + rng.uniform(-50, 50), y + rng.uniform(-50, 50)) == crossing
    assert NETWORK.nearest(-1e6, -1e6) == 0
    assert NETWORK.nearest(1e6, 1e6) == NETWORK.crossings - 1
