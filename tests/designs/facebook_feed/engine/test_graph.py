"""The graph is a power law, says the same in both directions, and follows changes."""

from __future__ import annotations

import numpy as np

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.demo_users import AUTHOR, CELEBRITY, FOLLOWER, first_author, first_follower
from designs.facebook_feed.engine.graph import (
    FOLLOWS,
    MEMBERS,
    FollowGraph,
    power_law,
    room_edges,
)
from designs.facebook_feed.engine.members import member, numbers_of_handles


def test_both_directions_agree() -> None:
    edges = power_law(300, 3000, seed=4)
    pairs = {(one, other) for one in range(300) for other in edges.followees(one)}
    assert len(pairs) == edges.follows == 3000
    assert pairs == {(fan, one) for one in range(300) for fan in edges.followers(one)}
    assert all(one != other for one, other in pairs)
    assert edges.popularity().tolist() == [len(edges.followers(one)) for one in range(300)]


def test_few_have_most_of_the_followers() -> None:
    fans = np.sort(room_edges().popularity())[::-1]
    assert len(fans) == MEMBERS
    assert fans.sum() == FOLLOWS
    assert fans[: MEMBERS // 10].sum() > FOLLOWS / 2
    assert np.median(fans) < fans.mean() / 2


def test_the_same_seed_gives_the_same_graph() -> None:
    one, same, other = (power_law(200, 900, seed=seed) for seed in (1, 1, 2))
    assert [one.followees(n) for n in range(200)] == [same.followees(n) for n in range(200)]
    assert [one.followees(n) for n in range(200)] != [other.followees(n) for n in range(200)]


def test_changes_are_seen_from_both_sides() -> None:
    graph = FollowGraph(power_law(50, 300, seed=1))
    follower, followee = next((n, 0) for n in range(1, 50) if not graph.follows(n, 0))
    before = graph.popularity(followee)
    assert graph.put(follower, followee, follows=True)
    assert not graph.put(follower, followee, follows=True)
    assert follower in graph.followers(followee)
    assert followee in graph.followees(follower)
    assert graph.popularity(followee) == before + 1 == len(graph.followers(followee))
    assert graph.put(follower, followee, follows=False)
    assert graph.popularity(followee) == before
    assert not graph.follows(follower, followee)


def test_the_page_begins_with_somebody_whose_posts_are_written_ahead() -> None:
    edges = room_edges()
    assert (first_author(edges), first_follower(edges)) == (AUTHOR, FOLLOWER)
    assert len(edges.followers(AUTHOR)) <= Config().threshold < len(edges.followers(CELEBRITY))
    assert {AUTHOR, CELEBRITY} <= set(edges.followees(FOLLOWER))


def test_handles_are_unique() -> None:
    assert len(numbers_of_handles(MEMBERS)) == MEMBERS
    assert numbers_of_handles(MEMBERS)[member(7).handle] == 7
