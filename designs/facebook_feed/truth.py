"""Holding the feed to its claims: every page that is read, every post that was acknowledged, every scroll."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.facebook_feed.graph import member
from designs.facebook_feed.ledger import Acknowledged, Cut, Parts
from designs.facebook_feed.places import Place
from designs.facebook_feed.postrows import Post
from designs.facebook_feed.timelines import Page
from sdlab.lab import EvidenceView, Monitor

LATEST = 120.0
AUDIT_EVERY = 0.5
FEEDS_PER_AUDIT = 6000
POSTS_PER_AUDIT = 60
SHOWN = 6


@dataclass(slots=True)
class Paged:
    """What readers who scrolled were shown."""

    scrolls: int = 0
    pages: int = 0
    posts: int = 0
    twice: int = 0
    never: int = 0


@dataclass(slots=True)
class Scroll:
    """One reader's way down: what was shown, in order, and what was known when it began."""

    reader: int
    began: float
    changes: int
    followees: set[int]
    shown: list[Post]


class Truth:
    """Checks claims against the stores and against what was acknowledged, past the nodes that may be broken."""

    def __init__(self, parts: Parts, monitors: dict[str, Monitor]) -> None:
        self._parts = parts
        self._monitors = monitors
        self.paged = Paged()
        self.checked_feeds = 0
        self.lost = 0
        self._auditing = asyncio.Lock()

    # Pages

    def page(self, reader: int, page: Page, began: float) -> None:
        """Whether a page is in order and free of what was gone before it was asked for."""
        places = [post.entry.place for post in page.posts]
        ordered = self._monitors["in_order"]
        wrong = next((n for n in range(1, len(places)) if places[n - 1] < places[n]), 0)
        if wrong:
            ordered.broke([self._showed(reader, page.posts[n], began) for n in (wrong - 1, wrong)])
        else:
            ordered.hold()
        gone = self._monitors["gone"]
        for post in page.posts:
            why = self._why_gone(reader, post, began)
            if why is None:
                continue
            gone.broke([why, self._showed(reader, post, began)])
            return
        gone.hold()

    def _why_gone(self, reader: int, post: Post, began: float) -> EvidenceView | None:
        ledger = self._parts.ledger
        deleted = ledger.deleted.get(post.id)
        if deleted is not None and deleted < began:
            return self._step(deleted, name(post.author), f"deletes post {post.id}; acknowledged")
        left = ledger.unfollowed.get((reader, post.author))
        if left is not None and left < began:
            return self._step(left, name(reader), f"unfollows {name(post.author)}; acknowledged")
        return None

    def _showed(self, reader: int, post: Post, at: float) -> EvidenceView:
        return self._step(
            at, name(reader), f"is shown post {post.id} by {name(post.author)}, of second {post.at}"
        )

    def _step(self, at: float, actor: str, text: str) -> EvidenceView:
        return EvidenceView(round(at, 3), actor, text)

    # Scrolling

    def begin(self, reader: int) -> Scroll:
        """A reader is about to scroll."""
        graph, ledger = self._parts.graph, self._parts.ledger
        return Scroll(
            reader,
            self._parts.clock.monotonic(),
            ledger.changes[reader],
            set(graph.followees(reader)),
            [],
        )

    async def end(self, scroll: Scroll, pages: Sequence[Page]) -> None:
        """Compare what was shown with what was there all the time, between the first post shown and the last."""
        ledger = self._parts.ledger
        shown = [post for page in pages for post in page.posts]
        if not shown or ledger.changes[scroll.reader] != scroll.changes:
            return
        began = min(scroll.began, *(page.made_at for page in pages))
        if any(found > began for found in self._recent_changes(scroll.reader)):
            return
        times = Counter(post.id for post in shown)
        twice = [id for id, count in times.items() if count > 1]
        there = await self._parts.rows.between(
            scroll.followees, min(times), max(post.id for post in pages[0].posts)
        )
        never = [
            post
            for post in there
            if post.id not in times and post.id not in ledger.deleted and ledger.placed_before(post.id, began)
        ]
        self.paged.scrolls += 1
        self.paged.pages += len(pages)
        self.paged.posts += len(shown)
        self.paged.twice += len(twice)
        self.paged.never += len(never)
        monitor = self._monitors["pages_exact"]
        if not twice and not never:
            monitor.hold()
            return
        ends = [page.posts[-1] for page in pages[:SHOWN] if page.posts]
        evidence = [
            self._step(scroll.began, name(scroll.reader), f"page ends with post {one.id} of second {one.at}")
            for one in ends
        ][:4]
        now = self._parts.clock.monotonic()
        evidence += [
            self._step(now, name(one.author), f"post {one.id} of second {one.at} is on no page")
            for one in never[:3]
        ]
        evidence += [
            self._step(now, name(scroll.reader), f"post {id} was shown {times[id]} times") for id in twice[:3]
        ]
        monitor.broke(evidence)

    def _recent_changes(self, reader: int) -> list[float]:
        """When this reader last unfollowed somebody whom it follows again by now."""
        ledger = self._parts.ledger
        found = (ledger.unfollowed.get((reader, one)) for one in self._parts.graph.followees(reader))
        return [one for one in found if one is not None]

    # Posts

    async def audit(self, *, everything: bool = False) -> None:
        """Look for acknowledged posts in every follower's feed, oldest first."""
        async with self._auditing:
            await self._audit(everything=everything)

    async def _audit(self, *, everything: bool) -> None:
        ledger = self._parts.ledger
        waiting: list[Acknowledged] = []
        due: list[Acknowledged] = []
        budget = FEEDS_PER_AUDIT
        for _ in range(len(ledger.to_audit)):
            if not ledger.to_audit or (not everything and (budget <= 0 or len(waiting) > POSTS_PER_AUDIT)):
                break
            one = ledger.to_audit.popleft()
            if not self._is_due(one):
                waiting.append(one)
                continue
            budget -= max(20, self._parts.graph.popularity(one.post.author))
            due.append(one)
        ledger.to_audit.extendleft(reversed(waiting))
        due = [one for one in due if one.post.id not in ledger.deleted and one.post.id >= ledger.floor]
        if due:
            self._in_store(due, await self._parts.rows.read([one.post.id for one in due]))
        for one in due:
            await self._look_for(one)

    def _is_due(self, one: Acknowledged) -> bool:
        ledger = self._parts.ledger
        if one.post.id in ledger.deleted:
            return True
        if one.post.id in ledger.placed:
            return not ledger.at_work.get(one.post.id)
        return self._parts.clock.time() - one.told > LATEST

    async def _look_for(self, one: Acknowledged) -> None:
        ledger, post = self._parts.ledger, one.post
        monitor = self._monitors["delivered"]
        if not post.pushed:
            listed = await self._parts.lists.has(post.entry, pushed=False) or post.id in ledger.deleted
            missing = [] if listed else self._parts.graph.followers(post.author)[:1]
        else:
            followers = [
                fan
                for fan in self._parts.graph.followers(post.author)
                if (fan, post.author) not in ledger.catching_up
            ]
            self.checked_feeds += len(followers)
            missing = await self._parts.lists.missing(post.entry, followers)
            missing = [
                fan
                for fan in missing
                if self._parts.graph.follows(fan, post.author)
                and (fan, post.author) not in ledger.catching_up
                and post.id not in ledger.deleted
            ]
        if not missing:
            monitor.hold()
            return
        self.lost += len(missing)
        now = self._parts.clock.monotonic()
        cut = ledger.cut.get(post.id)
        monitor.broke(
            [
                self._step(one.at, one.by, f"post {post.id} was acknowledged"),
                *([self._step(cut.at, cut.worker, self._ended(cut))] if cut else []),
                *(
                    self._step(now, name(fan), f"follows {name(post.author)} and has no entry of it")
                    for fan in missing[:3]
                ),
                self._step(now, "audit", f"{len(missing):,} feeds lack post {post.id}"),
            ]
        )

    def _ended(self, cut: Cut) -> str:
        return f"ends with {cut.written:,} of {cut.followers:,} feeds written"

    def _in_store(self, due: Sequence[Acknowledged], rows: Mapping[int, Post]) -> None:
        monitor = self._monitors["kept"]
        monitor.hold(sum(one.post.id in rows for one in due))
        now = self._parts.clock.monotonic()
        for one in due:
            if one.post.id in rows or one.post.id < self._parts.ledger.floor:
                continue
            monitor.broke(
                [
                    self._step(one.at, one.by, f"post {one.post.id} was acknowledged"),
                    self._step(now, "audit", f"post {one.post.id} is not in the store"),
                ]
            )


def name(number: int) -> str:
    """How evidence names a member."""
    return member(number).name


def place_of(post: Post) -> Place:
    """Where a post stands."""
    return post.entry.place
