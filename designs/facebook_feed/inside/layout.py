"""Where members are drawn in the graph: computed once with networkx, kept beside this file.

`python -m designs.facebook_feed.inside.layout` computes it anew (ten seconds): ForceAtlas2, by M. Jacomy and
others, PLoS ONE 9(6), 2014, in which those who follow each other pull and all others push.
"""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import numpy.typing as npt

from designs.facebook_feed.engine.graph import MEMBERS, FollowEdges, room_edges

FILE = Path(__file__).with_name("layout.txt")
STEPS = 60
SEED = 1
EDGE = 98.5
LARGEST = 255

Bytes = npt.NDArray[np.uint8]


def compute(edges: FollowEdges) -> Bytes:
    """A pair of bytes per member: from the left, from the top."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(edges.size))
    graph.add_edges_from((one, other) for one in range(edges.size) for other in edges.followees(one))
    found = nx.forceatlas2_layout(graph, max_iter=STEPS, seed=SEED)
    drawn = np.array([found[number] for number in range(edges.size)])
    low, high = np.percentile(drawn, [100 - EDGE, EDGE], axis=0)
    scaled: Bytes = (np.clip((drawn - low) / (high - low), 0, 1) * LARGEST).astype(np.uint8)
    return scaled


def positions() -> str:
    """The kept layout, base64."""
    return FILE.read_text(encoding="ascii").strip()


def sizes() -> str:
    """How large each member is drawn, a byte each, base64: the square root of the followers."""
    fans = room_edges().popularity()
    scaled = np.sqrt(fans / fans.max()) * LARGEST
    return base64.b64encode(scaled.astype(np.uint8).tobytes()).decode()


if __name__ == "__main__":
    computed = compute(room_edges())
    assert computed.shape == (MEMBERS, 2)
    FILE.write_text(base64.b64encode(computed.tobytes()).decode() + "\n", encoding="ascii")
