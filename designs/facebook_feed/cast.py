"""Who the page begins with: an author of middling fame, somebody who follows them, and what was posted before."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from random import Random

from designs.facebook_feed.graph import Ties
from designs.facebook_feed.places import Place
from designs.facebook_feed.postrows import Post
from designs.facebook_feed.texts import sentence
from sdlab.lab import Room

CELEBRITY, AUTHOR, FOLLOWER = 0, 57, 30
FEWEST_FANS, MOST_FANS = 60, 90
POSTED_BEFORE = 48
SECONDS_BETWEEN = 240
ARRIVALS_KEPT = 40

SEATS = ("Author", "Follower")


@dataclass(slots=True)
class Seat:
    """One side of the page: who is acted as there, and what has come into that timeline since."""

    title: str
    member: int
    version: int = 0
    arrived: list[int] = field(default_factory=list)

    def sit(self, member: int) -> None:
        """Somebody else is acted as."""
        self.member = member
        self.version += 1
        self.arrived.clear()

    def arrive(self, post: int) -> None:
        """A post came into this timeline."""
        if post not in self.arrived:
            self.arrived = [*self.arrived, post][-ARRIVALS_KEPT:]


@cache
def first_author(ties: Ties) -> int:
    """The most followed member whose posts are still written ahead by default."""
    counts = ties.popularity().tolist()
    return next(number for number, fans in enumerate(counts) if FEWEST_FANS <= fans <= MOST_FANS)


@cache
def first_follower(ties: Ties) -> int:
    """Somebody who follows that author and the most popular member."""
    stars = set(ties.followers(CELEBRITY))
    return next(number for number in ties.followers(first_author(ties)) if number in stars)


def posted_before(room: Room, ties: Ties, now: float) -> list[Post]:
    """What was posted before the room opened, oldest first: by the first author and whom the first follower follows."""
    rng: Random = room.rng("posted before")
    stars = ties.followees(first_follower(ties))
    authors = [first_author(ties) if n % 8 == 7 else rng.choice(stars) for n in range(POSTED_BEFORE)]
    at = int(now) - POSTED_BEFORE * SECONDS_BETWEEN
    posts = []
    for number, author in enumerate(authors, start=1):
        at += rng.randrange(0, 2 * SECONDS_BETWEEN - 10)
        at = min(at, int(now) - 60)
        posts.append(Post(Place(at, number).id, author, at, sentence(rng)))
    return posts
