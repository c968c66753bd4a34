"""The graph is a power law, says the same in both directions, and follows changes; its picture belongs to it."""

from __future__ import annotations

import base64

import numpy as np

from designs.facebook_feed.cast import AUTHOR, CELEBRITY, FOLLOWER, first_author, first_follower
from designs.facebook_feed.config import Config
from designs.facebook_feed.graph import (
    FOLLOWS,
    MEMBERS,
    SocialGraph,
    member,
    numbers_of_handles,
    power_law,
    room_ties,
)
from designs.facebook_feed.layout import positions, sizes


def test_both_directions_agree() -> None:
    ties = power_law(300, 3000, seed=4)
    pairs = {(one, other) for one in range(300) for other in ties.followees(one)}
    assert len(pairs) == ties.follows == 3000
    assert pairs == {(fan, one) for one in range(300) for fan in ties.followers(one)}
    assert all(one != other for one, other in pairs)
    assert ties.popularity().tolist() == [len(ties.followers(one)) for one in range(300)]


def test_few_have_most_of_the_followers() -> None:
    fans = np.sort(room_ties().popularity())[::-1]
    assert len(fans) == MEMBERS
    assert fans.sum() == FOLLOWS
    assert fans[: MEMBERS // 10].sum() > FOLLOWS / 2
    assert np.median(fans) < fans.mean() / 2


def test_the_same_seed_gives_the_same_graph() -> None:
    one, same, other = (power_law(200, 900, seed=seed) for seed in (1, 1, 2))
    assert [one.followees(n) for n in range(200)] == [same.followees(n) for n in range(200)]
    assert [one.followees(n) for n in range(200)] != [other.followees(n) for n in range(200)]


def test_changes_are_seen_from_both_sides() -> None:
    graph = SocialGraph(power_law(50, 300, seed=1))
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
    ties = room_ties()
    assert (first_author(ties), first_follower(ties)) == (AUTHOR, FOLLOWER)
    assert len(ties.followers(AUTHOR)) <= Config().threshold < len(ties.followers(CELEBRITY))
    assert {AUTHOR, CELEBRITY} <= set(ties.followees(FOLLOWER))


def test_handles_are_unique() -> None:
    assert len(numbers_of_handles(MEMBERS)) == MEMBERS
    assert numbers_of_handles(MEMBERS)[member(7).handle] == 7


def test_the_kept_layout_shows_this_graph() -> None:
    places = np.frombuffer(base64.b64decode(positions()), dtype=np.uint8).reshape(-1, 2).astype(float)
    drawn = np.frombuffer(base64.b64decode(sizes()), dtype=np.uint8)
    ties = room_ties()
    assert places.shape == (MEMBERS, 2)
    assert drawn.argmax() == ties.popularity().argmax()
    rng = np.random.default_rng(1)
    pairs = [(one, other) for one in range(MEMBERS) for other in ties.followees(one)]
    tied = np.array([places[one] - places[other] for one, other in pairs])
    strangers = places[rng.integers(0, MEMBERS, len(pairs))] - places[rng.integers(0, MEMBERS, len(pairs))]
    assert np.hypot(*tied.T).mean() < np.hypot(*strangers.T).mean() * 0.95
