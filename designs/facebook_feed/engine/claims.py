"""What must hold: looked for in the stores, and on every page and every scroll that readers are given."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.deliveries import Deliveries, InterruptedJob
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.recent import Recent
from designs.facebook_feed.engine.stores import Stores
from designs.facebook_feed.engine.timeline_page import TimelinePage
from designs.facebook_feed.engine.visibility import Visibility
from sdlab.lab import (
    Claim,
    Clock,
    EngineContext,
    EvidenceView,
    cause_step,
    read_step,
    time_of_day,
    write_step,
)

CLAIMS = (
    Claim(
        "delivered",
        "in every timeline once",
        "A post that was acknowledged is in each follower's timeline, once, within two minutes",
    ),
    Claim(
        "pages_exact",
        "no post twice, none lost",
        "Scrolling down a timeline shows no post twice and skips none",
    ),
    Claim("gone", "gone is gone", "What was unfollowed or deleted is on no page that is read afterwards"),
    Claim("in_order", "newest first", "A timeline is in the order of time, newest first"),
    Claim("kept", "every post stored", "A post that was acknowledged is in the post store"),
)
LATEST = 120.0
CHECK_EVERY = 0.5
FEEDS_PER_CHECK = 6000
POSTS_PER_CHECK = 60
TO_CHECK = 4_000
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A post whose author was answered; `time` is Unix seconds. Posted from `began` to `at` (monotonic clock)."""

    post: Post
    time: float
    began: float
    at: float


@dataclass(frozen=True, slots=True)
class Gone:
    """An unfollow or a deletion that was acknowledged; it was done from `began` to `at` (monotonic clock)."""

    began: float
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

    def acknowledged(self, post: Post, began: float) -> None:
        """This post, begun at that moment of the monotonic clock, is to be looked for from now on."""
        clock = self._context.clock
        self.to_check.append(Acknowledged(post, clock.time(), began, clock.monotonic()))

    async def check(self, *, everything: bool = False) -> None:
        """Look for acknowledged posts, oldest first: for as many as cost little, or for `everything`."""
        async with self._checking:
            due = [one for one in self._due(everything=everything) if self._is_still_there(one.post)]
            if due:
                began = self._context.clock.monotonic()
                self._check_kept(due, await self._stores.posts.read([one.post.id for one in due]), began)
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

    def _check_kept(self, due: Sequence[Acknowledged], rows: Mapping[int, Post], began: float) -> None:
        monitor, now = self._context.monitors["kept"], self._context.clock.monotonic()
        for one in due:
            row = rows.get(one.post.id)
            if row is not None and (row.author, row.text) == (one.post.author, one.post.text):
                monitor.passed()
            elif one.post.id >= self._stores.posts.floor:
                saw = "no such row" if row is None else f"another post, by {name(row.author)}"
                looked = f"looks for post {one.post.id}"
                steps = [_acknowledged(one), read_step("post store", looked, began, now, saw=saw, lost=True)]
                monitor.violated(_by_the_clock(self._context.clock, steps))

    async def _check_delivered(self, one: Acknowledged) -> None:
        began = self._context.clock.monotonic()
        missing, twice = await self._missing(one.post), await self._twice(one.post)
        if not missing and not twice:
            self._context.monitors["delivered"].passed()
            return
        self.lost += len(missing)
        now, post = self._context.clock.monotonic(), one.post
        cause = self._deliveries.interrupted.get(post.id)
        steps = [
            read_step(name(fan), f"follows {name(post.author)}", began, now, saw="no entry of it", lost=True)
            for fan in missing[:3]
        ]
        if missing:
            lacking = f"{len(missing):,} feeds lack post {post.id}"
            steps.append(read_step("claim checker", lacking, now, now))
        if twice:
            said = "has it in the author's list as well as in feeds"
            steps.append(read_step("every follower", said, began, now, saw=f"post {post.id} twice"))
        steps = [_acknowledged(one), *(_ended(cause) if cause else []), *steps]
        self._context.monitors["delivered"].violated(_by_the_clock(self._context.clock, steps))

    async def _twice(self, post: Post) -> bool:
        """Whether a post that is in feeds is also in the list that readers merge in."""
        return post.pushed and await self._stores.authors.has(post.entry, pushed=False)

    async def _missing(self, post: Post) -> list[int]:
        """Followers who do not find this post where they look."""
        graph, deleted = self._visibility.graph, self._visibility.deleted
        if not post.pushed:
            listed = await self._stores.authors.has(post.entry, pushed=False)
            given_up = post.id in deleted or post.id < self._stores.posts.floor
            return [] if listed or given_up else graph.followers(post.author)
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
    said = f"post {one.post.id} was acknowledged"
    return write_step(name(one.post.author), said, one.began, one.at, wrote=f"post {one.post.id}")


def _ended(job: InterruptedJob) -> list[EvidenceView]:
    written = f"{job.written:,} of {job.followers:,} feeds"
    return [
        write_step(job.worker, "writes feeds", job.began, job.at, wrote=written, lost=True),
        cause_step(job.worker, f"ends with {written} written", job.at),
    ]


def _by_the_clock(clock: Clock, steps: Sequence[EvidenceView]) -> list[EvidenceView]:
    """Steps of the monotonic clock with their times of day."""
    since = clock.time() - clock.monotonic()
    return [replace(one, t=one.t + since, end=one.end + since) for one in steps]


class PageChecker:
    """Compares the pages that readers are given with what was acknowledged, and scrolls with the post store."""

    def __init__(
        self, context: EngineContext[Config], stores: Stores, deliveries: Deliveries, visibility: Visibility
    ) -> None:
        self.counts = ScrollCounts()
        self._deleted: Recent[int, Gone] = Recent()
        self._unfollowed: Recent[tuple[int, int], Gone] = Recent()
        self._context = context
        self._stores = stores
        self._deliveries = deliveries
        self._visibility = visibility

    # What was acknowledged, by a record of its own: readers are kept from it by another one

    def deleted(self, post: int, began: float) -> None:
        """An author was told that this post is deleted."""
        self._deleted.note(post, Gone(began, self._context.clock.monotonic()))

    def unfollowed(self, reader: int, author: int, began: float) -> None:
        """A reader was told that it no longer follows that author."""
        self._unfollowed.note((reader, author), Gone(began, self._context.clock.monotonic()))

    def follows(self, reader: int, author: int) -> None:
        """A reader is about to follow that author."""
        self._unfollowed.drop((reader, author))

    def check(self, reader: int, page: TimelinePage, began: float) -> None:
        """Whether a page is in order and free of what was gone before it was asked for."""
        positions = [post.entry.position for post in page.posts]
        ordered, gone = self._context.monitors["in_order"], self._context.monitors["gone"]
        wrong = next((n for n in range(1, len(positions)) if positions[n - 1] < positions[n]), 0)
        if wrong:
            two = page.posts[wrong - 1 : wrong + 1]
            steps = [*map(self._posted, two), *(self._showed(reader, one, began, lost=True) for one in two)]
            ordered.violated(_by_the_clock(self._context.clock, steps))
        else:
            ordered.passed()
        for post in page.posts:
            if (why := self._why_gone(reader, post, began)) is not None:
                steps = [self._posted(post), why, self._showed(reader, post, began, lost=True)]
                gone.violated(_by_the_clock(self._context.clock, steps))
                return
        gone.passed()

    def _why_gone(self, reader: int, post: Post, began: float) -> EvidenceView | None:
        deleted = self._deleted.get(post.id)
        if deleted is not None and deleted.at < began:
            said = f"deletes post {post.id}; acknowledged"
            return write_step(name(post.author), said, deleted.began, deleted.at, wrote="deleted")
        left = self._unfollowed.get((reader, post.author))
        if left is not None and left.at < began:
            said = f"unfollows {name(post.author)}; acknowledged"
            return write_step(name(reader), said, left.began, left.at, wrote="follows no longer")
        return None

    def _posted(self, post: Post) -> EvidenceView:
        """When a post was made, to the second that its row has."""
        clock = self._context.clock
        at = clock.monotonic() - max(0.0, clock.time() - post.at)
        return write_step(name(post.author), "posts", at, at, wrote=f"post {post.id}")

    def _showed(self, reader: int, post: Post, began: float, *, lost: bool = False) -> EvidenceView:
        said = f"is shown post {post.id} by {name(post.author)}, of {time_of_day(post.at)}"
        now = self._context.clock.monotonic()
        return read_step(name(reader), said, began, now, saw=f"post {post.id}", lost=lost)

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
        steps = [
            *_page_reads(scroll, pages),
            *self._shown_wrongly(never, [(post, times[post.id]) for post in _once(shown, twice)]),
        ]
        self._context.monitors["pages_exact"].violated(_by_the_clock(self._context.clock, steps))

    def _shown_wrongly(self, never: Sequence[Post], twice: Sequence[tuple[Post, int]]) -> list[EvidenceView]:
        """The first few posts that were never shown, and those that were shown more than once."""
        found = []
        for post, how in [
            *((one, "is on no page") for one in never[:3]),
            *((one, f"was shown {times} times") for one, times in twice[:3]),
        ]:
            posted, said = self._posted(post), f"post {post.id} of {time_of_day(post.at)} {how}"
            found.append(write_step(posted.actor, said, posted.t, posted.end, wrote=posted.value, lost=True))
        return found

    def _count(self, pages: int, posts: int, twice: int, never: int) -> None:
        self.counts.scrolls += 1
        self.counts.pages += pages
        self.counts.posts += posts
        self.counts.twice += twice
        self.counts.never += never


def _once(posts: Sequence[Post], ids: Sequence[int]) -> list[Post]:
    """The posts with these ids, each once."""
    by_id = {post.id: post for post in posts}
    return [by_id[id] for id in ids]


def _page_reads(scroll: Scroll, pages: Sequence[TimelinePage]) -> list[EvidenceView]:
    """The first pages that the reader was given, each with the posts at its ends."""
    return [
        read_step(
            name(scroll.reader),
            f"reads page {number}, which ends with a post of {time_of_day(page.posts[-1].at)}",
            page.asked_at,
            page.given_at,
            saw=f"posts {page.posts[0].id} to {page.posts[-1].id}",
        )
        for number, page in enumerate(pages[:SHOWN], start=1)
        if page.posts
    ]
