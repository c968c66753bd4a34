"""The map of concepts and labs: a graph of what the labs say of themselves, laid out once when pages are built."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import networkx as nx

from sdlab.concepts import concepts
from sdlab.lab import Design

WIDTH, HEIGHT, MARGIN = 1160.0, 920.0, 70.0
SEED = 7
ROUNDS = 400
SPRING = 0.9
APART_ROUNDS = 200
LETTER, LINE = 6.6, 22.0  # of a name on the map


@dataclass(frozen=True, slots=True)
class Spot:
    """A lab or a concept on the map, in units of its drawing."""

    id: str
    kind: str
    title: str
    href: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ConceptMap:
    """What is drawn: spots, and lines between the spots of those numbers."""

    spots: tuple[Spot, ...]
    lines: tuple[tuple[int, int], ...]


def graph_of(labs: tuple[Design, ...]) -> nx.Graph:
    """Labs and concepts; an edge where a lab runs a concept."""
    graph = nx.Graph()
    for design in labs:
        graph.add_node(("lab", design.slug), title=design.title, href=f"/labs/{design.slug}")
    for one in concepts():
        graph.add_node(("concept", one.id), title=one.title, href=f"/concepts/{one.id}")
    for design in labs:
        graph.add_edges_from((("lab", design.slug), ("concept", one.concept)) for one in design.concepts)
    graph.remove_nodes_from([node for node, degree in list(graph.degree) if not degree])
    return graph


def concept_map(labs: tuple[Design, ...]) -> ConceptMap:
    """The graph with a place for each: what is connected is near, and the same labs give the same map."""
    graph = graph_of(labs)
    places = nx.spring_layout(graph, seed=SEED, iterations=ROUNDS, k=SPRING)
    nodes = list(graph)
    columns = [places[node][0] for node in nodes]
    rows = [places[node][1] for node in nodes]
    spots = tuple(
        Spot(
            node[1],
            node[0],
            graph.nodes[node]["title"],
            graph.nodes[node]["href"],
            _between(places[node][0], columns, WIDTH),
            _between(places[node][1], rows, HEIGHT),
        )
        for node in nodes
    )
    number = {node: at for at, node in enumerate(nodes)}
    return ConceptMap(_readable(spots), tuple((number[one], number[other]) for one, other in graph.edges))


def _readable(spots: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """The same, with names that lie over each other moved apart, up and down."""
    rows = [one.y for one in spots]
    for _ in range(APART_ROUNDS):
        for (at, one), (other_at, other) in combinations(enumerate(spots), 2):
            wide = (len(one.title) + len(other.title)) * LETTER / 2
            if abs(one.x - other.x) < wide and abs(rows[at] - rows[other_at]) < LINE:
                by = 1.0 if rows[at] >= rows[other_at] else -1.0
                rows[at] += by
                rows[other_at] -= by
    return tuple(
        replace(one, y=round(min(max(row, LINE), HEIGHT - LINE), 1))
        for one, row in zip(spots, rows, strict=True)
    )


def _between(value: float, values: list[float], size: float) -> float:
    """From the layout's range to the drawing's."""
    low, high = min(values), max(values)
    return round(MARGIN + (value - low) / ((high - low) or 1.0) * (size - 2 * MARGIN), 1)
