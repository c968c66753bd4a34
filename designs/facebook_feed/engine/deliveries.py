"""Posts on their way into feeds: how far each has come, who is at it, and where a worker ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.demo_users import DemoUsers
from designs.facebook_feed.engine.jobs import Job
from designs.facebook_feed.engine.post_store import Post, PostStore
from designs.facebook_feed.engine.recent import Recent
from designs.facebook_feed.engine.visibility import Visibility
from sdlab.lab import EngineContext

SHOWN = 24
INTERRUPTED = 4_000


@dataclass(slots=True)
class Delivery:
    """A post on its way. `reached` are the members whose feeds it was written to, in that order.

    Times are the monotonic clock; `ended` is when the last entry was written.
    """

    post: Post
    followers: int
    began: float
    worker: str = ""
    reached: list[int] = field(default_factory=list)
    ended: float = 0.0
    interrupted: bool = False


@dataclass(slots=True)
class JobProgress:
    """A job that a worker carries out: `left` are the followers that no write was begun for, `written` how many have it."""

    job: Job
    post: Post
    left: list[int]
    written: int = 0
    began: float = 0.0
    followers: int = field(init=False)

    def __post_init__(self) -> None:
        self.followers = len(self.left)

    @property
    def done(self) -> bool:
        """Whether every follower has it."""
        return self.written == self.followers

    def next(self, most: int) -> JobPart:
        """The next followers to be written, at most so many; they are left no longer."""
        now, self.left = self.left[:most], self.left[most:]
        return JobPart(self, now)


@dataclass(frozen=True, slots=True)
class JobPart:
    """A part of a job that is written at once."""

    progress: JobProgress
    members: list[int]


@dataclass(frozen=True, slots=True)
class InterruptedJob:
    """A worker ended in the middle of a job, with so many of its entries written.

    It was at it from `began` to `at` (monotonic clock).
    """

    worker: str
    written: int
    followers: int
    began: float
    at: float


class Deliveries:
    """Knows of each recent post whether it has arrived; the rows are told so in batches."""

    def __init__(
        self, context: EngineContext[Config], visibility: Visibility, posts: PostStore, users: DemoUsers
    ) -> None:
        self.recent: Recent[int, Delivery] = Recent(SHOWN)
        self.placed: Recent[int, float] = Recent()
        self.at_work: Counter[int] = Counter()
        self.interrupted: Recent[int, InterruptedJob] = Recent(INTERRUPTED)
        self._context = context
        self._visibility = visibility
        self._graph = visibility.graph
        self._posts = posts
        self._users = users
        self._unsaved: list[int] = []
        self._known_from = 0

    def open(self) -> None:
        """What was posted until now counts as arrived, unless it is begun again."""
        self._known_from = self._posts.last_id

    def progress_of(self, job: Job) -> JobProgress:
        """A job with all followers still to be written."""
        position, author = job.entry.position, job.entry.author
        post = Post(position.id, author, position.at, "", True)
        return JobProgress(job, post, self._graph.followers(author))

    def todo(self, jobs: Sequence[Job]) -> list[JobProgress]:
        """Each post once, also when it was submitted twice; deleted ones need no feed."""
        by_post = {job.entry.position.id: job for job in jobs}
        return [self.progress_of(job) for id, job in by_post.items() if id not in self._visibility.deleted]

    def begin(self, progress: JobProgress) -> None:
        """A worker is at this job, from its start."""
        progress.began = self._context.clock.monotonic()
        self.at_work[progress.post.id] += 1
        self.recent.drop(progress.post.id)

    def leave(self, progress: JobProgress) -> None:
        """A worker is no longer at this job."""
        post = progress.post.id
        self.at_work[post] -= 1
        if self.at_work[post] <= 0:
            del self.at_work[post]

    def written(self, post: Post, members: Sequence[int], *, worker: str) -> None:
        """These members' feeds have it now."""
        delivery = self.recent.get(post.id) or self._start(post, worker)
        delivery.ended = self._context.clock.monotonic()
        delivery.reached += members
        self._users.arrived(post, members)

    def listed(self, post: Post) -> None:
        """A post that is not written ahead is where its readers look as soon as it is in its author's list."""
        self.mark_placed(post)
        self._start(post, "").ended = self._context.clock.monotonic()
        self._users.arrived_for_followers(post)

    def _start(self, post: Post, worker: str) -> Delivery:
        followers = self._graph.popularity(post.author)
        delivery = Delivery(post, followers, self._context.clock.monotonic(), worker)
        self.recent.note(post.id, delivery)
        return delivery

    def interrupt(self, progress: JobProgress, worker: str) -> None:
        """A worker ended before it was through with this job."""
        now = self._context.clock.monotonic()
        job = InterruptedJob(worker, progress.written, progress.followers, progress.began, now)
        self.interrupted.note(progress.post.id, job)
        if (delivery := self.recent.get(progress.post.id)) is not None:
            delivery.interrupted = True

    def mark_placed(self, post: Post) -> None:
        """This post has reached all that it is for, or counts as if it had."""
        self.placed.note(post.id, self._context.clock.monotonic())
        self._unsaved.append(post.id)

    def placed_before(self, post: int, moment: float) -> bool:
        """Whether this post had reached all that it is for by then (monotonic clock)."""
        placed = self.placed.get(post)
        return post <= self._known_from if placed is None else placed < moment

    async def save(self) -> None:
        """Persist which posts have arrived since the last time."""
        placed, self._unsaved = self._unsaved, []
        if placed:
            await self._posts.mark_placed(placed)
