"""Connections: a slow follower gets the newest position, a dropped one resumes."""

from __future__ import annotations

import pytest

from designs.location_tracking.engine.connections import MAX_CONNECTIONS, ConnectionManager
from designs.location_tracking.engine.position import Position
from sdlab.lab import TooMany
from tests.designs.location_tracking.conftest import HERE


def test_a_slow_follower_gets_the_newest_position() -> None:
    connections = ConnectionManager()
    with connections.follow("b1") as newest, connections.follow("b2") as other:
        for t in range(3):
            connections.publish(Position("b1", t, *HERE))
        assert newest.get_nowait().t == 2
        assert newest.empty()
        assert other.empty()
    assert (connections.following, connections.sent) == (0, 3)


def test_who_was_cut_and_comes_back_has_resumed() -> None:
    connections = ConnectionManager()
    cut = connections.cut
    with connections.follow("b1"), connections.send("b2"):
        assert connections.cut_all() == 2
    assert cut.is_set()
    assert not connections.cut.is_set()
    with connections.follow("b1"), connections.send("b2"), connections.send("b3"):
        assert (connections.following, connections.sending) == (1, 2)
    assert (connections.dropped, connections.resumed) == (2, 2)


def test_a_room_has_its_share_of_connections() -> None:
    connections = ConnectionManager()
    senders = [connections.send("b1") for _ in range(MAX_CONNECTIONS)]
    for one in senders:
        one.__enter__()
    with pytest.raises(TooMany), connections.follow("b1"):
        pass
    for one in senders:
        one.__exit__(None, None, None)
    with connections.follow("b1"):
        assert connections.following == 1
