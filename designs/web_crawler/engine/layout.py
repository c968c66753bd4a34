"""Where things lie on the picture of the web: sites that lead to each other are near, pages lie around their site.

Sites are laid out once for each web, as a graph (networkx) that is then put on a grid so that no two lie over each other;
a page gets the next place of a spiral around its site, and keeps it.
"""

from __future__ import annotations

import math
from functools import lru_cache

import networkx as nx

from designs.web_crawler.engine.small_web import small_web

EDGE = 4_096
STEP = 27.0
GOLDEN = math.pi * (3 - math.sqrt(5))
ROUNDS = 120


@lru_cache(maxsize=8)
def centres(seed: int) -> dict[str, tuple[float, float]]:
    """The middle of each site, from 0 to `EDGE` both ways. Takes some hundredths of a second the first time."""
    web = small_web(seed)
    hosts = sorted(web.hosts)
    graph = nx.Graph()
    graph.add_nodes_from(hosts)
    for site in web.sites:
        for link in web.links(f"http://{site.host}/"):
            other = link.split("/")[2]
            if other in graph and other != site.host:
                graph.add_edge(site.host, other)
    places = nx.spring_layout(graph, seed=seed % 2**31, iterations=ROUNDS)
    return _on_a_grid({host: (float(x), float(y)) for host, (x, y) in places.items()})


def _on_a_grid(places: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    side = math.ceil(math.sqrt(len(places)))
    step = EDGE / side
    cells = {
        ((c + 0.5) * step, (r + 0.5 + 0.25 * (c % 2 - 0.5)) * step) for c in range(side) for r in range(side)
    }
    found = {}
    inmost = sorted(places, key=lambda host: (math.hypot(*places[host]), host))
    for host in inmost:
        x, y = ((one + 1) / 2 * EDGE for one in places[host])
        cell = min(cells, key=lambda at: (at[0] - x) ** 2 + (at[1] - y) ** 2 + at[0] * 1e-6)
        cells.remove(cell)
        found[host] = cell
    return found


def place(centre: tuple[float, float], number: int) -> tuple[int, int]:
    """Where the page of that number, in the order of being found, lies around its site."""
    away = STEP * math.sqrt(number)
    x = centre[0] + away * math.cos(number * GOLDEN)
    y = centre[1] + away * math.sin(number * GOLDEN)
    return max(0, min(EDGE, round(x))), max(0, min(EDGE, round(y)))


def elsewhere(host: str) -> tuple[float, float]:
    """The middle of a site that is not of the lab's web: somewhere on the edge, the same each time."""
    angle = sum(host.encode()) * GOLDEN
    return EDGE / 2 * (1 + 0.97 * math.cos(angle)), EDGE / 2 * (1 + 0.97 * math.sin(angle))
