"""The feed at work in one room: post, follow, read a timeline page by page, and the truth beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from designs.facebook_feed.cast import SEATS, Seat, first_author, first_follower
from designs.facebook_feed.config import (
    LISTS,
    MOST_PER_PAGE,
    PAGE,
    POSTS,
    SERVICE,
    Config,
    cache_ids,
    plan,
    worker_ids,
)
from designs.facebook_feed.fanout import FanOut
from designs.facebook_feed.graph import SocialGraph, Ties, member, numbers_of_handles, room_ties
from designs.facebook_feed.hotposts import HotPosts
from designs.facebook_feed.jobs import Job, Jobs
from designs.facebook_feed.keeping import Keeping, acknowledged
from designs.facebook_feed.ledger import Ledger, Parts
from designs.facebook_feed.lists import Lists
from designs.facebook_feed.picture import picture
from designs.facebook_feed.places import BadCursor, Place, decode_cursor, encode_cursor
from designs.facebook_feed.postrows import Post, PostRows
from designs.facebook_feed.removal import Removal
from designs.facebook_feed.strategies import FANOUTS
from designs.facebook_feed.timelines import Page, Timelines
from designs.facebook_feed.traffic import Traffic
from designs.facebook_feed.truth import AUDIT_EVERY, Truth
from designs.facebook_feed.views import Snapshot
from sdlab.lab import (
    Claim,
    Conflict,
    Engine,
    Forbidden,
    Invalid,
    LabError,
    Node,
    NodeSpec,
    NotFound,
    Operation,
    Room,
    Tally,
)

__all__ = ["Config", "Feed", "Snapshot"]

MAX_TEXT = 500
MAX_ONCE = 80
CUT_EVERY = 5.0
SCROLLED_PAGES = 6
SCROLLED_SIZE = 8
STRIPES = 64


class Feed(Engine[Config]):
    """Posts and changed follows are rows; feeds and lists are in Redis and can be made again from the rows."""

    claims = (
        Claim(
            "delivered",
            "A post that was acknowledged is in each follower's timeline, once, within two minutes",
        ),
        Claim("pages_exact", "Scrolling down a timeline shows no post twice and skips none"),
        Claim("gone", "What was unfollowed or deleted is on no page that is read afterwards"),
        Claim("in_order", "A timeline is in the order of time, newest first"),
        Claim("kept", "A post that was acknowledged is in the post store"),
    )
    ties: ClassVar[Callable[[], Ties]] = staticmethod(room_ties)

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        ties = type(self).ties()
        self.graph = SocialGraph(ties)
        self.rows = PostRows(room)
        self.lists = Lists(room)
        self.ledger = Ledger()
        self.parts = Parts(
            rows=self.rows,
            lists=self.lists,
            jobs=Jobs(room),
            graph=self.graph,
            ledger=self.ledger,
            clock=self.clock,
            config=lambda: self.config,
            node=lambda id: self.nodes[id],
            decide=self.decide,
            crashed=self.crashed,
            arrived=self._arrived,
        )
        self.fanout = FanOut(self.parts)
        self.hot = HotPosts(self.parts)
        self.timelines = Timelines(self.parts, self.hot)
        self.truth = Truth(self.parts, self.monitors)
        self.keeping = Keeping(self.parts, room, self.fanout)
        self.verbs = Traffic(self)
        self.removal = Removal(self.parts, self.hot, self.timelines)
        self.seats = [
            Seat(title, number)
            for title, number in zip(SEATS, (first_author(ties), first_follower(ties)), strict=True)
        ]
        self.own: dict[int, list[Post]] = {}
        self.looked: dict[int, Page] = {}
        self.posts = 0
        self._popular = (-1, 0)
        self.last_id = 0
        self._last_at = 0
        self._locks = [asyncio.Lock() for _ in range(STRIPES)]
        self.newest: dict[int, int] = {}

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        self.hot.sync()
        await self.parts.jobs.open()
        self.graph.load(await self.rows.changes())
        if not await self.lists.is_built():
            await self.keeping.begin()
        self.posts, self.last_id, self._last_at = await self.rows.ends()
        self.ledger.pulled = await self.rows.pulled_authors()
        self.ledger.recent_from = self.last_id
        await self.keeping.take_up(await self.rows.unplaced())
        self.ledger.ever_pushed = await self.rows.ever_pushed()
        self.supervise("relay to the queue", self.fanout.relay)
        self.supervise("look at the queue", self.fanout.look)
        self.supervise("audit of feeds", self._audit)
        self.supervise("mending", self.keeping.mend)
        self.supervise("care for old posts", self._cut)
        self.fanout.sync()
        for seat in self.seats:
            await self._show(seat)

    async def close(self) -> None:
        await super().close()
        await self.fanout.stop()

    async def reconfigure(self, before: Config) -> None:
        self.hot.sync()
        self.fanout.sync()
        if self.config.page_cache != before.page_cache or self.config.cache_ttl < before.cache_ttl:
            self.timelines.clear()

    async def fault_changed(self, node: Node) -> None:
        if node.id in worker_ids(self.config):
            if node.down:
                self.fanout.kill(node.id)
            else:
                self.fanout.sync()
        elif node.id in cache_ids(self.config) and node.down:
            self.hot.lose(node.id)

    def popular(self) -> int:
        """How many members have more followers than the threshold."""
        if self._popular[0] != self.config.threshold:
            self._popular = self.config.threshold, self.graph.popular(self.config.threshold)
        return self._popular[1]

    async def settled(self) -> None:
        """Return when every acknowledged post is where it is to go."""
        await self.fanout.settled()

    # Members

    def number_of(self, id: str) -> int:
        """The member with that handle; `NotFound` for none."""
        found = numbers_of_handles(self.graph.size).get(id)
        if found is None:
            raise NotFound(f"there is no member {id!r}")
        return found

    def find(self, search: str, *, followed_by: int | None = None) -> list[int]:
        """Members with that in their name, the most followed first."""
        among = range(self.graph.size) if followed_by is None else self.graph.followees(followed_by)
        wanted = search.casefold().strip()
        found = [one for one in among if wanted in f"{member(one).name} {member(one).handle}".casefold()]
        return sorted(found, key=lambda one: (-self.graph.popularity(one), one))

    def _known(self, number: int) -> int:
        if not 0 <= number < self.graph.size:
            raise NotFound(f"there is no member {number}")
        return number

    def member_at(self, seat: int) -> int:
        """Who is acted as on that side of the page."""
        if not 0 <= seat < len(self.seats):
            raise NotFound("there is no such side")
        return self.seats[seat].member

    async def act_as(self, seat: int, number: int) -> None:
        """Somebody else is acted as on one side of the page."""
        self.member_at(seat)
        self.seats[seat].sit(self._known(number))
        await self._show(self.seats[seat])
        self.changed()

    def _arrived(self, post: Post, members: Sequence[int]) -> None:
        for seat in self.seats:
            if seat.member in members:
                seat.arrive(post.id)

    async def _show(self, seat: Seat) -> None:
        """Have at hand what that side shows: the member's own posts, and the top of the member's feed."""
        found = await self.rows.newest_of(seat.member, self.last_id + 1, PAGE)
        self.own[seat.member] = found
        self.own = {one.member: self.own.get(one.member, []) for one in self.seats}
        self.looked.pop(seat.member, None)

    # Post

    async def post(self, text: str, *, by: int, once: str | None = None, by_hand: bool = True) -> Post:
        """The post, once it is stored; its followers have it at once or soon, as the approach says.

        `Invalid` for a text that is empty or longer than 500 characters, `Unavailable` without a
        post store or with a full queue. The same `once` of the same author gives the same post.
        """
        author = member(self._known(by))
        async with self.request("POST /post", by=author.name, by_hand=by_hand) as trace:
            said = acceptable(text)
            if once is not None and not 0 < len(once) <= MAX_ONCE:
                raise Invalid(f"an idempotency key has 1 to {MAX_ONCE} characters", field="Idempotency-Key")
            self.nodes[SERVICE].touch("POST /post", "ok", source="visitor")
            self.fanout.admit()
            approach, followers = self.config.fanout, self.graph.popularity(by)
            pushed = FANOUTS[approach].pushes(followers, self.config.threshold)
            fresh = self._next(by, said, pushed=pushed)
            post = await self._store(fresh, once)
            if post.id == fresh.id:
                await self._spread(post, approach, followers)
            trace.sentence = f"{author.name} posted {post.id} for {followers:,} followers → 201"
        if by_hand or by in self.own:
            await self._note_own(post)
        measured = self.ledger.measured[approach]
        measured.posts += 1
        measured.posting.add(trace.ms)
        self.ledger.to_audit.append(acknowledged(post, self.clock))
        return post

    def _next(self, author: int, text: str, *, pushed: bool) -> Post:
        """Ids grow, and time never goes back, so that both give the same order."""
        self.last_id += 1
        self._last_at = max(self._last_at, int(self.clock.time()))
        return Post(self.last_id, author, self._last_at, text, pushed)

    async def _store(self, post: Post, once: str | None) -> Post:
        stored = await self.nodes[POSTS].call("INSERT", lambda: self.rows.add(post, once), source=SERVICE)
        self.posts += stored.id == post.id
        self.newest[post.author] = max(self.newest.get(post.author, 0), stored.id)
        return stored

    async def _spread(self, post: Post, approach: str, followers: int) -> None:
        """Enter it into its author's lists; then into feeds now, later, or not at all."""
        told = self.clock.time()
        done = False
        try:
            await self.nodes[LISTS].call(
                "ZADD", lambda: self.lists.add(post.entry, pushed=post.pushed), source=SERVICE
            )
            if not post.pushed:
                self._appear(post, approach)
                self.decide(f"{followers:,} followers: readers will merge it in, no feed is written")
            elif FANOUTS[approach].waits:
                self.ledger.ever_pushed = True
                self.decide(f"{followers:,} feeds are written before the author is answered")
                await self.fanout.deliver(post, told=told, approach=approach)
            else:
                self.ledger.ever_pushed = True
                self.decide(f"{followers:,} feeds: one job for the workers")
                self.fanout.submit([Job(post.entry, told, approach)])
            done = True
        finally:
            if not done:  # the caller is told that it failed, and yet the row is there
                self.keeping.unfinished.append(post)

    def _appear(self, post: Post, approach: str) -> None:
        """A post that is not written ahead is where readers look as soon as it is listed."""
        self.ledger.pulled.add(post.author)
        self.fanout.placed(post)
        flight = self.fanout.flight(post, approach, by="")
        flight.ended = self.clock.monotonic()
        for seat in self.seats:
            if self.graph.follows(seat.member, post.author):
                seat.arrive(post.id)

    async def _note_own(self, post: Post) -> None:
        for seat in self.seats:
            if seat.member == post.author:
                others = [one for one in self.own.get(post.author, []) if one.id != post.id]
                self.own[post.author] = [post, *others][:PAGE]

    async def delete(self, id: int, *, by: int, by_hand: bool = True) -> None:
        """Take a post away. `NotFound` when there is none, `Forbidden` for somebody else's."""
        async with self.request("DELETE /post", by=member(self._known(by)).name, by_hand=by_hand) as trace:
            self.nodes[SERVICE].touch("DELETE /post", "ok", source="visitor")
            found = await self._post_of(id)
            if found.author != by:
                raise Forbidden("only its author deletes a post")
            reach = await self.removal.delete(found)
            self.newest.pop(by, None)
            for seat in self.seats:
                if seat.member == by or self.graph.follows(seat.member, by):
                    seat.version += 1
            if by in self.own:
                self.own[by] = [one for one in self.own[by] if one.id != id]
            trace.sentence = f"{member(by).name} deleted post {id}; out of {reach:,} feeds → 204"

    async def _post_of(self, id: int) -> Post:
        found = (await self.nodes[POSTS].call("SELECT", lambda: self.rows.read([id]), source=SERVICE)).get(id)
        if found is None or found.deleted:
            raise NotFound(f"there is no post {id}")
        return found

    async def read_post(self, id: int, *, by_hand: bool = True, by: str = "visitor") -> Post:
        """One post, through the cache of hot posts. `NotFound` when there is none."""
        async with self.request("GET /post", by=by, by_hand=by_hand) as trace:
            self.nodes[SERVICE].touch("GET /post", "ok", source="visitor")
            found = (await self.hot.read([id])).get(id)
            if found is None or found.deleted or id in self.ledger.deleted:
                raise NotFound(f"there is no post {id}")
            trace.sentence = f"post {id} by {member(found.author).name} → 200"
            return found

    async def own_posts(self, author: int, *, cursor: str | None, size: int) -> tuple[list[Post], str | None]:
        """What one member posted, newest first, and the cursor of the next page."""
        below = self.last_id + 1 if not cursor else self._place(cursor).id
        found = await self.rows.newest_of(self._known(author), below, self._size(size) + 1)
        more = len(found) > size
        return found[:size], encode_cursor(found[size - 1].entry.place) if more else None

    # Follow

    async def follow(self, follower: int, followee: int, *, by_hand: bool = True) -> bool:
        """Follow somebody; whether that is new. `Conflict` for oneself. What they posted comes into the feed."""
        return await self._change(follower, followee, follows=True, by_hand=by_hand)

    async def unfollow(self, follower: int, followee: int, *, by_hand: bool = True) -> bool:
        """Follow somebody no longer; whether one did. Their posts go out of the feed."""
        return await self._change(follower, followee, follows=False, by_hand=by_hand)

    async def _change(self, follower: int, followee: int, *, follows: bool, by_hand: bool) -> bool:
        verb = "POST" if follows else "DELETE"
        one, other = member(self._known(follower)), member(self._known(followee))
        async with self.request(f"{verb} /users/follow", by=one.name, by_hand=by_hand) as trace:
            if follower == followee:
                raise Conflict("nobody follows themselves")
            self.nodes[SERVICE].touch(f"{verb} follow", "ok", source="visitor")
            async with self._locks[follower % STRIPES]:
                if self.graph.follows(follower, followee) == follows:
                    trace.sentence = f"{one.name}, {other.name}: as it was → 200"
                    return False
                moved = await self.removal.change(follower, followee, follows=follows)
            for seat in self.seats:
                if seat.member == follower:
                    seat.version += 1
            done = "follows" if follows else "unfollowed"
            what = "entries came in" if follows else "entries went out"
            trace.sentence = f"{one.name} {done} {other.name}; {moved:,} {what} → 200"
            return True

    # Read

    async def timeline(
        self, reader: int, *, cursor: str | None = None, size: int = PAGE, by_hand: bool = True
    ) -> Page:
        """The newest posts of those whom the reader follows, or the next behind a cursor.

        `BadRequest` (400) for a cursor that was not given out here, `Invalid` for a size out of range.
        """
        one = member(self._known(reader))
        async with self.request("GET /timeline", by=one.name, by_hand=by_hand) as trace:
            place = self._place(cursor) if cursor else None
            self._size(size)
            self.nodes[SERVICE].touch("GET /timeline", "ok", source="visitor")
            began, approach = self.clock.monotonic(), self.config.fanout
            page = await self.timelines.read(reader, place, size)
            trace.sentence = (
                f"timeline of {one.name}: {page.precomputed} ready, {page.merged} merged, "
                f"lists read: {page.lists_read} → 200"
            )
        self.truth.page(reader, page, began)
        measured = self.ledger.measured[approach]
        measured.views += 1
        measured.reads += page.lists_read
        measured.reading.add(trace.ms)
        if place is None and any(seat.member == reader for seat in self.seats):
            self.looked[reader] = page
        return page

    def _place(self, cursor: str) -> Place:
        try:
            return decode_cursor(cursor)
        except BadCursor:
            raise BadRequest("that is no cursor of a timeline") from None

    def _size(self, size: int) -> int:
        if not 1 <= size <= MOST_PER_PAGE:
            raise Invalid(f"a page has 1 to {MOST_PER_PAGE} posts", field="pageSize")
        return size

    async def scroll(self, reader: int, *, size: int = SCROLLED_SIZE, pages: int = SCROLLED_PAGES) -> int:
        """Read page after page, as somebody who scrolls; what was shown is held against what was there."""
        scroll, found = self.truth.begin(reader), []
        cursor: str | None = None
        for _ in range(pages):
            page = await self.timeline(reader, cursor=cursor, size=size, by_hand=False)
            found.append(page)
            if page.next is None:
                break
            cursor = encode_cursor(page.next)
        await self.truth.end(scroll, found)
        return sum(len(page.posts) for page in found)

    # Workloads

    async def perform(self, operation: Operation) -> Any:
        return await self.verbs.perform(operation)

    async def honours(self, answer: Any) -> bool:
        if "post" in answer:
            if answer["post"] < self.last_id - self.keeping.most:
                return True
            return await self._honours_post(answer["post"])
        if "deleted" in answer:
            found = (await self.rows.read([answer["deleted"]])).get(answer["deleted"])
            return found is None or found.deleted
        if "followee" in answer:
            return await self.rows.followed(answer["follower"], answer["followee"]) is not None
        return True

    async def _honours_post(self, id: int) -> bool:
        """Whether a post is stored and, once the workers are done, in the feed of each follower."""
        found = (await self.rows.read([id])).get(id)
        if found is None or found.deleted:
            return found is not None
        if not found.pushed:
            return await self.lists.has(found.entry, pushed=False)
        await self.settled()
        return not await self.lists.missing(found.entry, self.graph.followers(found.author))

    # Background

    async def _audit(self) -> None:
        while True:
            await self.clock.sleep(AUDIT_EVERY)
            await self.truth.audit()

    async def _cut(self) -> None:
        """A room keeps its newest posts."""
        while True:
            await self.clock.sleep(CUT_EVERY)
            self.posts = await self.keeping.cut(self.posts)

    # Pictures

    def tallies(self) -> tuple[Tally, ...]:
        measured = self.ledger.measured.values()
        posts, views = sum(one.posts for one in measured), sum(one.views for one in measured)
        writes, reads = sum(one.writes for one in measured), sum(one.reads for one in measured)
        delays = self.ledger.delays.merged(self.clock.monotonic())
        return (
            Tally("writes", "feed entries written", "", writes),
            Tally("per_post", "feed writes per post", "", round(writes / max(1, posts), 1)),
            Tally("per_view", "lists read per view", "", round(reads / max(1, views), 1)),
            Tally("waiting", "jobs waiting at the end", "", self.fanout.waiting),
            Tally("delay", "feed delay, p50", "ms", round(delays.quantile(0.5), 1)),
            Tally("rows", "posts read from the store", "", self.hot.rows.total),
            Tally("unseen", "posts hidden by old pages", "", self.timelines.staleness.unseen),
            Tally("lost", "feed entries lost", "", self.truth.lost),
        )

    def snapshot(self) -> Snapshot:
        return picture(self)


class BadRequest(LabError):
    """The request cannot be read: a cursor that nobody gave out."""

    status = 400
    title = "Bad request"


def acceptable(text: str) -> str:
    """The text of a post without needless blanks; `Invalid` for none or too much."""
    said = " ".join(text.split())
    if not said:
        raise Invalid("a post has at least one character", field="data")
    if len(text) > MAX_TEXT:
        raise Invalid(f"a post has at most {MAX_TEXT} characters, not {len(text)}", field="data")
    if not said.isprintable():
        raise Invalid("a post has printable characters only", field="data")
    return said
