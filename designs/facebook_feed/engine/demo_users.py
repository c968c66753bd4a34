"""The two people on the page: an author of middling fame and somebody who follows them; each can become anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.graph import FollowEdges, FollowGraph
from designs.facebook_feed.engine.members import Members, member
from designs.facebook_feed.engine.post_store import Post, PostStore
from designs.facebook_feed.engine.timeline_page import PAGE
from sdlab.lab import EngineContext, NotFound

CELEBRITY, AUTHOR, FOLLOWER = 0, 57, 30
FEWEST_FOLLOWERS, MOST_FOLLOWERS = 60, 90
ARRIVALS_KEPT = 40

TITLES = ("Author", "Follower")


@dataclass(slots=True)
class DemoUser:
    """One side of the page: who acts there, what that member posted, and what has come into the timeline since.

    `version` counts changes of what the timeline shows.
    """

    title: str
    member: int
    version: int = 0
    arrived: list[int] = field(default_factory=list)
    own: list[Post] = field(default_factory=list)

    @property
    def handle(self) -> str:
        """The name under which this user acts."""
        return member(self.member).handle

    def become(self, member: int) -> None:
        """Somebody else acts here from now on."""
        self.member = member
        self.version += 1
        self.arrived.clear()

    def arrive(self, post: int) -> None:
        """A post came into this timeline."""
        if post not in self.arrived:
            self.arrived = [*self.arrived, post][-ARRIVALS_KEPT:]


@cache
def first_author(edges: FollowEdges) -> int:
    """The most followed member whose posts are still written ahead by default."""
    counts = edges.popularity().tolist()
    return next(number for number, fans in enumerate(counts) if FEWEST_FOLLOWERS <= fans <= MOST_FOLLOWERS)


@cache
def first_follower(edges: FollowEdges) -> int:
    """Somebody who follows that author and the most popular member."""
    stars = set(edges.followers(CELEBRITY))
    return next(number for number in edges.followers(first_author(edges)) if number in stars)


class DemoUsers:
    """Both of them, told of what concerns them."""

    def __init__(
        self, context: EngineContext[Config], graph: FollowGraph, members: Members, posts: PostStore
    ) -> None:
        self._context = context
        self._graph = graph
        self._members = members
        self._posts = posts
        first = first_author(graph.edges), first_follower(graph.edges)
        self.users = tuple(DemoUser(title, number) for title, number in zip(TITLES, first, strict=True))

    async def open(self) -> None:
        """Have at hand what both sides show."""
        for user in self.users:
            await self._show(user)

    def at(self, side: int) -> DemoUser:
        """Who acts on that side of the page; `NotFound` when there is no such side."""
        if not 0 <= side < len(self.users):
            raise NotFound("there is no such side")
        return self.users[side]

    async def become(self, side: int, number: int) -> None:
        """Somebody else acts on one side of the page."""
        user = self.at(side)
        async with self._context.request("become") as trace:
            user.become(self._members.known(number))
            self._context.decide("everybody here is made up: whoever looks may be any member")
            await self._show(user)
            trace.sentence = f"the {user.title.lower()} is {member(number).name} now"
        self._context.changed()

    async def _show(self, user: DemoUser) -> None:
        user.own = await self._posts.newest_of(user.member, self._posts.last_id + 1, PAGE)

    def arrived(self, post: Post, members: Sequence[int]) -> None:
        """A post is in these members' feeds."""
        for user in self.users:
            if user.member in members:
                user.arrive(post.id)

    def arrived_for_followers(self, post: Post) -> None:
        """A post is where followers of its author find it."""
        for user in self.users:
            if self._graph.follows(user.member, post.author):
                user.arrive(post.id)

    def posted(self, post: Post) -> None:
        """Somebody's newest post is stored."""
        for user in self.users:
            if user.member == post.author:
                user.own = [post, *(one for one in user.own if one.id != post.id)][:PAGE]

    def deleted(self, post: Post) -> None:
        """A post is gone from what its author and its author's followers see."""
        for user in self.users:
            if user.member == post.author:
                user.own = [one for one in user.own if one.id != post.id]
            if user.member == post.author or self._graph.follows(user.member, post.author):
                user.version += 1

    def follows_changed(self, follower: int) -> None:
        """Somebody follows others than before."""
        for user in self.users:
            user.version += user.member == follower
