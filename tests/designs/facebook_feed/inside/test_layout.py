"""The kept layout of the graph belongs to the graph."""

from __future__ import annotations

import base64

import numpy as np

from designs.facebook_feed.engine.graph import MEMBERS, room_edges
from designs.facebook_feed.inside.layout import positions, sizes


def test_the_kept_layout_shows_this_graph() -> None:
    places = np.frombuffer(base64.b64decode(positions()), dtype=np.uint8).reshape(-1, 2).astype(float)
    drawn = np.frombuffer(base64.b64decode(sizes()), dtype=np.uint8)
    edges = room_edges()
    assert places.shape == (MEMBERS, 2)
    assert drawn.argmax() == edges.popularity().argmax()
    rng = np.random.default_rng(1)
    pairs = [(one, other) for one in range(MEMBERS) for other in edges.followees(one)]
    tied = np.array([places[one] - places[other] for one, other in pairs])
    strangers = places[rng.integers(0, MEMBERS, len(pairs))] - places[rng.integers(0, MEMBERS, len(pairs))]
    assert np.hypot(*tied.T).mean() < np.hypot(*strangers.T).mean() * 0.95
