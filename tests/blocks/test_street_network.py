"""Times and ways of the streets against Dijkstra's algorithm."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import networkx as nx
import pytest

from sdlab.blocks.city import make_city
from sdlab.blocks.street_network import NEARLY, direction, period_of, street_network

CITY = make_city(3)
NETWORK = street_network(CITY)


@pytest.mark.parametrize("hour", [3, 8, 12])
def test_times_are_those_of_dijkstra_and_ways_take_as_long_as_they_say(hour: float) -> None:
    rng, network = Random(1), street_network(CITY, period_of(hour))
    for _ in range(40):
        start, end = rng.randrange(network.crossings), rng.randrange(network.crossings)
        wanted = nx.dijkstra_path_length(network.graph, start, end, weight="seconds")
        assert network.seconds[start, end] == pytest.approx(wanted)
        way = network.way(start, end)
        assert nx.path_weight(network.graph, way, "seconds") == pytest.approx(wanted)
        assert network.metres(way) == pytest.approx(nx.path_weight(network.graph, way, "metres"))


@pytest.mark.parametrize("seed", range(12))
def test_every_crossing_is_reached_from_every_other_though_streets_are_one_way(seed: int) -> None:
    city = make_city(seed)
    graph = street_network(city).graph
    assert nx.is_strongly_connected(graph)
    assert sum(not graph.has_edge(end, start) for start, end in graph.edges) > graph.number_of_edges() / 4


def test_nobody_drives_against_a_one_way_street() -> None:
    rng = Random(4)
    for _ in range(40):
        way = NETWORK.way(rng.randrange(NETWORK.crossings), rng.randrange(NETWORK.crossings))
        for one, other in pairwise(way):
            along_row = one // NETWORK.columns == other // NETWORK.columns
            line, lines = (
                (one // NETWORK.columns, NETWORK.rows)
                if along_row
                else (one % NETWORK.columns, NETWORK.columns)
            )
            assert (other - one) * direction(line, lines) >= 0


def test_main_streets_are_slow_when_everybody_drives_and_quick_at_night() -> None:
    night, day, rush = (street_network(CITY, period_of(hour)) for hour in (2, 11, 17))
    assert (night.seconds <= day.seconds).all()
    assert (day.seconds <= rush.seconds).all()
    assert day.seconds.mean() * 1.1 < rush.seconds.mean()


def test_bicycles_may_go_both_ways() -> None:
    open_ways = street_network(CITY, one_way=False)
    assert (open_ways.seconds == open_ways.seconds.T).all()
    assert (open_ways.seconds <= NETWORK.seconds + NEARLY).all()


def test_a_place_belongs_to_the_nearest_crossing() -> None:
    rng = Random(2)
    for _ in range(40):
        crossing = rng.randrange(NETWORK.crossings)
        x, y = NETWORK.place(crossing)
        assert NETWORK.nearest(x + rng.uniform(-50, 50), y + rng.uniform(-50, 50)) == crossing
    assert NETWORK.nearest(-1e6, -1e6) == 0
    assert NETWORK.nearest(1e6, 1e6) == NETWORK.crossings - 1
