"""Named traffic. The same seed gives the same operations, whatever the system answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random

from designs.facebook_feed.engine.demo_users import first_follower
from designs.facebook_feed.engine.graph import MEMBERS, room_edges
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.engine.sentences import sentence
from sdlab.lab import Operation, Sample, Workload

STARS = 5
HOT = 0
CHURNERS = 40


@cache
def _by_followers() -> list[int]:
    """Members, each as often as it has followers: whoever is followed more posts more."""
    counts = room_edges().popularity().tolist()
    return [number for number, fans in enumerate(counts) for _ in range(fans)]


def by(number: int, verb: str, **args: object) -> Operation:
    """An operation of that member."""
    return Operation(verb, args, member(number).handle)


def post(rng: Random, author: int | None = None) -> Operation:
    """Somebody posts: anybody, or, as often, somebody chosen by how many follow them."""
    if author is None:
        author = rng.choice(_by_followers()) if rng.random() < 0.5 else rng.randrange(MEMBERS)
    return by(author, "post", text=sentence(rng))


def view(rng: Random) -> Operation:
    """Somebody opens their timeline."""
    return by(rng.randrange(MEMBERS), "timeline")


def everyday(rng: Random) -> Iterator[Operation]:
    """Nine views for each post; now and then somebody follows somebody."""
    while True:
        chance = rng.random()
        if chance < 0.1:
            yield post(rng)
        elif chance < 0.11:
            yield follow(rng, rng.randrange(MEMBERS))
        elif chance < 0.14:
            yield by(rng.randrange(MEMBERS), "scroll")
        else:
            yield view(rng)


def follow(rng: Random, follower: int) -> Operation:
    """A follow; of oneself it would be refused, so it never is."""
    followee = (follower + rng.randrange(1, MEMBERS)) % MEMBERS
    return by(follower, "follow", followee=followee)


def celebrity(rng: Random) -> Iterator[Operation]:
    """The five most followed members post, and their followers look."""
    while True:
        if rng.random() < 0.2:
            yield post(rng, rng.randrange(STARS))
        else:
            yield view(rng)


def storm(rng: Random) -> Iterator[Operation]:
    """The most followed member posts once, and everybody reads that post."""
    yield post(rng, HOT)
    number = 0
    while True:
        number += 1
        yield Operation("view", {"author": HOT}, "readers") if number % 20 else view(rng)


def scrollers(rng: Random) -> Iterator[Operation]:
    """Busy accounts post many times a second, and their followers scroll through page after page."""
    edges = room_edges()
    reader = first_follower(edges)
    stars = edges.followees(reader)
    while True:
        if rng.random() < 0.75:
            yield post(rng, rng.choice(stars))
        else:
            fans = edges.followers(rng.choice(stars))
            yield by(reader if rng.random() < 0.4 else rng.choice(fans), "scroll")


def churn(rng: Random) -> Iterator[Operation]:
    """A few dozen members unfollow and follow again, authors take posts back, and all of them look."""
    edges = room_edges()
    while True:
        reader = rng.randrange(CHURNERS) * 37 % MEMBERS
        stars = edges.followees(reader)
        star = rng.choice(stars)
        kind = rng.random()
        if kind < 0.30:
            yield post(rng, star)
        elif kind < 0.42:
            yield by(reader, "unfollow", followee=star)
        elif kind < 0.50:
            yield by(reader, "follow", followee=star)
        elif kind < 0.58:
            yield by(star, "delete", back=rng.randrange(3))
        else:
            yield by(reader, "timeline")


def crashes(rng: Random) -> Iterator[Operation]:
    """Accounts of middling fame post, while one worker after another ends in the middle of a job."""
    counts = room_edges().popularity().tolist()
    middling = [number for number, fans in enumerate(counts) if 30 <= fans <= 100]
    number = 0
    while True:
        number += 1
        if number % 30 == 0:
            yield Operation("kill", {"number": number // 30})
        elif number % 3 == 0:
            yield view(rng)
        else:
            yield post(rng, rng.choice(middling))


def sample(rng: Random) -> Iterator[Operation]:
    """The author on the page posts now and then, others do, and the follower looks."""
    while True:
        yield Operation("post_here", {"side": 0, "text": sentence(rng)})
        yield post(rng)
        yield Operation("look_here", {"side": 1})
        yield view(rng)


WORKLOADS = (
    Workload(
        id="everyday",
        label="Everyday",
        does="Nine views for each post; half of the posts by anybody, half by whoever is followed more.",
        operations=everyday,
        rate=60.0,
        maximum=1000.0,
    ),
    Workload(
        id="celebrity",
        label="Celebrity posts",
        does="The five most followed members post, a post for every four views.",
        operations=celebrity,
        rate=20.0,
        maximum=300.0,
    ),
    Workload(
        id="storm",
        label="Reader storm",
        does="One post of the most followed member, read over and over.",
        operations=storm,
        rate=600.0,
        maximum=1500.0,
    ),
    Workload(
        id="scrollers",
        label="Scrollers",
        does="Busy accounts post many times a second; a quarter of the operations scroll through six pages.",
        operations=scrollers,
        rate=60.0,
        maximum=300.0,
    ),
    Workload(
        id="churn",
        label="Unfollow and delete",
        does="Forty members unfollow, follow again and look, while authors take posts back.",
        operations=churn,
        rate=80.0,
        maximum=500.0,
    ),
    Workload(
        id="crashes",
        label="Workers end",
        does="Accounts with 30 to 100 followers post, and every half second a worker ends in the middle of its job.",
        operations=crashes,
        rate=60.0,
        maximum=300.0,
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "the author posts, the follower reads", sample, rate=2.0),
    on_screen=lambda snapshot: [(one.own, one.arrived) for one in snapshot.users],
)
