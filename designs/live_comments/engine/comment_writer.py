"""The comment service: comments get their positions, and their rows are written together."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from designs.live_comments.config import Config
from designs.live_comments.engine.comment_traces import CommentTraces
from designs.live_comments.engine.comments import Comment, CommentStore, event_of
from designs.live_comments.engine.publisher import Publisher
from designs.live_comments.engine.streams import STREAMS
from sdlab.lab import EngineContext, Unavailable
from sdlab.lab.trace import Trace, current
from sdlab.parts.coalescer import Coalescer

BATCH = 500
MAX_WAITING = 5_000
PRUNE_EVERY = 500
RECENT = 2_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment that waits for its position; `trace` is that of a request by hand."""

    stream: str
    author: str
    text: str
    at: float
    trace: Trace | None


class CommentWriter:
    """Comments wait only while others are being written; a batch is one transaction.

    A comment is acknowledged when its row is committed; then the publisher has it. `tails` are the
    newest positions by stream, `recent` the last that were acknowledged.
    """

    def __init__(
        self,
        context: EngineContext[Config],
        store: CommentStore,
        publisher: Publisher,
        traces: CommentTraces,
    ) -> None:
        self.context = context
        self._store, self._publisher, self._traces = store, publisher, traces
        self._drafts: Coalescer[Draft, Comment] = Coalescer(self._write, largest=BATCH)
        self.tails: dict[str, int] = dict.fromkeys(STREAMS, 0)
        self._pruned = self.tails
        self.recent: deque[Comment] = deque(maxlen=RECENT)
        self.batches = 0
        self.written = 0

    async def open(self) -> None:
        """Go on where the rows end; what a crash kept from the log is appended now."""
        self.tails |= await self._store.tails()
        self._pruned = self.tails
        await self._publisher.mend(self.tails)

    async def submit(self, stream: str, author: str, text: str) -> Comment:
        """The comment with its position, once it is stored. `Unavailable` when too many wait."""
        if max(self._drafts.waiting, self._publisher.waiting) >= MAX_WAITING:
            raise Unavailable(f"{MAX_WAITING:,} comments are waiting already", retry_after=1)
        trace = current.get()
        by_hand = trace if trace is not None and trace.by_hand else None
        return await self._drafts.ask(Draft(stream, author, text, self.context.clock.time(), by_hand))

    async def close(self) -> None:
        """Write nothing more."""
        await self._drafts.close()

    async def _write(self, drafts: Sequence[Draft]) -> list[Comment]:
        try:
            return await self._store_all(drafts)
        except Exception as error:
            self.context.crashed("writing of comments", error)
            raise Unavailable(f"the comment store failed ({type(error).__name__})") from error

    async def _store_all(self, drafts: Sequence[Draft]) -> list[Comment]:
        await self._prune()
        tails = dict(self.tails)
        comments = []
        for draft in drafts:
            tails[draft.stream] += 1
            comments.append(Comment(draft.stream, tails[draft.stream], draft.author, draft.text, draft.at))
        await self._store.add(comments)
        self.tails = tails
        self.batches += 1
        self.written += len(comments)
        for comment, draft in zip(comments, drafts, strict=True):
            self.recent.append(comment)
            if draft.trace is not None:
                self._traces.remember(comment, draft.trace)
        self._publisher.add([event_of(comment) for comment in comments])
        return comments

    async def _prune(self) -> None:
        """Make room before more is written: nobody who is acknowledged waits for it."""
        kept, before = self._store.kept, self._pruned
        for stream, tail in self.tails.items():
            if tail // PRUNE_EVERY != before[stream] // PRUNE_EVERY and tail > kept:
                await self._store.prune(stream, tail - kept + 1)
        self._pruned = self.tails
