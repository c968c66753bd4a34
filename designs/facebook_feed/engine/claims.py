"""What must hold: looked for in the stores, and on every page and every scroll that readers are given."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.deliveries import Deliveries, InterruptedJob
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.stores import Stores
from designs.facebook_feed.engine.timeline_page import TimelinePage
from designs.facebook_feed.engine.visibility import Visibility
from sdlab.lab import Claim, EngineContext, EvidenceView

CLAIMS = (
    Claim(
        "delivered",
        "A post that was acknowledged is in each follower's timeline, once, within two minutes",
    ),
    Claim("pages_exact", "Scrolling down a timeline shows no post twice and skips none"),
    Claim("gone", "What was unfollowed or deleted is on no page that is read afterwards"),
    Claim("in_order", "A timeline is in the order of time, newest first"),
    Claim("kept", "A post that was acknowledged is in the post store"),
)
LATEST = 120.0
CHECK_EVERY = 0.5
FEEDS_PER_CHECK = 6000
POSTS_PER_CHECK = 60
TO_CHECK = 4_000
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A post whose author was answered; `time` is Unix seconds, `at` the monotonic clock."""

    post: Post
    time: float
    at: float


@dataclass(slots=True)
class ScrollCounts:
    """What readers who scrolled were shown since the lab was opened."""

    scrolls: int = 0
    pages: int = 0
    posts: int = 0
    twice: int = 0
    never: int = 0


@dataclass(slots=True)
class Scroll:
    """One reader's way down, and what was known when it began (monotonic clock)."""

    reader: int
    began: float
    changes: int
    followees: set[int]


def name(number: int) -> str:
    """How evidence names a member."""
    return member(number).name


def step(at: float, actor: str, text: str) -> EvidenceView:
    """Something that somebody did at that moment of the monotonic clock."""
    return EvidenceView(round(at, 3), actor, text)


class ClaimChecker:
    """Looks for acknowledged posts in the stores, past the nodes that may be broken.

    `checked_feeds` were looked into, `lost` entries were in none of them.
    """

    def __init__(
        self, context: EngineContext[Config], stores: Stores, deliveries: Deliveries, visibility: Visibility
    ) -> None:
        self.checked_feeds = 0
        self.lost = 0
        self.to_check: deque[Acknowledged] = deque(maxlen=TO_CHECK)
        self._context = context
        self._stores = stores
        self._deliveries = deliveries
        self._visibility = visibility
        self._checking = asyncio.Lock()

    def acknowledged(self, post: Post) -> None:
        """This post is to be looked for from now on."""
        clock = self._context.clock
        self.to_check.append(Acknowledged(post, clock.time(), clock.monotonic()))

    async def check(self, *, everything: bool = False) -> None:
        """Look for acknowledged posts, oldest first: for as many as cost little, or for `everything`."""
        async with self._checking:
            due = [one for one in self._due(everything=everything) if self._is_still_there(one.post)]
            if due:
                self._check_kept(due, await self._stores.posts.read([one.post.id for one in due]))
            for one in due:
                await self._check_delivered(one)

    def _due(self, *, everything: bool) -> list[Acknowledged]:
        """Take those out that must have arrived by now."""
        waiting: list[Acknowledged] = []
        due: list[Acknowledged] = []
        budget = FEEDS_PER_CHECK
        for _ in range(len(self.to_check)):
            if not self.to_check or (not everything and (budget <= 0 or len(waiting) > POSTS_PER_CHECK)):
                break
            one = self.to_check.popleft()
            if not self._must_have_arrived(one):
                waiting.append(one)
                continue
            budget -= max(20, self._visibility.graph.popularity(one.post.author))
            due.append(one)
        self.to_check.extendleft(reversed(waiting))
        return due

    def _must_have_arrived(self, one: Acknowledged) -> bool:
        if one.post.id in self._visibility.deleted:
            return True
        if one.post.id in self._deliveries.placed:
            return not self._deliveries.at_work.get(one.post.id)
        return self._context.clock.time() - one.time > LATEST

    def _is_still_there(self, post: Post) -> bool:
        return post.id not in self._visibility.deleted and post.id >= self._stores.posts.floor

    def _check_kept(self, due: Sequence[Acknowledged], rows: Mapping[int, Post]) -> None:
        monitor, now = self._context.monitors["kept"], self._context.clock.monotonic()
        monitor.passed(sum(one.post.id in rows for one in due))
        for one in due:
            if one.post.id in rows or one.post.id < self._stores.posts.floor:
                continue
            missing = step(now, "claim checker", f"post {one.post.id} is not in the store")
            monitor.violated([_acknowledged(one), missing])

    async def _check_delivered(self, one: Acknowledged) -> None:
        missing = await self._missing(one.post)
        if not missing:
            self._context.monitors["delivered"].passed()
            return
        self.lost += len(missing)
        now, post = self._context.clock.monotonic(), one.post
        cause = self._deliveries.interrupted.get(post.id)
        self._context.monitors["delivered"].violated(
            [
                _acknowledged(one),
                *([_ended(cause)] if cause else []),
                *(
                    step(now, name(fan), f"follows {name(post.author)} and has no entry of it")
                    for fan in missing[:3]
                ),
                step(now, "claim checker", f"{len(missing):,} feeds lack post {post.id}"),
            ]
        )

    async def _missing(self, post: Post) -> list[int]:
        """Followers who do not find this post where they look."""
        graph, deleted = self._visibility.graph, self._visibility.deleted
        if not post.pushed:
            listed = await self._stores.authors.has(post.entry, pushed=False) or post.id in deleted
            return [] if listed else graph.followers(post.author)[:1]
        followers = self._visibility.awaited_by(post.author)
        self.checked_feeds += len(followers)
        missing = await self._stores.feeds.missing(post.entry, followers)
        # While the feeds were looked into, follows and deletions may have changed.
        return [
            fan
            for fan in missing
            if graph.follows(fan, post.author)
            and (fan, post.author) not in self._visibility.catching_up
            and post.id not in deleted
        ]


def _acknowledged(one: Acknowledged) -> EvidenceView:
    return step(one.at, name(one.post.author), f"post {one.post.id} was acknowledged")


def _ended(job: InterruptedJob) -> EvidenceView:
    text = f"ends with {job.written:,} of {job.followers:,} feeds written"
    return step(job.at, job.worker, text)


class PageChecker:
    """Compares the pages that readers are given with what was acknowledged, and scrolls with the post store."""

    def __init__(
        self, context: EngineContext[Config], stores: Stores, deliveries: Deliveries, visibility: Visibility
    ) -> None:
        self.counts = ScrollCounts()
        self._context = context
        self._stores = stores
        self._deliveries = deliveries
        self._visibility = visibility

    def check(self, reader: int, page: TimelinePage, began: float) -> None:
        """Whether a page is in order and free of what was gone before it was asked for."""
        positions = [post.entry.position for post in page.posts]
        ordered, gone = self._context.monitors["in_order"], self._context.monitors["gone"]
        wrong = next((n for n in range(1, len(positions)) if positions[n - 1] < positions[n]), 0)
        if wrong:
            ordered.violated([_showed(reader, page.posts[n], began) for n in (wrong - 1, wrong)])
        else:
            ordered.passed()
        for post in page.posts:
            if (why := self._why_gone(reader, post, began)) is not None:
                gone.violated([why, _showed(reader, post, began)])
                return
        gone.passed()

    def _why_gone(self, reader: int, post: Post, began: float) -> EvidenceView | None:
        deleted = self._visibility.deleted.get(post.id)
        if deleted is not None and deleted < began:
            return step(deleted, name(post.author), f"deletes post {post.id}; acknowledged")
        left = self._visibility.unfollowed.get((reader, post.author))
        if left is not None and left < began:
            return step(left, name(reader), f"unfollows {name(post.author)}; acknowledged")
        return None

    def begin(self, reader: int) -> Scroll:
        """A reader is about to scroll."""
        followees = set(self._visibility.graph.followees(reader))
        return Scroll(reader, self._context.clock.monotonic(), self._visibility.changes[reader], followees)

    async def end(self, scroll: Scroll, pages: Sequence[TimelinePage]) -> None:
        """Compare what was shown with what was there all the time, between the first post shown and the last.

        Nothing is said of readers who changed whom they follow meanwhile.
        """
        shown = [post for page in pages for post in page.posts]
        began = min(scroll.began, *(page.made_at for page in pages))
        if (
            not shown
            or self._visibility.changes[scroll.reader] != scroll.changes
            or any(moment > began for moment in self._visibility.last_unfollowed(scroll.reader))
        ):
            return
        times = Counter(post.id for post in shown)
        twice = [id for id, count in times.items() if count > 1]
        newest = max(post.id for post in pages[0].posts)
        there = await self._stores.posts.between(scroll.followees, min(times), newest)
        never = [
            post
            for post in there
            if post.id not in times
            and post.id not in self._visibility.deleted
            and self._deliveries.placed_before(post.id, began)
        ]
        self._count(len(pages), len(shown), len(twice), len(never))
        if not twice and not never:
            self._context.monitors["pages_exact"].passed()
            return
        self._context.monitors["pages_exact"].violated(
            [
                *_page_ends(scroll, pages),
                *self._shown_wrongly(scroll.reader, never, {id: times[id] for id in twice}),
            ]
        )

    def _shown_wrongly(
        self, reader: int, never: Sequence[Post], twice: Mapping[int, int]
    ) -> list[EvidenceView]:
        """The first few posts that were never shown, and those that were shown more than once."""
        now = self._context.clock.monotonic()
        found = [
            step(now, name(one.author), f"post {one.id} of second {one.at} is on no page")
            for one in never[:3]
        ]
        for id in list(twice)[:3]:
            found.append(step(now, name(reader), f"post {id} was shown {twice[id]} times"))
        return found

    def _count(self, pages: int, posts: int, twice: int, never: int) -> None:
        self.counts.scrolls += 1
        self.counts.pages += pages
        self.counts.posts += posts
        self.counts.twice += twice
        self.counts.never += never


def _showed(reader: int, post: Post, at: float) -> EvidenceView:
    return step(at, name(reader), f"is shown post {post.id} by {name(post.author)}, of second {post.at}")


def _page_ends(scroll: Scroll, pages: Sequence[TimelinePage]) -> list[EvidenceView]:
    ends = [page.posts[-1] for page in pages[:SHOWN] if page.posts][:4]
    return [
        step(scroll.began, name(scroll.reader), f"page ends with post {one.id} of second {one.at}")
        for one in ends
    ]
